//! A sum and its layer normalization on the CPU, in one pass over the rows.

use dfdx::prelude::*;

use crate::ops::cpu::{Pieces, Unasked, add, for_each_part, part_size, restore, take, values, widened};
use crate::ops::tensors::{Tensor1, Tensor2};

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn add_layer_norm<T: Tape<f32, Cpu>>(
    a: Tensor2<Cpu, T>,
    b: Tensor2<Cpu, T>,
    weight: Tensor1<Cpu>,
    bias: Tensor1<Cpu>,
    eps: f32,
) -> Result<Tensor2<Cpu, T>, CpuError> {
    let ((a, tape), (b, other)) = (a.split_tape(), b.split_tape());
    let mut tape = tape.merge(other);
    let (shape, ws) = (*a.shape(), values(&weight)?);
    let numbers = values(&a)?;
    let (out, mut kept) = forward(&numbers, &values(&b)?, &ws, &values(&bias)?, eps);
    let asked = !Unasked::is(&numbers);
    let y = a.device().try_tensor_from_vec(out, shape)?;
    let (a, b, y_ghost) = (a.ghost(), b.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let (dw, db) = backward(&mut kept, &ws, &dy);
        restore!(gradients, &y_ghost, dy);
        if asked {
            spread(&kept.normal, gradients.get_or_alloc_mut(&a)?);
        }
        spread(&kept.normal, gradients.get_or_alloc_mut(&b)?);
        add(gradients.get_or_alloc_mut(&weight)?, &dw);
        add(gradients.get_or_alloc_mut(&bias)?, &db);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// What the way back needs.
struct Kept {
    /// Each row with mean 0 and variance 1.
    normal: Vec<f32>,
    /// `1 / sqrt(variance + eps)` of each.
    inverse: Vec<f32>,
}

fn forward(a: &[f32], b: &[f32], weight: &[f32], bias: &[f32], eps: f32) -> (Vec<f32>, Kept) {
    let (width, mut y) = (weight.len().max(1), vec![0.0; a.len()]);
    let (mut normal, mut inverse) = (vec![0.0; a.len()], vec![0.0; a.len() / width]);
    let rows = part_size(inverse.len());
    let (ys, normals) = (
        Pieces::new(&mut y, rows * width),
        Pieces::new(&mut normal, rows * width),
    );
    let inverses = Pieces::new(&mut inverse, rows);
    for_each_part(ys.len(), |i| {
        let (mut y, mut normal, mut inverse) = (ys.lock(i), normals.lock(i), inverses.lock(i));
        let part = i * rows * width..i * rows * width + y.len();
        normalize(
            &a[part.clone()],
            &b[part],
            (weight, bias, eps),
            &mut y,
            &mut normal,
            &mut inverse,
        );
    });
    drop((ys, normals, inverses));
    (y, Kept { normal, inverse })
}

/// The gradients of weight and bias; that of the sum takes the place of the normalized rows.
fn backward(kept: &mut Kept, weight: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let width = weight.len().max(1);
    let rows = part_size(kept.inverse.len());
    let parts = kept.inverse.len().div_ceil(rows);
    let mut sums = vec![0.0; parts * 2 * width];
    let (pieces, normals) = (
        Pieces::new(&mut sums, 2 * width),
        Pieces::new(&mut kept.normal, rows * width),
    );
    for_each_part(normals.len(), |i| {
        let (mut sums, mut normal) = (pieces.lock(i), normals.lock(i));
        let inverse = &kept.inverse[i * rows..];
        let dy = &dy[i * rows * width..][..normal.len()];
        let (dw, db) = sums.split_at_mut(width);
        slopes(&mut normal, inverse, weight, dy, dw, db);
    });
    drop((pieces, normals));
    let (mut dw, mut db) = (vec![0.0; width], vec![0.0; width]);
    for sums in sums.chunks(2 * width) {
        add(&mut dw, &sums[..width]);
        add(&mut db, &sums[width..]);
    }
    (dw, db)
}

/// Adds the gradient of a sum to that of one side.
fn spread(from: &[f32], to: &mut [f32]) {
    const CHUNK: usize = 1 << 14;
    let pieces = Pieces::new(to, CHUNK);
    for_each_part(pieces.len(), |i| add(&mut pieces.lock(i), &from[i * CHUNK..]));
}

/// The sum of `f(i)` over a row, in sixteen strands that the processor adds at once.
#[inline(always)]
fn sum(width: usize, f: impl Fn(usize) -> f32) -> f32 {
    let (mut strands, whole) = ([0.0; 16], width - width % 16);
    for first in (0..whole).step_by(16) {
        for (i, strand) in strands.iter_mut().enumerate() {
            *strand += f(first + i);
        }
    }
    let rest: f32 = (whole..width).map(&f).sum();
    strands.iter().sum::<f32>() + rest
}

widened! {
    fn normalize(
        a: &[f32],
        b: &[f32],
        affine: (&[f32], &[f32], f32),
        y: &mut [f32],
        normal: &mut [f32],
        inverse: &mut [f32],
    ) = normalize_rows;
}
widened! {
    fn slopes(normal: &mut [f32], inverse: &[f32], weight: &[f32], dy: &[f32], dw: &mut [f32], db: &mut [f32])
        = slopes_rows;
}

/// `n = (a + b - mean) inverse`, `y = n weight + bias`.
#[inline(always)]
fn normalize_rows(
    a: &[f32],
    b: &[f32],
    (weight, bias, eps): (&[f32], &[f32], f32),
    y: &mut [f32],
    normal: &mut [f32],
    inverse: &mut [f32],
) {
    let width = weight.len();
    let bias = &bias[..width];
    let inputs = a.chunks_exact(width).zip(b.chunks_exact(width));
    let outputs = y.chunks_exact_mut(width).zip(normal.chunks_exact_mut(width));
    for (((a, b), (y, n)), inverse) in inputs.zip(outputs).zip(inverse) {
        for i in 0..width {
            n[i] = a[i] + b[i];
        }
        let mean = sum(width, |i| n[i]) / width as f32;
        for n in n.iter_mut() {
            *n -= mean;
        }
        *inverse = 1.0 / (sum(width, |i| n[i] * n[i]) / width as f32 + eps).sqrt();
        for i in 0..width {
            n[i] *= *inverse;
            y[i] = n[i] * weight[i] + bias[i];
        }
    }
}

/// With `g = dy weight`: `d = inverse (g - mean(g) - n mean(g n))` in the place of `n`, `dw += dy n`, `db += dy`.
#[inline(always)]
fn slopes_rows(normal: &mut [f32], inverse: &[f32], weight: &[f32], dy: &[f32], dw: &mut [f32], db: &mut [f32]) {
    let width = weight.len();
    let (dw, db) = (&mut dw[..width], &mut db[..width]);
    let rows = normal.chunks_exact_mut(width).zip(dy.chunks_exact(width));
    for ((n, dy), inverse) in rows.zip(inverse) {
        let mean = sum(width, |i| dy[i] * weight[i]) / width as f32;
        let product = sum(width, |i| dy[i] * weight[i] * n[i]) / width as f32;
        for i in 0..width {
            dw[i] += dy[i] * n[i];
            db[i] += dy[i];
            n[i] = inverse * (dy[i] * weight[i] - mean - n[i] * product);
        }
    }
}
