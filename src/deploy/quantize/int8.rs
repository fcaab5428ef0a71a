//! Products of whole numbers of 8 bits, summed up in 32 bits.

use crate::ops::cpu::widened;

use super::affine::{Affine, ends};

/// Rows of whole numbers, and what turns a sum of products back into a number.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// Rows of `k` weights.
    pub weights: &'a [i8],
    pub k: usize,
    /// What one step of a weight of each row is worth.
    pub scales: &'a [f32],
    /// The sum of the whole numbers of each row.
    pub sums: &'a [i32],
    pub bias: &'a [f32],
    pub relu: bool,
}

widened! {
    /// `to` gets the whole numbers of `x`: see [`Affine::quantize`].
    pub(super) fn quantize(x: &[f32], map: Affine, to: &mut [i8]) = quantize_each;
}

#[inline(always)]
fn quantize_each(x: &[f32], map: Affine, to: &mut [i8]) {
    let (low, high) = ends(map.bits);
    let (low, high, by, zero) = (low as f32, high as f32, 1.0 / map.scale, f32::from(map.zero));
    for (q, x) in to.iter_mut().zip(x) {
        *q = ((x * by).round_ties_even() + zero).clamp(low, high) as i8;
    }
}

widened! {
    /// For each row of `x`, of `k` whole numbers, its product with each row of weights: one number of `y` for each.
    pub(super) fn multiply(x: &[i8], map: Affine, rows: Rows, y: &mut [f32]) = multiply_each;
}

/// `sum of w (x - zero) = sum of w x - zero * sum of w`: the zero point costs one product per row.
#[inline(always)]
fn multiply_each(x: &[i8], map: Affine, rows: Rows, y: &mut [f32]) {
    let filters = rows.bias.len();
    for (x, y) in x.chunks_exact(rows.k).zip(y.chunks_exact_mut(filters)) {
        for (o, y) in y.iter_mut().enumerate() {
            let weights = &rows.weights[o * rows.k..][..rows.k];
            // Two products of 8 bits fit into 16, and sums of whole numbers are exact in any order.
            let sum: i32 = x
                .iter()
                .zip(weights)
                .map(|(x, w)| i32::from(i16::from(*x) * i16::from(*w)))
                .sum();
            let sum = sum - i32::from(map.zero) * rows.sums[o];
            let value = sum as f32 * (map.scale * rows.scales[o]) + rows.bias[o];
            *y = if rows.relu && value < 0.0 { 0.0 } else { value };
        }
    }
}
