//! Softmax on the CPU.

use dfdx::prelude::*;

use crate::ops::cpu::smooth::vanishing_exp;
use crate::ops::cpu::{Pieces, for_each_part, restore, scalar_product, share, sum, take, values, widened};
use crate::ops::tensors::Tensor2;

/// Softmax of each row: forward, and the backward pass recorded on the tape.
pub(crate) fn softmax<T: Tape<f32, Cpu>>(x: Tensor2<Cpu, T>, log: bool) -> Result<Tensor2<Cpu, T>, CpuError> {
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
