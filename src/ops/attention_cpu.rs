//! Attention on the CPU: a sample with all its heads is the work of one thread.
//!
//! The weights that the softmax gives are as many as pairs of steps. They are not kept for the way back, which computes
//! them again: that costs one product of six, and memory grows with the steps instead of with their square.

use dfdx::prelude::*;

use super::attention::AttentionOptions;
use super::autograd::{restore, take, values};
use super::correlate::{add, transpose};
use super::matrix::{multiply_plain, padded};
use super::parallel::{Pieces, for_each_part, with_scratch};
use super::recurrent::Tensor3;
use super::simd::widened;
use super::smooth::exp;
use super::tile::{Left, Offsets};

/// Queries, keys and values in three tensors: forward, and the backward pass recorded on the tape.
pub(super) fn apart<T: Tape<f32, Cpu>>(
    queries: Tensor3<Cpu, T>,
    keys: Tensor3<Cpu, T>,
    given: Tensor3<Cpu, T>,
    options: AttentionOptions,
) -> Result<Tensor3<Cpu, T>, CpuError> {
    let ((q, tape), (k, other), (v, more)) = (queries.split_tape(), keys.split_tape(), given.split_tape());
    let mut tape = tape.merge(other).merge(more);
    let (batch, rows, features) = *q.shape();
    let plan = Plan::new(options, [batch, rows, k.shape().1, features]);
    let (qs, ks, vs) = (values(&q)?, values(&k)?, values(&v)?);
    let out = forward(
        &plan,
        [&qs, &ks, &vs].map(|data| Source {
            data,
            row: features,
            first: 0,
        }),
    );
    let y = q.device().try_tensor_from_vec(out, *q.shape())?;
    let (q, k, v, y_ghost) = (q.ghost(), k.ghost(), v.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let sources = [&qs, &ks, &vs].map(|data| Source {
            data,
            row: features,
            first: 0,
        });
        let (dq, dk, dv) = backward_apart(&plan, sources, &dy);
        add(gradients.get_or_alloc_mut(&q)?, &dq);
        add(gradients.get_or_alloc_mut(&k)?, &dk);
        add(gradients.get_or_alloc_mut(&v)?, &dv);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Queries, keys and values behind each other in one tensor: forward, and the backward pass recorded on the tape.
pub(super) fn together<T: Tape<f32, Cpu>>(
    x: Tensor3<Cpu, T>,
    options: AttentionOptions,
) -> Result<Tensor3<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (batch, rows, width) = *x.shape();
    let features = width / 3;
    let plan = Plan::new(options, [batch, rows, rows, features]);
    let xs = values(&x)?;
    let sources = |data| {
        [0, 1, 2].map(|i| Source {
            data,
            row: width,
            first: i * features,
        })
    };
    let y = x
        .device()
        .try_tensor_from_vec(forward(&plan, sources(&xs)), (batch, rows, features))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let sources = [0, 1, 2].map(|i| Source {
            data: &xs[..],
            row: width,
            first: i * features,
        });
        let dx = Pieces::new(gradients.get_or_alloc_mut(&x)?, rows * width);
        for_each_part(plan.tasks(), |sample| {
            let mut dx = dx.lock(sample);
            plan.sample_backward(sample, sources, &dy, |part, head, gradient| {
                let first = part * features + head * plan.size;
                plan.spread(gradient, &mut dx, width, first, true);
            });
        });
        drop(dx);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// The sizes of it all.
#[derive(Clone, Copy)]
struct Plan {
    heads: usize,
    causal: bool,
    batch: usize,
    /// Queries.
    rows: usize,
    /// Keys.
    columns: usize,
    /// Features of a head, and with padding.
    size: usize,
    width: usize,
}

/// Rows of features of all samples: from number `first` on, `row` from one to the next.
#[derive(Clone, Copy)]
struct Source<'a> {
    data: &'a [f32],
    row: usize,
    first: usize,
}

impl Plan {
    fn new(options: AttentionOptions, [batch, rows, columns, features]: [usize; 4]) -> Self {
        let size = features / options.heads;
        Self {
            heads: options.heads,
            causal: options.causal,
            batch,
            rows,
            columns,
            size,
            width: padded(size),
        }
    }

    fn tasks(&self) -> usize {
        if self.size == 0 || self.rows == 0 {
            0
        } else {
            self.batch
        }
    }

    fn features(&self) -> usize {
        self.heads * self.size
    }

    /// One head of `n` rows of a sample, row by row and padded with zeros.
    fn gather(&self, source: Source, sample: usize, head: usize, n: usize, to: &mut [f32]) {
        let first = source.first + head * self.size;
        for (i, to) in to.chunks_mut(self.width).enumerate() {
            let row = &source.data[(sample * n + i) * source.row + first..][..self.size];
            to[..self.size].copy_from_slice(row);
            to[self.size..].fill(0.0);
        }
    }

    /// The way back of [`gather`](Self::gather), to the rows of one sample.
    fn spread(&self, from: &[f32], to: &mut [f32], row: usize, first: usize, adds: bool) {
        for (from, to) in from.chunks(self.width).zip(to.chunks_mut(row)) {
            let to = &mut to[first..][..self.size];
            if adds {
                add(to, &from[..self.size]);
            } else {
                to.copy_from_slice(&from[..self.size]);
            }
        }
    }

    /// Numbers in a row of weights.
    fn row(&self) -> usize {
        padded(self.columns)
    }

    /// The weights that each query has for each key, `(rows, row())`: softmax of `Q K^T / sqrt(size)`, and 0 in the padding.
    /// `turned` is a place for `K^T`.
    fn weights(&self, q: &[f32], k: &[f32], turned: &mut [f32], weights: &mut [f32]) {
        let (row, size) = (self.row(), [self.rows, self.size, self.columns]);
        transpose(k, self.width, [self.columns, self.size], turned, row);
        multiply_plain(size, plain(q, self.width), (turned, row), (weights, row), false);
        softmax(weights, row, self.columns, self.causal, 1.0 / (self.size as f32).sqrt());
    }

    /// All heads of one sample; `y` is its part of the result.
    fn sample_forward(&self, sample: usize, sources: [Source; 3], y: &mut [f32]) {
        let (rows, columns, width, row) = (self.rows, self.columns, self.width, self.row());
        let sizes = [
            rows * width,
            columns * width,
            columns * width,
            self.size * row,
            rows * row,
            rows * width,
        ];
        with_pieces(sizes, |[q, k, v, turned, weights, out]| {
            // The padding of K^T is never set, and whatever stands there does not matter, but it shall be numbers.
            turned.fill(0.0);
            for head in 0..self.heads {
                self.gather(sources[0], sample, head, rows, q);
                self.gather(sources[1], sample, head, columns, k);
                self.gather(sources[2], sample, head, columns, v);
                self.weights(q, k, turned, weights);
                let size = [rows, columns, self.size];
                multiply_plain(size, plain(weights, row), (v, width), (out, width), false);
                self.spread(out, y, self.features(), head * self.size, false);
            }
        });
    }

    /// With `P` the weights and `O = P V`: `dV = P^T dO`, `dP = dO V^T`, `dS = P (dP - sum(P dP)) / sqrt(size)`, row by row,
    /// `dQ = dS K`, `dK = dS^T Q`. Hands queries (0), keys (1) and values (2) of each head to `put`.
    fn sample_backward(
        &self,
        sample: usize,
        sources: [Source; 3],
        dy: &[f32],
        mut put: impl FnMut(usize, usize, &[f32]),
    ) {
        let (rows, columns, width, row) = (self.rows, self.columns, self.width, self.row());
        let (many, few) = (rows * width, columns * width);
        let sizes = [
            many,
            few,
            few,
            many,
            self.size * row,
            rows * row,
            rows * row,
            many.max(few),
        ];
        let dy = Source {
            data: dy,
            row: self.features(),
            first: 0,
        };
        with_pieces(sizes, |[q, k, v, d, turned, weights, slopes, out]| {
            turned.fill(0.0);
            for head in 0..self.heads {
                self.gather(sources[0], sample, head, rows, q);
                self.gather(sources[1], sample, head, columns, k);
                self.gather(sources[2], sample, head, columns, v);
                self.gather(dy, sample, head, rows, d);
                self.weights(q, k, turned, weights);
                let size = [columns, rows, self.size];
                multiply_plain(size, turned_left(weights, row), (d, width), (out, width), false);
                put(2, head, &out[..few]);
                transpose(v, width, [columns, self.size], turned, row);
                let size = [rows, self.size, columns];
                multiply_plain(size, plain(d, width), (turned, row), (slopes, row), false);
                softmax_slopes(weights, slopes, row, columns, 1.0 / (self.size as f32).sqrt());
                let size = [rows, columns, self.size];
                multiply_plain(size, plain(slopes, row), (k, width), (out, width), false);
                put(0, head, &out[..many]);
                let size = [columns, rows, self.size];
                multiply_plain(size, turned_left(slopes, row), (q, width), (out, width), false);
                put(1, head, &out[..few]);
            }
        });
    }
}

fn plain(data: &[f32], row: usize) -> Left<'_> {
    Left {
        data,
        rows: Offsets::Every(row),
        cols: Offsets::Every(1),
    }
}

/// The same matrix with rows and columns exchanged.
fn turned_left(data: &[f32], row: usize) -> Left<'_> {
    Left {
        data,
        rows: Offsets::Every(1),
        cols: Offsets::Every(row),
    }
}

/// Runs `f` with buffers of these sizes, whose contents are unspecified.
fn with_pieces<const N: usize>(sizes: [usize; N], f: impl FnOnce([&mut [f32]; N])) {
    with_scratch(sizes.iter().sum(), |mut rest| {
        f(sizes.map(|size| {
            let (piece, others) = std::mem::take(&mut rest).split_at_mut(size);
            rest = others;
            piece
        }));
    });
}

fn forward(plan: &Plan, sources: [Source; 3]) -> Vec<f32> {
    let mut y = vec![0.0; plan.batch * plan.rows * plan.features()];
    let pieces = Pieces::new(&mut y, plan.rows * plan.features());
    for_each_part(plan.tasks(), |sample| {
        plan.sample_forward(sample, sources, &mut pieces.lock(sample))
    });
    drop(pieces);
    y
}

/// The gradients of queries, keys and values.
fn backward_apart(plan: &Plan, sources: [Source; 3], dy: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let features = plan.features();
    let (rows, columns) = (plan.rows * features, plan.columns * features);
    let [mut dq, mut dk, mut dv] = [rows, columns, columns].map(|n| vec![0.0; plan.batch * n]);
    let places = [
        Pieces::new(&mut dq, rows),
        Pieces::new(&mut dk, columns),
        Pieces::new(&mut dv, columns),
    ];
    for_each_part(plan.tasks(), |sample| {
        plan.sample_backward(sample, sources, dy, |part, head, gradient| {
            plan.spread(
                gradient,
                &mut places[part].lock(sample),
                features,
                head * plan.size,
                false,
            );
        });
    });
    drop(places);
    (dq, dk, dv)
}

widened! {
    /// Softmax of `scale * scores` over the first `columns` of each row, or with `causal` over the first `i + 1` of row `i`;
    /// the rest of the row becomes 0.
    fn softmax(scores: &mut [f32], row: usize, columns: usize, causal: bool, scale: f32) = softmax_rows;
}
widened! {
    /// From the gradient of the weights to that of the scores, in its place.
    fn softmax_slopes(weights: &[f32], slopes: &mut [f32], row: usize, columns: usize, scale: f32) = softmax_slopes_rows;
}

#[inline(always)]
fn softmax_rows(scores: &mut [f32], row: usize, columns: usize, causal: bool, scale: f32) {
    for (i, scores) in scores.chunks_exact_mut(row).enumerate() {
        let seen = if causal { columns.min(i + 1) } else { columns };
        // What nobody sees must not be larger than what is seen.
        scores[seen..].fill(f32::NEG_INFINITY);
        let (strands, _) = scores.as_chunks_mut::<16>();
        let mut most = [f32::NEG_INFINITY; 16];
        for strand in strands.iter() {
            for (most, s) in most.iter_mut().zip(strand) {
                *most = if *s > *most { *s } else { *most };
            }
        }
        let top = scale * most.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for strand in strands.iter_mut() {
            for s in strand {
                *s = exp(scale * *s - top);
            }
        }
        scores[seen..].fill(0.0);
        let (strands, _) = scores.as_chunks_mut::<16>();
        let mut sums = [0.0; 16];
        for strand in strands.iter() {
            sums.iter_mut().zip(strand).for_each(|(sum, s)| *sum += *s);
        }
        let share = 1.0 / sums.iter().sum::<f32>();
        for strand in strands {
            strand.iter_mut().for_each(|s| *s *= share);
        }
    }
}

#[inline(always)]
fn softmax_slopes_rows(weights: &[f32], slopes: &mut [f32], row: usize, columns: usize, scale: f32) {
    for (weights, slopes) in weights.chunks_exact(row).zip(slopes.chunks_exact_mut(row)) {
        // Beyond the columns the products left what they liked.
        slopes[columns..].fill(0.0);
        let ((p, _), (d, _)) = (weights.as_chunks::<16>(), slopes.as_chunks_mut::<16>());
        let mut sums = [0.0; 16];
        for (p, d) in p.iter().zip(d.iter()) {
            for i in 0..16 {
                sums[i] += p[i] * d[i];
            }
        }
        let sum: f32 = sums.iter().sum();
        for (p, d) in p.iter().zip(d) {
            for i in 0..16 {
                d[i] = scale * p[i] * (d[i] - sum);
            }
        }
    }
}
