//! A batch as planes of numbers, and sums over each channel of it.
//!
//! A batch is `images` times `channels` planes of `pixels` numbers. Sums are made plane by plane and then put together
//! in a fixed order, so that their result does not depend on the number of threads. Planes of one pixel, `(B, C)`, are
//! the columns of a table and are summed a share of the columns at a time.

use std::ops::Range;

use dfdx::prelude::*;

use crate::ops::cpu::{Pieces, for_each_part, sum, widened};
use crate::ops::tensors::Tensor4;

/// Numbers that one task works through, at least.
const CHUNK: usize = 1 << 13;
/// Columns that one task sums.
const COLUMNS: usize = 32;

/// How a batch is laid out.
#[derive(Clone, Copy)]
pub(super) struct Planes {
    pub images: usize,
    pub channels: usize,
    pub pixels: usize,
}

impl Planes {
    pub fn of(x: &Tensor4<Cpu>) -> Self {
        let (images, channels, height, width) = *x.shape();
        Self {
            images,
            channels,
            pixels: height * width,
        }
    }

    /// Numbers of a line: a plane, or a row of a table.
    pub fn line(&self) -> usize {
        if self.pixels == 1 { self.channels } else { self.pixels }
    }

    /// Lines that are worth a task.
    pub fn per_task(&self) -> usize {
        (CHUNK / self.line().max(1)).max(1)
    }

    /// Numbers of a task.
    pub fn task(&self) -> usize {
        self.per_task() * self.line()
    }

    /// The channels that the lines of task `task` belong to, line by line.
    pub fn channels_of(&self, task: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let (p, first) = (*self, task * self.per_task());
        (first..).map(move |line| match p.pixels {
            1 => 0..p.channels,
            _ => line % p.channels..line % p.channels + 1,
        })
    }
}

/// Mean and variance of each channel.
pub(crate) fn stats(p: Planes, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
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

/// The sums of `dy` and of `dy * (x - mean)` over each channel.
pub(crate) fn backward_sums(p: Planes, x: &[f32], dy: &[f32], mean: &[f32]) -> Vec<[f64; 2]> {
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
