//! What the kernels of the CPU are built from.
//!
//! The `cpu.rs` of an operation holds its kernel, forward beside backward. It looks much the same everywhere:
//!
//! 1. **The tape step.** A function takes the tensors apart into numbers and tape (`split_tape`), borrows the numbers
//!    with [`values`], calls a plain `forward` on slices, makes the result a tensor, and records one step on the tape:
//!    a closure that moves the gradient of the result out of dfdx's table ([`take!`](take)), calls a plain `backward` that
//!    *adds* to the gradients of the inputs, and puts it back ([`restore!`](restore)), since callers may ask for it. The
//!    closure keeps names (`ghost`) of tensors and only those numbers that the way back needs; without a tape
//!    (`T::OWNS_TAPE`) it keeps none. A kernel that may overwrite its input asks [`to_overwrite`]; one whose input may be
//!    the batch itself asks [`Unasked`] whether anybody wants that gradient. These functions are the only ones that know
//!    of dfdx: what they call is not generic and works on slices, so it is compiled here, once, and not in a notebook's
//!    cell without optimization.
//!
//! 2. **Parts, not threads.** `forward` and `backward` cut their *output* into [`Pieces`], and [`for_each_part`] runs a
//!    part for each on as many threads as there are. A part writes to its own piece only. How the cut is made depends on
//!    sizes alone: so many numbers that waking another core pays ([`share`]), or, where a sum runs over the batch, a fixed
//!    number of parts ([`part_size`]) whose sums are added up in their order afterwards. [`made_in_parts`] makes a new
//!    result so, [`with_scratch`] lends memory to work in. **The same bits come out for any number of threads**, because
//!    neither the cut nor the order of any sum looks at it. (Pooling, dropout and layer normalization cut with rayon's
//!    iterators instead, by the same rule.)
//!
//! 3. **Registers.** A loop over numbers is written in plain Rust in a function that is `#[inline(always)]`, and
//!    [`widened!`](widened) compiles it for each [`Level`]: AVX-512 (16 numbers a register), AVX2 (8) or what every
//!    processor has. Nothing is contracted or reordered, so all levels compute the same bits. Sums run in a fixed number of
//!    strands ([`sum`], [`scalar_product`]), or the compiler could not use registers for them. `exp`, `tanh` and their
//!    relatives in [`smooth`] have neither branch nor table, so that such a loop stays in registers.
//!
//! 4. **Matrix products.** Whatever can be one is one: [`product`] multiplies a *panel* of up to [`PANEL`] columns with
//!    fused multiply-adds, a block of the result in registers (here levels do round differently: `Level` stays the same for
//!    the whole run of a program). Its left matrix is a view ([`Left`]): rows and columns stand at steps or at places of a
//!    [`Table`], so that transposed matrices, and the pixels under a window ([`Patches`]), are read where they are. What
//!    must be turned first is turned by [`transpose`]. [`Panels`] and [`multiply_plain`] are whole products on one thread,
//!    for kernels that share out their work by samples.
//!
//! **Unsafe code** stands in four places here and nowhere in an operation: the vector registers (`simd`, `tile`,
//! `transpose`), the copy of whole steps (`patches`), the reading of a tensor's numbers in place (`autograd`), and the
//! sharing of a closure with helper threads and of memory not yet written (`threads`, `parts`). Each is behind a safe
//! function that asserts what it needs. A new kernel has no reason to use any; one that believes it has should first be
//! measured against a `widened!` loop.

pub(crate) mod autograd;
mod matrix;
mod parts;
mod patches;
pub(crate) mod simd;
pub(crate) mod smooth;
mod sums;
mod threads;
mod tile;
mod transpose;

pub(crate) use autograd::{Unasked, Values, restore, take, to_overwrite, values, values_mut};
pub(crate) use matrix::{Panels, Rows, add_weight_gradient, multiply_plain, padded};
pub(crate) use parts::{Pieces, made_in_parts, part_size, share, with_scratch};
pub(crate) use patches::Patches;
pub(crate) use simd::{Level, widened};
pub(crate) use sums::{add, scalar_product, sum, sums_of_planes};
pub(crate) use threads::for_each_part;
pub(crate) use tile::{Left, Offsets, Out, PANEL, Table, product};
pub(crate) use transpose::transpose;
