//! Layer normalization.

pub(super) mod composed;
pub(super) mod cpu;

use dfdx::prelude::*;

use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// Layer normalization: each row gets mean 0 and variance 1 by its own mean and variance, then a scale and a shift for
/// each column.
///
/// `y[b, i] = weight[i] * (x[b, i] - mean[b]) / sqrt(variance[b] + eps) + bias[i]`
///
/// - `x` and result: `(B, N)`
/// - `weight`, `bias`: `(N,)`
///
/// Ba, Kiros & Hinton 2016, arXiv:1607.06450. PyTorch: `torch.nn.functional.layer_norm`. Taught in notebook 15.
///
/// # Errors
/// Only where memory runs out: the compiler checks the shapes.
pub fn layer_norm<B: Dim, const N: usize, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, Const<N>), f32, D, T>,
    weight: &Tensor<Rank1<N>, f32, D>,
    bias: &Tensor<Rank1<N>, f32, D>,
    eps: f32,
) -> Result<Tensor<(B, Const<N>), f32, D, T>> {
    let rows = x.shape().0;
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(rows.size(), N))?;
        let weight = weight.clone().try_reshape_like(&(N,))?;
        let bias = bias.clone().try_reshape_like(&(N,))?;
        D::layer_norm(x, weight, bias, eps)?.try_reshape_like(&(rows, Const))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
