//! Functions applied to every number of a tensor.

use dfdx::prelude::*;
use rayon::prelude::*;

use super::Kernels;
use super::autograd::{restore, take, values};
use crate::{Error, Result};

/// A function that bends what a layer computed, so that layers in a row are more than one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activation {
    /// `max(0, x)`.
    ReLU,
    /// `min(max(0, x), 6)`.
    ReLU6,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

/// `activation(x)`, number by number; the shape stays.
///
/// PyTorch: `torch.relu`, `torch.sigmoid`, `torch.tanh`. Taught in notebook 02.
///
/// # Errors
/// Only where memory runs out.
pub fn activate<S: Shape, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    activation: Activation,
) -> Result<Tensor<S, f32, D, T>> {
    let shape = *x.shape();
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    let x = x.try_reshape_like(&(shape.num_elements(),)).map_err(dfdx)?;
    let y = D::activate(x, activation).map_err(dfdx)?;
    if super::probe::watching() {
        let sizes: Vec<usize> = shape.concrete().into_iter().collect();
        super::probe::see(&format_args!("{activation:?}"), &sizes, false, &y.as_vec());
    }
    y.try_reshape_like(&shape).map_err(dfdx)
}

/// The same, composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(usize,), f32, D, T>,
    activation: Activation,
) -> Result<Tensor<(usize,), f32, D, T>, D::Err> {
    match activation {
        Activation::ReLU => x.try_relu(),
        Activation::ReLU6 => x.try_clamp(0.0, 6.0),
        Activation::Sigmoid => x.try_sigmoid(),
        Activation::Tanh => x.try_tanh(),
    }
}

/// Activation on the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    x: Tensor<(usize,), f32, Cpu, T>,
    activation: Activation,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let mut out = values(&x)?;
    forward(activation, &mut out);
    let kept = if T::OWNS_TAPE { out.clone() } else { Vec::new() };
    let y = x.device().try_tensor_from_vec(out, *x.shape())?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(activation, &kept, &dy, gradients.get_or_alloc_mut(&x)?);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Numbers that one task works through.
const CHUNK: usize = 1 << 14;

fn forward(activation: Activation, x: &mut [f32]) {
    x.par_chunks_mut(CHUNK).for_each(|x| match activation {
        Activation::ReLU => x.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x }),
        Activation::ReLU6 => x.iter_mut().for_each(|x| *x = x.clamp(0.0, 6.0)),
        Activation::Sigmoid => x.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp())),
        Activation::Tanh => x.iter_mut().for_each(|x| *x = x.tanh()),
    });
}

/// Adds `dy * f'(x)` to `dx`. All three slopes can be told from the result `y` alone.
fn backward(activation: Activation, y: &[f32], dy: &[f32], dx: &mut [f32]) {
    fn add(y: &[f32], dy: &[f32], dx: &mut [f32], slope: impl Fn(f32) -> f32) {
        for ((dx, dy), y) in dx.iter_mut().zip(dy).zip(y) {
            *dx += *dy * slope(*y);
        }
    }
    let chunks = y
        .par_chunks(CHUNK)
        .zip(dy.par_chunks(CHUNK))
        .zip(dx.par_chunks_mut(CHUNK));
    chunks.for_each(|((y, dy), dx)| match activation {
        Activation::ReLU => add(y, dy, dx, |y| if y > 0.0 { 1.0 } else { 0.0 }),
        Activation::ReLU6 => add(y, dy, dx, |y| if y > 0.0 && y < 6.0 { 1.0 } else { 0.0 }),
        Activation::Sigmoid => add(y, dy, dx, |y| y * (1.0 - y)),
        Activation::Tanh => add(y, dy, dx, |y| 1.0 - y * y),
    });
}
