//! Attention within one sample, head by head: the products and their order.

use super::cpu_softmax::{softmax, softmax_slopes};
use super::options::{AttentionOptions, Lengths};
use crate::ops::cpu::{Left, Offsets, add, multiply_plain, padded, transpose, with_scratch};

/// The sizes of it all.
#[derive(Clone)]
pub(super) struct Plan {
    pub heads: usize,
    pub causal: bool,
    /// How many keys of each sample count; all of them where there is none.
    pub lengths: Lengths,
    pub batch: usize,
    /// Queries.
    pub rows: usize,
    /// Keys of a sample, padding included.
    pub columns: usize,
    /// Features of a head, and with padding.
    pub size: usize,
    pub width: usize,
}

/// Rows of features of all samples: from number `first` on, `row` from one to the next.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub data: &'a [f32],
    pub row: usize,
    pub first: usize,
}

impl Plan {
    pub fn new(options: AttentionOptions, lengths: Lengths, [batch, rows, columns, features]: [usize; 4]) -> Self {
        let size = features / options.heads;
        Self {
            heads: options.heads,
            causal: options.causal,
            lengths,
            batch,
            rows,
            columns,
            size,
            width: padded(size),
        }
    }

    pub fn tasks(&self) -> usize {
        if self.size == 0 || self.rows == 0 {
            0
        } else {
            self.batch
        }
    }

    pub fn features(&self) -> usize {
        self.heads * self.size
    }

    /// One head of the first rows of a sample that has `n` of them, row by row and padded with zeros, until `to` is full.
    fn gather(&self, source: Source, sample: usize, head: usize, n: usize, to: &mut [f32]) {
        let first = source.first + head * self.size;
        for (i, to) in to.chunks_mut(self.width).enumerate() {
            let row = &source.data[(sample * n + i) * source.row + first..][..self.size];
            to[..self.size].copy_from_slice(row);
            to[self.size..].fill(0.0);
        }
    }

    /// The way back of [`gather`](Self::gather), to the rows of one sample.
    pub fn spread(&self, from: &[f32], to: &mut [f32], row: usize, first: usize, adds: bool) {
        for (from, to) in from.chunks(self.width).zip(to.chunks_mut(row)) {
            let to = &mut to[first..][..self.size];
            if adds {
                add(to, &from[..self.size]);
            } else {
                to.copy_from_slice(&from[..self.size]);
            }
        }
    }

    /// The keys of a sample that count: none of the others is ever read.
    fn seen(&self, sample: usize) -> usize {
        self.lengths
            .as_ref()
            .map_or(self.columns, |lengths| lengths[sample].min(self.columns))
    }

    /// The weights that each query has for each of `columns` keys, a row padded to whole registers: softmax of
    /// `Q K^T / sqrt(size)`, and 0 in the padding. `turned` is a place for `K^T`.
    fn weights(&self, columns: usize, q: &[f32], k: &[f32], turned: &mut [f32], weights: &mut [f32]) {
        let (row, size) = (padded(columns), [self.rows, self.size, columns]);
        transpose(k, self.width, [columns, self.size], turned, row);
        multiply_plain(size, plain(q, self.width), (turned, row), (weights, row), false);
        softmax(weights, row, columns, self.causal, 1.0 / (self.size as f32).sqrt());
    }

    /// The weights of all heads of one sample: `maps` is `(heads, rows, columns)`, and stays 0 for keys that do not count.
    pub fn sample_maps(&self, sample: usize, [queries, keys]: [Source; 2], maps: &mut [f32]) {
        let (rows, columns, width) = (self.rows, self.seen(sample), self.width);
        let row = padded(columns);
        if columns == 0 {
            return;
        }
        let sizes = [rows * width, columns * width, self.size * row, rows * row];
        with_pieces(sizes, |[q, k, turned, weights]| {
            turned.fill(0.0);
            for (head, maps) in maps.chunks_mut(rows * self.columns).enumerate() {
                self.gather(queries, sample, head, rows, q);
                self.gather(keys, sample, head, self.columns, k);
                self.weights(columns, q, k, turned, weights);
                for (map, weights) in maps.chunks_mut(self.columns).zip(weights.chunks(row)) {
                    map[..columns].copy_from_slice(&weights[..columns]);
                }
            }
        });
    }

    /// All heads of one sample; `y` is its part of the result, which stays 0 where no key counts.
    pub fn sample_forward(&self, sample: usize, sources: [Source; 3], y: &mut [f32]) {
        let (rows, columns, width) = (self.rows, self.seen(sample), self.width);
        let row = padded(columns);
        if columns == 0 {
            return;
        }
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
                self.gather(sources[1], sample, head, self.columns, k);
                self.gather(sources[2], sample, head, self.columns, v);
                self.weights(columns, q, k, turned, weights);
                let size = [rows, columns, self.size];
                multiply_plain(size, plain(weights, row), (v, width), (out, width), false);
                self.spread(out, y, self.features(), head * self.size, false);
            }
        });
    }

    /// With `P` the weights and `O = P V`: `dV = P^T dO`, `dP = dO V^T`, `dS = P (dP - sum(P dP)) / sqrt(size)`, row by row,
    /// `dQ = dS K`, `dK = dS^T Q`. Hands queries (0), keys (1) and values (2) of each head to `put`; of keys and values
    /// those that count.
    pub fn sample_backward(
        &self,
        sample: usize,
        sources: [Source; 3],
        dy: &[f32],
        mut put: impl FnMut(usize, usize, &[f32]),
    ) {
        let (rows, columns, width) = (self.rows, self.seen(sample), self.width);
        let row = padded(columns);
        if columns == 0 {
            return;
        }
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
                self.gather(sources[1], sample, head, self.columns, k);
                self.gather(sources[2], sample, head, self.columns, v);
                self.gather(dy, sample, head, rows, d);
                self.weights(columns, q, k, turned, weights);
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
