//! Sums of numbers, made in registers: always by the same strands, so that their bits depend on the length alone.

use super::parts::{Pieces, part_size};
use super::simd::widened;
use super::threads::for_each_part;

widened! {
    /// `to += values`.
    pub(crate) fn add(to: &mut [f32], values: &[f32]) = add_each;
}

#[inline(always)]
fn add_each(to: &mut [f32], values: &[f32]) {
    to.iter_mut().zip(values).for_each(|(to, v)| *to += *v);
}

/// The sum of `values`, in sixteen strands that the processor adds at once.
pub(crate) fn sum(values: &[f32]) -> f32 {
    let mut result = 0.0;
    sum_to(values, &mut result);
    result
}

widened! {
    fn sum_to(values: &[f32], result: &mut f32) = sum_strands;
}

#[inline(always)]
fn sum_strands(values: &[f32], result: &mut f32) {
    let (strands, rest) = values.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for strand in strands {
        sums.iter_mut().zip(strand).for_each(|(s, v)| *s += *v);
    }
    *result = sums.iter().sum::<f32>() + rest.iter().sum::<f32>();
}

widened! {
    /// `result = sum of a[i] * b[i]`, in thirty-two strands.
    pub(crate) fn scalar_product(a: &[f32], b: &[f32], result: &mut f32) = each_product;
}

#[inline(always)]
fn each_product(a: &[f32], b: &[f32], result: &mut f32) {
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<32>(), b.as_chunks::<32>());
    let mut sums = [0.0; 32];
    for (a, b) in a.iter().zip(b) {
        for i in 0..32 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    *result = sums.iter().sum::<f32>() + rest;
}

/// `sums[c] += sum over b and i of x[b, c, i]`, for `x` of `(B, C, pixels)`: the gradient of a bias per channel.
pub(crate) fn sums_of_planes(x: &[f32], pixels: usize, sums: &mut [f32]) {
    if x.is_empty() || sums.is_empty() {
        return;
    }
    let channels = sums.len();
    let batch = x.len() / (channels * pixels);
    let part = part_size(batch);
    let mut partial = vec![0.0; batch.div_ceil(part) * channels];
    let pieces = Pieces::new(&mut partial, channels);
    for_each_part(pieces.len(), |i| {
        let mut sums = pieces.lock(i);
        let images = x.chunks(channels * pixels).skip(i * part).take(part);
        for planes in images {
            sums.iter_mut()
                .zip(planes.chunks(pixels))
                .for_each(|(s, plane)| *s += sum(plane));
        }
    });
    for part in partial.chunks(channels) {
        add(sums, part);
    }
}
