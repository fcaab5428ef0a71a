//! Softmax and its logarithm along the last axis.

use dfdx::prelude::*;

use super::autograd::{restore, take, values};
use super::correlate::sum;
use super::linear::scalar_product;
use super::parallel::{Pieces, for_each_part, share};
use super::simd::widened;
use super::smooth::vanishing_exp;
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

/// Where the parts of a table with rows of `width` begin.
fn part(width: usize) -> usize {
    share(8 * width) * width
}

fn forward(x: &mut [f32], width: usize, log: bool) {
    if width == 0 {
        return;
    }
    let parts = Pieces::new(x, part(width));
    for_each_part(parts.len(), |i| to_softmax(&mut parts.lock(i), width, log));
}

/// Adds to `dx`: for softmax `y (dy - sum(y dy))`, for its logarithm `dy - exp(y) sum(dy)`.
fn backward(y: &[f32], dy: &[f32], dx: &mut [f32], width: usize, log: bool) {
    if width == 0 {
        return;
    }
    let (size, parts) = (part(width), Pieces::new(dx, part(width)));
    for_each_part(parts.len(), |i| {
        add_gradient(&y[i * size..], &dy[i * size..], &mut parts.lock(i), width, log);
    });
}

widened! {
    fn to_softmax(rows: &mut [f32], width: usize, log: bool) = each_to_softmax;
}
widened! {
    fn add_gradient(y: &[f32], dy: &[f32], dx: &mut [f32], width: usize, log: bool) = add_each_gradient;
}

#[inline(always)]
fn each_to_softmax(rows: &mut [f32], width: usize, log: bool) {
    for row in rows.chunks_mut(width) {
        // Shifting all scores changes nothing, and keeps exp from overflowing.
        let top = in_strands(row, f32::NEG_INFINITY, |top, x| if x > top { x } else { top });
        let top = top.into_iter().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = in_strands(row, 0.0, |sum, x| sum + vanishing_exp(x - top)).iter().sum();
        if log {
            let shift = sum.ln();
            row.iter_mut().for_each(|x| *x = *x - top - shift);
        } else {
            row.iter_mut().for_each(|x| *x = vanishing_exp(*x - top) / sum);
        }
    }
}

#[inline(always)]
fn add_each_gradient(y: &[f32], dy: &[f32], dx: &mut [f32], width: usize, log: bool) {
    let rows = dx.chunks_mut(width).zip(y.chunks(width)).zip(dy.chunks(width));
    for ((dx, y), dy) in rows {
        let each = dx.iter_mut().zip(y).zip(dy);
        if log {
            let sum = sum(dy);
            each.for_each(|((dx, y), dy)| *dx += *dy - vanishing_exp(*y) * sum);
        } else {
            let mut sum = 0.0;
            scalar_product(y, dy, &mut sum);
            each.for_each(|((dx, y), dy)| *dx += *y * (*dy - sum));
        }
    }
}

/// Folds `f` over `row` in sixteen strands that the processor works on at once.
#[inline(always)]
fn in_strands(row: &[f32], start: f32, f: impl Fn(f32, f32) -> f32) -> [f32; 16] {
    let (chunks, rest) = row.as_chunks::<16>();
    let mut strands = [start; 16];
    for chunk in chunks {
        for i in 0..16 {
            strands[i] = f(strands[i], chunk[i]);
        }
    }
    for (strand, x) in strands.iter_mut().zip(rest) {
        *strand = f(*strand, *x);
    }
    strands
}
