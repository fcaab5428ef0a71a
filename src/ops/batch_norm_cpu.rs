//! Batch normalization on the CPU.
//!
//! A batch is `images` times `channels` planes of `pixels` numbers. Sums are made plane by plane and then put together
//! in a fixed order, so that their result does not depend on the number of threads. Planes of one pixel, `(B, C)`, are
//! the columns of a table and are summed a share of the columns at a time.
//!
//! Where nobody else holds the numbers of `x`, those of `y` take their place, and the gradient of `x` that of `y`; what
//! the backward pass needs of `x` is put aside on the way.

use dfdx::prelude::*;

use super::autograd::{restore, take, to_overwrite, values, values_mut};
use super::correlate::{add, sum};
use super::parallel::{Pieces, for_each_part, made_in_parts};
use super::simd::widened;
use super::{Tensor1, Tensor4};

/// Numbers that one task works through, at least.
const CHUNK: usize = 1 << 13;
/// Columns that one task sums.
const COLUMNS: usize = 32;

#[derive(Clone, Copy)]
struct Planes {
    images: usize,
    channels: usize,
    pixels: usize,
}

impl Planes {
    fn of(x: &Tensor4<Cpu>) -> Self {
        let (images, channels, height, width) = *x.shape();
        Self {
            images,
            channels,
            pixels: height * width,
        }
    }

    /// Numbers of a line: a plane, or a row of a table.
    fn line(&self) -> usize {
        if self.pixels == 1 { self.channels } else { self.pixels }
    }

    /// Lines that are worth a task.
    fn per_task(&self) -> usize {
        (CHUNK / self.line().max(1)).max(1)
    }

    /// Numbers of a task.
    fn task(&self) -> usize {
        self.per_task() * self.line()
    }

    /// The channels that the lines of task `task` belong to, line by line.
    fn channels_of(&self, task: usize) -> impl Iterator<Item = std::ops::Range<usize>> + use<> {
        let (p, first) = (*self, task * self.per_task());
        (first..).map(move |line| match p.pixels {
            1 => 0..p.channels,
            _ => line % p.channels..line % p.channels + 1,
        })
    }
}

/// See [`super::batch_norm`]: the result, mean and variance of each channel.
pub(super) fn train<T: Tape<f32, Cpu>>(
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

/// See [`super::batch_norm_eval`].
pub(super) fn eval<T: Tape<f32, Cpu>>(
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

/// Mean and variance of each channel.
fn stats(p: Planes, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let count = (p.images * p.pixels) as f64;
    if p.pixels == 1 {
        let sums = column_sums(p, |_, i| [f64::from(x[i]), 0.0]);
        let means: Vec<f64> = sums.iter().map(|s| s[0] / count).collect();
        let squares = column_sums(p, |c, i| [(f64::from(x[i]) - means[c]).powi(2), 0.0]);
        return means
            .iter()
            .zip(&squares)
            .map(|(m, s)| (*m as f32, (s[0] / count) as f32))
            .unzip();
    }
    let single = of_planes(p, |i| plane_stats(&x[i * p.pixels..][..p.pixels]));
    let channel = |c: usize| {
        // The variance of all is the mean of the planes' variances plus the variance of the planes' means.
        let planes = || single[c..].iter().step_by(p.channels);
        let mean = planes().map(|[m, _]| m).sum::<f64>() / p.images as f64;
        let square = planes().map(|[m, v]| v + (m - mean).powi(2)).sum::<f64>();
        (mean as f32, (square / p.images as f64) as f32)
    };
    (0..p.channels).map(channel).unzip()
}

/// `f` of each plane.
fn of_planes(p: Planes, f: impl Fn(usize) -> [f64; 2] + Sync) -> Vec<[f64; 2]> {
    let mut single = vec![[0.0; 2]; p.images * p.channels];
    let pieces = Pieces::new(&mut single, p.per_task());
    for_each_part(pieces.len(), |task| {
        let first = task * p.per_task();
        let mut results = pieces.lock(task);
        results
            .iter_mut()
            .enumerate()
            .for_each(|(i, result)| *result = f(first + i));
    });
    drop(pieces);
    single
}

/// Mean and variance of one plane.
fn plane_stats(x: &[f32]) -> [f64; 2] {
    let n = x.len() as f64;
    let mean = blocks(x, sum) / n;
    let middle = mean as f32;
    let square = |x: &[f32]| product_sum([x, x], [middle, middle]);
    [mean, blocks(x, square) / n]
}

/// The sum of `f` over blocks that are short enough for sums in `f32`.
fn blocks(x: &[f32], f: impl Fn(&[f32]) -> f32) -> f64 {
    x.chunks(1024).map(|x| f64::from(f(x))).sum()
}

/// The sum of `(a - from[0]) * (b - from[1])` over two slices of one length.
fn product_sum(both: [&[f32]; 2], from: [f32; 2]) -> f32 {
    let mut result = 0.0;
    product_sum_to(both, from, &mut result);
    result
}

widened! {
    fn product_sum_to(both: [&[f32]; 2], from: [f32; 2], result: &mut f32) = product_strands;
}

/// In sixteen strands that the processor adds at once.
#[inline(always)]
fn product_strands([a, b]: [&[f32]; 2], from: [f32; 2], result: &mut f32) {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let mut sums = [0.0; 16];
    for (a, b) in a.iter().zip(b) {
        for i in 0..16 {
            sums[i] += (a[i] - from[0]) * (b[i] - from[1]);
        }
    }
    let rest = a_rest.iter().zip(b_rest);
    let rest: f32 = rest.map(|(a, b)| (a - from[0]) * (b - from[1])).sum();
    *result = sums.iter().sum::<f32>() + rest;
}

/// The sum of `f(channel, index)` over each column of a table, planes being single pixels.
fn column_sums(p: Planes, f: impl Fn(usize, usize) -> [f64; 2] + Sync) -> Vec<[f64; 2]> {
    let mut sums = vec![[0.0; 2]; p.channels];
    let pieces = Pieces::new(&mut sums, COLUMNS);
    for_each_part(pieces.len(), |share| {
        let (first, mut sums) = (share * COLUMNS, pieces.lock(share));
        for row in 0..p.images {
            for (c, sum) in (first..).zip(sums.iter_mut()) {
                let [a, b] = f(c, row * p.channels + c);
                *sum = [sum[0] + a, sum[1] + b];
            }
        }
    });
    drop(pieces);
    sums
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

/// The sums of `dy` and of `dy * (x - mean)` over each channel.
fn backward_sums(p: Planes, x: &[f32], dy: &[f32], mean: &[f32]) -> Vec<[f64; 2]> {
    if p.pixels <= 1 {
        return column_sums(p, |c, i| [f64::from(dy[i]), f64::from(dy[i] * (x[i] - mean[c]))]);
    }
    let single = of_planes(p, |i| {
        let [x, dy] = [x, dy].map(|all| &all[i * p.pixels..][..p.pixels]);
        let products = x.chunks(1024).zip(dy.chunks(1024));
        let products = products.map(|(x, dy)| f64::from(product_sum([x, dy], [mean[i % p.channels], 0.0])));
        [blocks(dy, sum), products.sum()]
    });
    let mut sums = vec![[0.0; 2]; p.channels];
    for (i, [a, b]) in single.iter().enumerate() {
        let sum = &mut sums[i % p.channels];
        *sum = [sum[0] + a, sum[1] + b];
    }
    sums
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
