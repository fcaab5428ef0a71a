//! The softmax over the keys, in place and scaled, and its gradient.

use crate::ops::cpu::smooth::exp;
use crate::ops::cpu::widened;

widened! {
    /// Softmax of `scale * scores` over the first `columns` of each row, or with `causal` over the first `i + 1` of row `i`;
    /// the rest of the row becomes 0.
    pub(super) fn softmax(scores: &mut [f32], row: usize, columns: usize, causal: bool, scale: f32) = softmax_rows;
}
widened! {
    /// From the gradient of the weights to that of the scores, in its place.
    pub(super) fn softmax_slopes(weights: &[f32], slopes: &mut [f32], row: usize, columns: usize, scale: f32) = softmax_slopes_rows;
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
