//! Batch normalization on the CPU.
//!
//! A batch is `images` times `channels` planes of `pixels` numbers. Sums are made plane by plane and then put together
//! in a fixed order, so that their result does not depend on the number of threads. Planes of one pixel, `(B, C)`, are
//! the columns of a table and are summed a share of the columns at a time.

use dfdx::prelude::*;
use rayon::prelude::*;

use super::autograd::{Values, restore, take, values};
use super::correlate::sum;
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

    /// Planes, or rows where planes are single pixels, that are worth a task.
    fn per_task(&self) -> usize {
        (CHUNK / if self.pixels == 1 { self.channels } else { self.pixels }).max(1)
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
    let (dev, xs) = (x.device().clone(), values(&x)?);
    let (mean, variance) = stats(Planes::of(&x), &xs);
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
    Ok((normalize(x, tape, xs, weight, bias, given)?, kept.0, kept.1))
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
    let xs = values(&x)?;
    normalize(x, tape, xs, weight, bias, given)
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
    xs: Values<(usize, usize, usize, usize)>,
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
    let (mut out, kept) = (xs.to_vec(), xs);
    forward(planes, &mut out, &mean, &scale, &values(&bias)?);
    let y = x.device().try_tensor_from_vec(out, *x.shape())?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let sums = backward_sums(planes, &kept, &dy, &mean);
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
            vec![[0.0; 2]; sums.len()]
        };
        backward_input(
            planes,
            &kept,
            &dy,
            gradients.get_or_alloc_mut(&x)?,
            &mean,
            &scale,
            &pull,
        );
        restore!(gradients, &y_ghost, dy);
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
    let single: Vec<[f64; 2]> = x
        .par_chunks(p.pixels)
        .with_min_len(p.per_task())
        .map(plane_stats)
        .collect();
    let channel = |c: usize| {
        // The variance of all is the mean of the planes' variances plus the variance of the planes' means.
        let planes = || single[c..].iter().step_by(p.channels);
        let mean = planes().map(|[m, _]| m).sum::<f64>() / p.images as f64;
        let square = planes().map(|[m, v]| v + (m - mean).powi(2)).sum::<f64>();
        (mean as f32, (square / p.images as f64) as f32)
    };
    (0..p.channels).map(channel).unzip()
}

/// Mean and variance of one plane.
fn plane_stats(x: &[f32]) -> [f64; 2] {
    let n = x.len() as f64;
    let mean = blocks(x, sum) / n;
    let middle = mean as f32;
    let square = |x: &[f32]| strands(x, x, |x, _| (x - middle) * (x - middle));
    [mean, blocks(x, square) / n]
}

/// The sum of `f` over blocks that are short enough for sums in `f32`.
fn blocks(x: &[f32], f: impl Fn(&[f32]) -> f32) -> f64 {
    x.chunks(1024).map(|x| f64::from(f(x))).sum()
}

/// The sum of `f(a, b)` over two slices of one length, in sixteen strands that the processor adds at once.
fn strands(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let mut sums = [0.0; 16];
    for (a, b) in a.iter().zip(b) {
        for i in 0..16 {
            sums[i] += f(a[i], b[i]);
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| f(*a, *b));
    sums.iter().sum::<f32>() + rest.sum::<f32>()
}

/// The sum of `f(channel, index)` over each column of a table, planes being single pixels.
fn column_sums(p: Planes, f: impl Fn(usize, usize) -> [f64; 2] + Sync) -> Vec<[f64; 2]> {
    let share = |first: usize| {
        let columns = first..(first + COLUMNS).min(p.channels);
        let mut sums = vec![[0.0; 2]; columns.len()];
        for row in 0..p.images {
            for (sum, c) in sums.iter_mut().zip(columns.clone()) {
                let [a, b] = f(c, row * p.channels + c);
                *sum = [sum[0] + a, sum[1] + b];
            }
        }
        sums
    };
    let shares: Vec<usize> = (0..p.channels).step_by(COLUMNS).collect();
    shares.into_par_iter().flat_map_iter(share).collect()
}

/// `y = (y - mean) * scale + bias`, channel by channel.
fn forward(p: Planes, y: &mut [f32], mean: &[f32], scale: &[f32], bias: &[f32]) {
    let one = |y: &mut f32, c: usize| *y = (*y - mean[c]) * scale[c] + bias[c];
    match p.pixels * p.channels {
        0 => {}
        _ if p.pixels == 1 => y.par_chunks_mut(p.channels).with_min_len(p.per_task()).for_each(|row| {
            row.iter_mut().enumerate().for_each(|(c, y)| one(y, c));
        }),
        _ => y
            .par_chunks_mut(p.pixels)
            .with_min_len(p.per_task())
            .enumerate()
            .for_each(|(i, plane)| {
                plane.iter_mut().for_each(|y| one(y, i % p.channels));
            }),
    }
}

/// The sums of `dy` and of `dy * (x - mean)` over each channel.
fn backward_sums(p: Planes, x: &[f32], dy: &[f32], mean: &[f32]) -> Vec<[f64; 2]> {
    if p.pixels <= 1 {
        return column_sums(p, |c, i| [f64::from(dy[i]), f64::from(dy[i] * (x[i] - mean[c]))]);
    }
    let plane = |(i, (x, dy)): (usize, (&[f32], &[f32]))| {
        let middle = mean[i % p.channels];
        let products = x.chunks(1024).zip(dy.chunks(1024));
        let products = products.map(|(x, dy)| f64::from(strands(x, dy, |x, dy| (x - middle) * dy)));
        [blocks(dy, sum), products.sum()]
    };
    let both = x.par_chunks(p.pixels).zip(dy.par_chunks(p.pixels));
    let single: Vec<[f64; 2]> = both.with_min_len(p.per_task()).enumerate().map(plane).collect();
    let mut sums = vec![[0.0; 2]; p.channels];
    for (i, [a, b]) in single.iter().enumerate() {
        let sum = &mut sums[i % p.channels];
        *sum = [sum[0] + a, sum[1] + b];
    }
    sums
}

/// What the batch's own mean and variance take from the gradient of each number: `pull[0] + pull[1] * (x - mean)`.
fn pull(p: Planes, sums: &[[f64; 2]], inverse: &[f32]) -> Vec<[f32; 2]> {
    let n = (p.images * p.pixels) as f64;
    let channel = |([a, b], r): (&[f64; 2], &f32)| [(a / n) as f32, (b / n) as f32 * r * r];
    sums.iter().zip(inverse).map(channel).collect()
}

/// `dx += scale * (dy - pull[0] - pull[1] * (x - mean))`, channel by channel.
fn backward_input(p: Planes, x: &[f32], dy: &[f32], dx: &mut [f32], mean: &[f32], scale: &[f32], pull: &[[f32; 2]]) {
    let side = match p.pixels * p.channels {
        0 => return,
        _ if p.pixels == 1 => p.channels,
        _ => p.pixels,
    };
    let one = |dx: &mut f32, x: &f32, dy: &f32, c: usize| {
        *dx += scale[c] * (dy - pull[c][0] - pull[c][1] * (x - mean[c]));
    };
    let all = dx.par_chunks_mut(side).zip(x.par_chunks(side).zip(dy.par_chunks(side)));
    all.with_min_len(p.per_task())
        .enumerate()
        .for_each(|(i, (dx, (x, dy)))| {
            let each = dx.iter_mut().zip(x).zip(dy);
            if p.pixels == 1 {
                each.enumerate().for_each(|(c, ((dx, x), dy))| one(dx, x, dy, c));
            } else {
                each.for_each(|((dx, x), dy)| one(dx, x, dy, i % p.channels));
            }
        });
}
