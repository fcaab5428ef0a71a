//! Scaled dot-product attention.

pub(super) mod composed;
pub(super) mod cpu;
mod cpu_sample;
mod cpu_softmax;
pub(super) mod options;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::ops::tensors::Tensor3;
use crate::ops::times::Times;
use crate::{Error, Result};
pub use options::AttentionOptions;

/// Each query looks at all keys and takes the values of those that are like it: for each head
/// `softmax(Q K^T / sqrt(N / heads)) V`, the softmax over the keys. The heads stand side by side in the features.
///
/// - `queries` and result: `(B, S, N)`
/// - `keys`, `values`: `(B, L, N)`
///
/// Vaswani et al. 2017, *Attention is all you need*, arXiv:1706.03762. PyTorch:
/// `torch.nn.functional.scaled_dot_product_attention` after `view` and `transpose` to heads. Taught in notebook 15.
///
/// # Errors
/// [`Error::Shape`] where batches or the numbers of keys and values differ, or there is no key; [`Error::Argument`] where
/// the number of heads does not divide `N`.
pub fn attention<B: Dim, S: Dim, L: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    queries: Tensor<(B, S, N), f32, D, T>,
    keys: Tensor<(B, L, N), f32, D, T>,
    values: Tensor<(B, L, N), f32, D, T>,
    options: AttentionOptions,
) -> Result<Tensor<(B, S, N), f32, D, T>> {
    let shape = *queries.shape();
    let [q, k, v] = [
        queries.shape().concrete(),
        keys.shape().concrete(),
        values.shape().concrete(),
    ];
    options.check(&"attention", q[2])?;
    if k != v || q[0] != k[0] || q[2] != k[2] || k[1] == 0 {
        return Err(Error::Shape {
            layer: "attention".into(),
            expected: format!("keys and values of shape ({}, L, {}), at least one", q[0], q[2]),
            got: format!("keys {k:?} and values {v:?} for queries {q:?}"),
        });
    }
    let run = || -> Result<_, D::Err> {
        let queries = queries.try_reshape_like(&(q[0], q[1], q[2]))?;
        let keys = keys.try_reshape_like(&(k[0], k[1], k[2]))?;
        let values = values.try_reshape_like(&(v[0], v[1], v[2]))?;
        seen(D::attention(queries, keys, values, options)?)?.try_reshape_like(&shape)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// [`attention`] of a sequence to itself: queries, keys and values stand behind each other in the features,
/// `(B, S, 3 N)` to `(B, S, N)`.
///
/// # Errors
/// [`Error::Argument`] where the number of heads does not divide `N`.
pub fn self_attention<B: Dim, S: Dim, const N: usize, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, Times<3, N>), f32, D, T>,
    options: AttentionOptions,
) -> Result<Tensor<(B, S, Const<N>), f32, D, T>> {
    let (b, s, _) = *x.shape();
    options.check(&"self_attention", N)?;
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(b.size(), s.size(), 3 * N))?;
        seen(D::self_attention(x, options)?)?.try_reshape_like(&(b, s, Const))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// `x W^T + b` for weights that make queries, keys and values at once: `(B, S, N)` to `(B, S, 3 N)`.
pub(crate) fn project<B: Dim, S: Dim, const N: usize, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, Const<N>), f32, D, T>,
    weight: &Tensor<(Times<3, N>, Const<N>), f32, D>,
    bias: &Tensor<(Times<3, N>,), f32, D>,
) -> Result<Tensor<(B, S, Times<3, N>), f32, D, T>, D::Err> {
    let (b, s, _) = *x.shape();
    let x = x.try_reshape_like(&(b.size() * s.size(), N))?;
    let weight = weight.clone().try_reshape_like(&(3 * N, N))?;
    let y = D::linear(x, weight, bias.clone().try_reshape_like(&(3 * N,))?)?;
    if probe::watching() {
        probe::see(
            &format_args!("Linear<{N}, {}>", 3 * N),
            &y.shape().concrete(),
            true,
            &y.as_vec(),
        );
    }
    let y = trace::keep(&format_args!("Linear<{N}, {}>", 3 * N), &y.shape().concrete(), false, y)?;
    y.try_reshape_like(&(b, s, Times))
}

/// Shows the result to whoever looks at the layers.
fn seen<D: Kernels, T: Tape<f32, D>>(y: Tensor3<D, T>) -> Result<Tensor3<D, T>, D::Err> {
    let shape = y.shape().concrete();
    if probe::watching() {
        probe::see(&"Attention", &shape, false, &y.as_vec());
    }
    trace::keep(&"Attention", &shape, false, y)
}
