//! Batch normalization on the CPU.
//!
//! Where nobody else holds the numbers of `x`, those of `y` take their place, and the gradient of `x` that of `y`; what
//! the backward pass needs of `x` is put aside on the way.

use dfdx::prelude::*;

use super::cpu_sums::{Planes, backward_sums, stats};
use crate::ops::cpu::{
    Pieces, add, for_each_part, made_in_parts, restore, take, to_overwrite, values, values_mut, widened,
};
use crate::ops::tensors::{Tensor1, Tensor4};

/// See [`batch_norm`](fn@super::batch_norm): the result, mean and variance of each channel.
pub(crate) fn batch_norm<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu, T>,
    weight: Tensor1<Cpu>,
    bias: Tensor1<Cpu>,
    eps: f32,
) -> Result<(Tensor4<Cpu, T>, Tensor1<Cpu>, Tensor1<Cpu>), CpuError> {
    let (x, tape) = x.split_tape();
    let dev = x.device().clone();
    let (mean, variance) = stats(Planes::of(&x), &values(&x)?);
    let kept = (
        dev.try_tensor_from_vec(mean.clone(), (mean.len(),))?,
        dev.try_tensor_from_vec(variance.clone(), (variance.len(),))?,
    );
    let from_batch = true;
    let given = Given {
        mean,
        variance,
        eps,
        from_batch,
    };
    Ok((normalize(x, tape, weight, bias, given)?, kept.0, kept.1))
}

/// See [`batch_norm_eval`](super::batch_norm_eval).
pub(crate) fn batch_norm_eval<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu, T>,
    weight: Tensor1<Cpu>,
    bias: Tensor1<Cpu>,
    mean: Tensor1<Cpu>,
    variance: Tensor1<Cpu>,
    eps: f32,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (x, tape) = x.split_tape();
    let (mean, variance, from_batch) = (values(&mean)?.to_vec(), values(&variance)?.to_vec(), false);
    let given = Given {
        mean,
        variance,
        eps,
        from_batch,
    };
    normalize(x, tape, weight, bias, given)
}

/// What a batch is normalized with.
struct Given {
    mean: Vec<f32>,
    variance: Vec<f32>,
    eps: f32,
    /// Mean and variance are those of the batch itself, so that the gradient has to pass through them.
    from_batch: bool,
}

/// `(x - mean) / sqrt(variance + eps) * weight + bias`, and its backward pass recorded on the tape.
fn normalize<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu>,
    mut tape: T,
    weight: Tensor1<Cpu>,
    bias: Tensor1<Cpu>,
    given: Given,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (planes, ws) = (Planes::of(&x), values(&weight)?);
    let Given {
        mean,
        variance,
        eps,
        from_batch,
    } = given;
    let inverse: Vec<f32> = variance.iter().map(|v| 1.0 / (v + eps).sqrt()).collect();
    let scale: Vec<f32> = inverse.iter().zip(ws.iter()).map(|(r, w)| r * w).collect();
    let x_ghost = x.ghost();
    let (mut y, in_place) = to_overwrite(x)?;
    let kept = forward(
        planes,
        values_mut(&mut y),
        [&mean, &scale, &values(&bias)?],
        T::OWNS_TAPE,
    );
    let y_ghost = y.ghost();
    tape.add_backward_op(move |gradients| {
        let mut d = take!(gradients, &y_ghost);
        let dy = (!in_place).then(|| d.clone());
        let sums = backward_sums(planes, &kept, &d, &mean);
        for (db, [s, _]) in gradients.get_or_alloc_mut(&bias)?.iter_mut().zip(&sums) {
            *db += *s as f32;
        }
        let dw = gradients.get_or_alloc_mut(&weight)?.iter_mut();
        for ((dw, [_, s]), r) in dw.zip(&sums).zip(&inverse) {
            *dw += *s as f32 * r;
        }
        let pull = if from_batch {
            pull(planes, &sums, &inverse)
        } else {
            [vec![0.0; sums.len()], vec![0.0; sums.len()]]
        };
        backward_input(planes, &kept, &mut d, [&mean, &scale, &pull[0], &pull[1]]);
        if let Some(dy) = dy {
            add(gradients.get_or_alloc_mut(&x_ghost)?, &d);
            d = dy;
        }
        // In place x and y go by one name. Who else took x as input did so before us, and adds to its gradient after us.
        restore!(gradients, &y_ghost, d);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// `y = (y - mean) * scale + bias`, channel by channel. With `keep`, returns what `y` was.
fn forward(p: Planes, y: &mut [f32], [mean, scale, bias]: [&[f32]; 3], keep: bool) -> Vec<f32> {
    let pieces = Pieces::new(y, p.task());
    let part = |task: usize, kept: &mut [f32]| {
        let mut y = pieces.lock(task);
        kept.copy_from_slice(&y[..kept.len()]);
        for (y, c) in y.chunks_mut(p.line()).zip(p.channels_of(task)) {
            normalize_line(y, &mean[c.clone()], &scale[c.clone()], &bias[c]);
        }
    };
    if keep {
        let len = p.images * p.channels * p.pixels;
        return made_in_parts(len, p.task(), part);
    }
    for_each_part(pieces.len(), |task| part(task, &mut []));
    Vec::new()
}

/// What the batch's own mean and variance take from the gradient of each number: `pull[0] + pull[1] * (x - mean)`.
fn pull(p: Planes, sums: &[[f64; 2]], inverse: &[f32]) -> [Vec<f32>; 2] {
    let n = (p.images * p.pixels) as f64;
    let channel = |([a, b], r): (&[f64; 2], &f32)| ((a / n) as f32, (b / n) as f32 * r * r);
    let (a, b) = sums.iter().zip(inverse).map(channel).unzip();
    [a, b]
}

/// `d = scale * (d - pull - pull_more * (x - mean))`, channel by channel.
fn backward_input(p: Planes, x: &[f32], d: &mut [f32], [mean, scale, pull, pull_more]: [&[f32]; 4]) {
    let pieces = Pieces::new(d, p.task());
    for_each_part(pieces.len(), |task| {
        let mut d = pieces.lock(task);
        let lines = x.chunks(p.line().max(1)).skip(task * p.per_task());
        for ((d, x), c) in d.chunks_mut(p.line()).zip(lines).zip(p.channels_of(task)) {
            let of = [mean, scale, pull, pull_more].map(|all| &all[c.clone()]);
            gradient_line(d, x, of);
        }
    });
}

widened! {
    /// `y = (y - mean) * scale + bias` for a plane with one of each, or a row with one for each number.
    fn normalize_line(y: &mut [f32], mean: &[f32], scale: &[f32], bias: &[f32]) = normalize_each;
}
widened! {
    /// `d = scale * (d - pull - pull_more * (x - mean))` in the same way.
    fn gradient_line(d: &mut [f32], x: &[f32], of: [&[f32]; 4]) = gradient_each;
}

#[inline(always)]
fn normalize_each(y: &mut [f32], mean: &[f32], scale: &[f32], bias: &[f32]) {
    if let ([mean], [scale], [bias]) = (mean, scale, bias) {
        return y.iter_mut().for_each(|y| *y = (*y - mean) * scale + bias);
    }
    for (((y, mean), scale), bias) in y.iter_mut().zip(mean).zip(scale).zip(bias) {
        *y = (*y - mean) * scale + bias;
    }
}

#[inline(always)]
fn gradient_each(d: &mut [f32], x: &[f32], [mean, scale, pull, pull_more]: [&[f32]; 4]) {
    let one = |d: f32, x: f32, i: usize| scale[i] * (d - pull[i] - pull_more[i] * (x - mean[i]));
    if mean.len() == 1 {
        return d.iter_mut().zip(x).for_each(|(d, x)| *d = one(*d, *x, 0));
    }
    for (i, (d, x)) in d.iter_mut().zip(x).enumerate() {
        *d = one(*d, *x, i);
    }
}
