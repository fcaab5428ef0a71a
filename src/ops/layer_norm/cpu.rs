//! Layer normalization on the CPU.

use dfdx::prelude::*;
use rayon::prelude::*;

use crate::ops::cpu::{add, part_size, restore, take, values};
use crate::ops::tensors::{Tensor1, Tensor2};

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn layer_norm<T: Tape<f32, Cpu>>(
    x: Tensor2<Cpu, T>,
    weight: Tensor1<Cpu>,
    bias: Tensor1<Cpu>,
    eps: f32,
) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (mut normal, ws) = (values(&x)?.to_vec(), values(&weight)?);
    let inverse = normalize(&mut normal, ws.len(), eps);
    let (mut out, kept) = if T::OWNS_TAPE {
        (normal.clone(), normal)
    } else {
        (normal, Vec::new())
    };
    affine(&mut out, &ws, &values(&bias)?);
    let y = x.device().try_tensor_from_vec(out, *x.shape())?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward_input(&kept, &inverse, &ws, &dy, gradients.get_or_alloc_mut(&x)?);
        let (dw, db) = backward_weight(&kept, &dy, ws.len());
        add(gradients.get_or_alloc_mut(&weight)?, &dw);
        add(gradients.get_or_alloc_mut(&bias)?, &db);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Rows that one task works through.
fn rows_per_task(columns: usize) -> usize {
    (8192 / columns.max(1)).max(1)
}

/// Brings each row to mean 0 and variance 1; returns `1 / sqrt(variance + eps)` of each.
pub(in crate::ops) fn normalize(x: &mut [f32], columns: usize, eps: f32) -> Vec<f32> {
    let row = |row: &mut [f32]| {
        let n = row.len() as f64;
        let mean = (row.iter().map(|x| f64::from(*x)).sum::<f64>() / n) as f32;
        row.iter_mut().for_each(|x| *x -= mean);
        let variance = row.iter().map(|x| f64::from(x * x)).sum::<f64>() / n;
        let inverse = 1.0 / (variance as f32 + eps).sqrt();
        row.iter_mut().for_each(|x| *x *= inverse);
        inverse
    };
    let rows = x.par_chunks_mut(columns.max(1));
    rows.with_min_len(rows_per_task(columns)).map(row).collect()
}

/// `y = y * weight + bias`, row by row.
fn affine(y: &mut [f32], weight: &[f32], bias: &[f32]) {
    let rows = y.par_chunks_mut(weight.len().max(1));
    rows.with_min_len(rows_per_task(weight.len())).for_each(|row| {
        for ((y, w), b) in row.iter_mut().zip(weight).zip(bias) {
            *y = *y * w + b;
        }
    });
}

/// `dx += inverse * (g - mean(g) - normal * mean(g * normal))` with `g = dy * weight`, row by row.
fn backward_input(normal: &[f32], inverse: &[f32], weight: &[f32], dy: &[f32], dx: &mut [f32]) {
    let columns = weight.len().max(1);
    let row = |(((dx, dy), normal), inverse): (((&mut [f32], &[f32]), &[f32]), &f32)| {
        let (mut sum, mut product) = (0.0, 0.0);
        for ((dy, w), x) in dy.iter().zip(weight).zip(normal) {
            let g = f64::from(dy * w);
            sum += g;
            product += g * f64::from(*x);
        }
        let [sum, product] = [sum, product].map(|s| (s / weight.len() as f64) as f32);
        for (((dx, dy), w), x) in dx.iter_mut().zip(dy).zip(weight).zip(normal) {
            *dx += inverse * (dy * w - sum - x * product);
        }
    };
    let rows = dx.par_chunks_mut(columns).zip(dy.par_chunks(columns));
    let rows = rows.zip(normal.par_chunks(columns)).zip(inverse.par_iter());
    rows.with_min_len(rows_per_task(columns)).for_each(row);
}

/// The sums of `dy * normal` and of `dy` over each column: a fixed number of shares of the rows, added in order.
fn backward_weight(normal: &[f32], dy: &[f32], columns: usize) -> (Vec<f32>, Vec<f32>) {
    let side = columns.max(1);
    let share = part_size(dy.len() / side) * side;
    let sums = |(dy, normal): (&[f32], &[f32])| {
        let (mut dw, mut db) = (vec![0.0; columns], vec![0.0; columns]);
        for (dy, normal) in dy.chunks(side).zip(normal.chunks(side)) {
            add(&mut db, dy);
            for ((dw, dy), x) in dw.iter_mut().zip(dy).zip(normal) {
                *dw += dy * x;
            }
        }
        (dw, db)
    };
    let shares: Vec<_> = dy.par_chunks(share).zip(normal.par_chunks(share)).map(sums).collect();
    let mut total = (vec![0.0; columns], vec![0.0; columns]);
    for (dw, db) in &shares {
        add(&mut total.0, dw);
        add(&mut total.1, db);
    }
    total
}
