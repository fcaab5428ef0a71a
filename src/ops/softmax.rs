//! Softmax and its logarithm along the last axis.

use dfdx::prelude::*;
use rayon::prelude::*;

use super::autograd::{restore, take, values};
use super::{Kernels, Tensor2};
use crate::{Error, Result};

/// `exp(x) / sum(exp(x))` along the last axis; the shape stays.
///
/// PyTorch: `torch.softmax(x, dim=-1)`. Taught in notebook 02.
///
/// # Errors
/// Only where memory runs out.
pub fn softmax<S: Shape, D: Kernels, T: Tape<f32, D>>(x: Tensor<S, f32, D, T>) -> Result<Tensor<S, f32, D, T>> {
    along_rows(x, false)
}

/// `x - ln(sum(exp(x)))` along the last axis, the logarithm of [`softmax`]; the shape stays.
///
/// PyTorch: `torch.log_softmax(x, dim=-1)`. Taught in notebook 03.
///
/// # Errors
/// Only where memory runs out.
pub fn log_softmax<S: Shape, D: Kernels, T: Tape<f32, D>>(x: Tensor<S, f32, D, T>) -> Result<Tensor<S, f32, D, T>> {
    along_rows(x, true)
}

fn along_rows<S: Shape, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    log: bool,
) -> Result<Tensor<S, f32, D, T>> {
    let shape = *x.shape();
    let dims: Vec<usize> = shape.concrete().into_iter().collect();
    // A single number is a row of one.
    let width = dims.last().copied().unwrap_or(1);
    let rows = dims.iter().rev().skip(1).product();
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    let x = x.try_reshape_like(&(rows, width)).map_err(dfdx)?;
    D::softmax(x, log)
        .and_then(|y| y.try_reshape_like(&shape))
        .map_err(dfdx)
}

/// The same, composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(x: Tensor2<D, T>, log: bool) -> Result<Tensor2<D, T>, D::Err> {
    if log {
        x.try_log_softmax::<Axis<1>>()
    } else {
        x.try_softmax::<Axis<1>>()
    }
}

/// Softmax of each row on the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(x: Tensor2<Cpu, T>, log: bool) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let width = x.shape().1;
    let mut out = values(&x)?.to_vec();
    forward(&mut out, width, log);
    let y = x.device().try_tensor_from_vec(out, *x.shape())?;
    let kept = values(&y)?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(&kept, &dy, gradients.get_or_alloc_mut(&x)?, width, log);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Rows that one task works through.
const ROWS: usize = 64;

fn forward(x: &mut [f32], width: usize, log: bool) {
    if width == 0 {
        return;
    }
    x.par_chunks_mut(width * ROWS).for_each(|rows| {
        for row in rows.chunks_mut(width) {
            // Shifting all scores changes nothing, and keeps exp from overflowing.
            let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f32 = row.iter().map(|x| (x - top).exp()).sum();
            let shift = sum.ln();
            for x in row {
                *x = if log { *x - top - shift } else { (*x - top).exp() / sum };
            }
        }
    });
}

/// Adds to `dx`: for softmax `y (dy - sum(y dy))`, for its logarithm `dy - exp(y) sum(dy)`.
fn backward(y: &[f32], dy: &[f32], dx: &mut [f32], width: usize, log: bool) {
    if width == 0 {
        return;
    }
    let size = width * ROWS;
    let parts = dx.par_chunks_mut(size).zip(y.par_chunks(size)).zip(dy.par_chunks(size));
    parts.for_each(|((dx, y), dy)| {
        let rows = dx.chunks_mut(width).zip(y.chunks(width)).zip(dy.chunks(width));
        for ((dx, y), dy) in rows {
            let sum: f32 = if log {
                dy.iter().sum()
            } else {
                y.iter().zip(dy).map(|(y, dy)| y * dy).sum()
            };
            for ((dx, y), dy) in dx.iter_mut().zip(y).zip(dy) {
                *dx += if log { dy - y.exp() * sum } else { y * (dy - sum) };
            }
        }
    });
}
