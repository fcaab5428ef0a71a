//! A sum and its ReLU composed of dfdx's operations.

use dfdx::prelude::*;

/// `a + b` or, with `relu`, [`add_relu`](fn@super::add_relu).
pub(crate) fn add_relu<D: Device<f32>, T: Tape<f32, D>>(
    a: Tensor<(usize,), f32, D, T>,
    b: Tensor<(usize,), f32, D>,
    relu: bool,
) -> Result<Tensor<(usize,), f32, D, T>, D::Err> {
    let sum = a.try_add(b)?;
    if relu { sum.try_relu() } else { Ok(sum) }
}
