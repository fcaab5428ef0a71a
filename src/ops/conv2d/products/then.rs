//! What becomes of the numbers of a product: a bias, a ReLU, a sum.

use crate::ops::cpu::{add, widened};

/// What becomes of each number that [`correlate`](super::correlate()) computed.
#[derive(Clone, Copy)]
pub(crate) enum Then<'a> {
    /// `small = value + bias[o]`, or the larger of that and zero. Without a bias where there is none.
    Store { bias: Option<&'a [f32]>, relu: bool },
    /// `small += value`.
    Add,
}

/// Stores or adds one row of a product.
#[inline]
pub(crate) fn finish(to: &mut [f32], row: &[f32], then: Then, filter: usize) {
    match then {
        Then::Add => add(to, row),
        Then::Store { bias, relu } => {
            let bias = bias.map_or(0.0, |b| b[filter]);
            store(to, row, bias, if relu { 0.0 } else { f32::NEG_INFINITY });
        }
    }
}

widened! {
    /// `to = max(values + bias, least)`
    fn store(to: &mut [f32], values: &[f32], bias: f32, least: f32) = store_each;
}

#[inline(always)]
fn store_each(to: &mut [f32], values: &[f32], bias: f32, least: f32) {
    for (to, v) in to.iter_mut().zip(values) {
        let sum = *v + bias;
        // Written so that NaN stays NaN.
        *to = if sum < least { least } else { sum };
    }
}
