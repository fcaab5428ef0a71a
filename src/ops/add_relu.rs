//! The end of a residual block: what went around it is added to what went through, then a ReLU.

use std::fmt::Display;

use dfdx::prelude::*;

use super::autograd::{restore, take, to_overwrite, values, values_mut};
use super::correlate::add;
use super::parallel::{Pieces, for_each_part};
use super::simd::widened;
use super::{Kernels, probe};
use crate::{Error, Result};

/// `max(0, a + b)`, number by number.
///
/// PyTorch: `torch.relu(a + b)`. Taught in notebook 11.
///
/// # Errors
/// [`Error::Shape`] where the two have different shapes.
pub fn add_relu<S: Shape, D: Kernels, T: Tape<f32, D> + Merge<R>, R: Tape<f32, D>>(
    a: Tensor<S, f32, D, T>,
    b: Tensor<S, f32, D, R>,
) -> Result<Tensor<S, f32, D, T>> {
    let shape = *a.shape();
    let y = merged(&"add_relu", a, b, true)?;
    let run = || -> Result<_, D::Err> {
        if probe::watching() {
            let sizes: Vec<usize> = shape.concrete().into_iter().collect();
            probe::see(&"add_relu", &sizes, false, &y.as_vec());
        }
        let sizes: Vec<usize> = shape.concrete().into_iter().collect();
        let y = super::trace::keep(&"add_relu", &sizes, true, y)?;
        y.try_reshape_like(&shape)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// `a + b`, number by number, in the memory of `a` where nobody else holds it. PyTorch: `a.add_(b)`.
///
/// # Errors
/// [`Error::Shape`] where the two have different shapes.
pub(crate) fn add_onto<S: Shape, D: Kernels, T: Tape<f32, D> + Merge<R>, R: Tape<f32, D>>(
    a: Tensor<S, f32, D, T>,
    b: Tensor<S, f32, D, R>,
) -> Result<Tensor<S, f32, D, T>> {
    let shape = *a.shape();
    let y = merged(&"Residual", a, b, false)?;
    y.try_reshape_like(&shape)
        .map_err(|error| Error::Dfdx(error.to_string()))
}

/// The numbers of [`add_relu`] or, without `relu`, of the sum alone.
fn merged<S: Shape, D: Kernels, T: Tape<f32, D> + Merge<R>, R: Tape<f32, D>>(
    name: &dyn Display,
    a: Tensor<S, f32, D, T>,
    b: Tensor<S, f32, D, R>,
    relu: bool,
) -> Result<Tensor<(usize,), f32, D, T>> {
    let shape = *a.shape();
    if shape != *b.shape() {
        return Err(Error::Shape {
            layer: name.to_string(),
            expected: format!("twice the shape {:?}", shape.concrete()),
            got: format!("{:?} as the second one", b.shape().concrete()),
        });
    }
    let n = shape.num_elements();
    let run = || -> Result<_, D::Err> {
        let (b, other) = b.try_reshape_like(&(n,))?.split_tape();
        let (a, tape) = a.try_reshape_like(&(n,))?.split_tape();
        D::add(a.put_tape(tape.merge(other)), b, relu)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// The same, composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(
    a: Tensor<(usize,), f32, D, T>,
    b: Tensor<(usize,), f32, D>,
    relu: bool,
) -> Result<Tensor<(usize,), f32, D, T>, D::Err> {
    let sum = a.try_add(b)?;
    if relu { sum.try_relu() } else { Ok(sum) }
}

/// On the CPU: forward, and the backward pass recorded on the tape.
///
/// In place, `a` and `y` go by one name, and so do their gradients: that of `a` is that of `y` where the ReLU let it pass.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    a: Tensor<(usize,), f32, Cpu, T>,
    b: Tensor<(usize,), f32, Cpu>,
    relu: bool,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let (a, mut tape) = a.split_tape();
    let (a_ghost, b_ghost) = (a.ghost(), b.ghost());
    let bs = values(&b)?;
    let (mut y, in_place) = to_overwrite(a)?;
    in_chunks(values_mut(&mut y), &bs, if relu { sum_cut } else { add });
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let kept = relu.then(|| values(&y)).transpose()?;
    let y_ghost = y.ghost();
    tape.add_backward_op(move |gradients| {
        let mut d = take!(gradients, &y_ghost);
        let dy = (!in_place).then(|| d.clone());
        if let Some(y) = kept {
            in_chunks(&mut d, &y, mask);
        }
        // One after the other: they may be the same tensor.
        in_chunks(gradients.get_or_alloc_mut(&b_ghost)?, &d, add);
        if let Some(dy) = dy {
            in_chunks(gradients.get_or_alloc_mut(&a_ghost)?, &d, add);
            d = dy;
        }
        restore!(gradients, &y_ghost, d);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Numbers that one task works through.
const CHUNK: usize = 1 << 14;

/// `f` on pieces of two slices of one length, the first of which changes.
fn in_chunks(to: &mut [f32], other: &[f32], f: fn(&mut [f32], &[f32])) {
    let pieces = Pieces::new(to, CHUNK);
    for_each_part(pieces.len(), |i| {
        let mut to = pieces.lock(i);
        let n = to.len();
        f(&mut to, &other[i * CHUNK..][..n]);
    });
}

widened! {
    /// `a = max(0, a + b)`
    fn sum_cut(a: &mut [f32], b: &[f32]) = sum_cut_each;
}
widened! {
    /// `d = d` where `y > 0`, else zero
    fn mask(d: &mut [f32], y: &[f32]) = mask_each;
}

#[inline(always)]
fn sum_cut_each(a: &mut [f32], b: &[f32]) {
    for (a, b) in a.iter_mut().zip(b) {
        let sum = *a + *b;
        *a = if sum < 0.0 { 0.0 } else { sum };
    }
}

#[inline(always)]
fn mask_each(d: &mut [f32], y: &[f32]) {
    for (d, y) in d.iter_mut().zip(y) {
        *d = if *y > 0.0 { *d } else { 0.0 };
    }
}
