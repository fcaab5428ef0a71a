//! Activations on the CPU whose slope cannot be told from their result: they keep what they were given.

use dfdx::prelude::*;

use super::curve;
use super::kind::Activation;
use crate::ops::cpu::{Pieces, for_each_part, made_in_parts, restore, take, values, widened};

/// Numbers that one task works through.
const CHUNK: usize = 1 << 13;

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn activate<T: Tape<f32, Cpu>>(
    x: Tensor<(usize,), f32, Cpu, T>,
    activation: Activation,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let kept = values(&x)?;
    let y = x.device().try_tensor_from_vec(forward(activation, &kept), *x.shape())?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(activation, &kept, &dy, gradients.get_or_alloc_mut(&x)?);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

fn forward(activation: Activation, x: &[f32]) -> Vec<f32> {
    made_in_parts(x.len(), CHUNK, |i, y| set_values(activation, &x[i * CHUNK..], y))
}

/// Adds `dy * f'(x)` to `dx`.
fn backward(activation: Activation, x: &[f32], dy: &[f32], dx: &mut [f32]) {
    let chunks = Pieces::new(dx, CHUNK);
    for_each_part(chunks.len(), |i| {
        add_slopes(activation, &x[i * CHUNK..], &dy[i * CHUNK..], &mut chunks.lock(i));
    });
}

widened! {
    /// `y = f(x)`, for as many numbers as `y` has.
    fn set_values(f: Activation, x: &[f32], y: &mut [f32]) = set_each_value;
}
widened! {
    /// `dx += dy * f'(x)`, for as many numbers as `dx` has.
    fn add_slopes(f: Activation, x: &[f32], dy: &[f32], dx: &mut [f32]) = add_each_slope;
}

/// Compiles `$run` for every function by itself: a loop that asked for each number which function is meant would work
/// through them one by one.
macro_rules! known {
    ($f:expr, |$known:ident| $run:expr) => {
        known!($f, $known, $run, ReLU, ReLU6, Sigmoid, Tanh, SELU, GELU, GELUTanh, SiLU, Mish, Softplus, Softsign, Hardtanh, Hardsigmoid)
    };
    ($f:expr, $known:ident, $run:expr, $($name:ident),*) => {
        match $f {
            $(Activation::$name => {
                let $known = Activation::$name;
                $run
            })*
            Activation::LeakyReLU { negative_slope } => {
                let $known = Activation::LeakyReLU { negative_slope };
                $run
            }
            Activation::ELU { alpha } => {
                let $known = Activation::ELU { alpha };
                $run
            }
        }
    };
}

#[inline(always)]
fn set_each_value(f: Activation, x: &[f32], y: &mut [f32]) {
    known!(f, |f| for (y, x) in y.iter_mut().zip(x) {
        *y = curve::value(f, *x);
    });
}

#[inline(always)]
fn add_each_slope(f: Activation, x: &[f32], dy: &[f32], dx: &mut [f32]) {
    known!(f, |f| for ((dx, x), dy) in dx.iter_mut().zip(x).zip(dy) {
        *dx += *dy * curve::slope(f, *x);
    });
}
