//! Scaled dot-product attention.

pub(super) mod composed;
pub(super) mod cpu;
mod cpu_sample;
mod cpu_softmax;
pub(super) mod options;
mod project;

use std::sync::Arc;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::ops::tensors::Tensor3;
use crate::ops::times::Times;
use crate::{Error, Result};
use cpu_sample::Plan;
pub use options::AttentionOptions;
use options::Lengths;
pub(crate) use project::{project, project_part};

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
    run(queries, keys, values, None, options)
}

/// [`attention`] to keys of sequences of different lengths: no query looks at a key behind the end of its sequence, and
/// what stands there does not matter.
///
/// - `queries` and result: `(B, S, N)`
/// - `keys`, `values`: `(B, L, N)`
/// - `lengths`: how many keys of each sequence are real, `B` numbers from 0 to `L`
///
/// Who can see nothing gets nothing: where a length is 0 the result is 0, and so are all gradients. PyTorch:
/// `scaled_dot_product_attention(attn_mask=...)` with a mask made of the lengths, which gives NaN there. Taught in
/// notebook 15.
///
/// # Errors
/// As [`attention`], and [`Error::Argument`] where there is not one length for each sequence, or one is above `L`.
pub fn attention_within<B: Dim, S: Dim, L: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    queries: Tensor<(B, S, N), f32, D, T>,
    keys: Tensor<(B, L, N), f32, D, T>,
    values: Tensor<(B, L, N), f32, D, T>,
    lengths: &Arc<[usize]>,
    options: AttentionOptions,
) -> Result<Tensor<(B, S, N), f32, D, T>> {
    run(queries, keys, values, Some(lengths.clone()), options)
}

fn run<B: Dim, S: Dim, L: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    queries: Tensor<(B, S, N), f32, D, T>,
    keys: Tensor<(B, L, N), f32, D, T>,
    values: Tensor<(B, L, N), f32, D, T>,
    lengths: Lengths,
    options: AttentionOptions,
) -> Result<Tensor<(B, S, N), f32, D, T>> {
    let shape = *queries.shape();
    let [q, k, v] = [
        queries.shape().concrete(),
        keys.shape().concrete(),
        values.shape().concrete(),
    ];
    check([q, k, v], &lengths, options)?;
    let run = || -> Result<_, D::Err> {
        let queries = queries.try_reshape_like(&(q[0], q[1], q[2]))?;
        let keys = keys.try_reshape_like(&(k[0], k[1], k[2]))?;
        let values = values.try_reshape_like(&(v[0], v[1], v[2]))?;
        seen(D::attention(queries, keys, values, lengths, options)?)?.try_reshape_like(&shape)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// Whether queries, keys and values fit each other.
fn check([q, k, v]: [[usize; 3]; 3], lengths: &Lengths, options: AttentionOptions) -> Result<()> {
    options.check(&"attention", q[2])?;
    if k != v || q[0] != k[0] || q[2] != k[2] || k[1] == 0 {
        return Err(Error::Shape {
            layer: "attention".into(),
            expected: format!("keys and values of shape ({}, L, {}), at least one", q[0], q[2]),
            got: format!("keys {k:?} and values {v:?} for queries {q:?}"),
        });
    }
    options::check_lengths(&"attention", lengths, [k[0], k[1]])
}

/// The weights by which [`attention`] mixes the values, for looking at: each row says where one query looks, and its
/// numbers are positive with sum 1 (all 0 where a length is 0).
///
/// - `queries`: `(B, S, N)`
/// - `keys`: `(B, L, N)`
/// - `lengths`: as for [`attention_within`], or none
/// - result: `(B, heads, S, L)`
///
/// PyTorch: the second result of `MultiheadAttention` with `average_attn_weights=False`. Taught in notebook 15.
///
/// # Errors
/// As [`attention_within`].
pub fn attention_weights<B: Dim, S: Dim, L: Dim, N: Dim, D: Kernels>(
    queries: &Tensor<(B, S, N), f32, D>,
    keys: &Tensor<(B, L, N), f32, D>,
    lengths: Option<&Arc<[usize]>>,
    options: AttentionOptions,
) -> Result<Tensor<(usize, usize, usize, usize), f32, D>> {
    let (q, k, lengths) = (queries.shape().concrete(), keys.shape().concrete(), lengths.cloned());
    check([q, k, k], &lengths, options)?;
    let plan = Plan::new(options, lengths, [q[0], q[1], k[1], q[2]]);
    let maps = cpu::maps(&plan, &queries.as_vec(), &keys.as_vec());
    queries
        .device()
        .try_tensor_from_vec(maps, (q[0], options.heads, q[1], k[1]))
        .map_err(|error: D::Err| Error::Dfdx(error.to_string()))
}

/// [`attention`] of a sequence to itself: queries, keys and values stand behind each other in the features,
/// `(B, S, 3 N)` to `(B, S, N)`.
///
/// PyTorch: as [`attention`], after `chunk(3, dim=-1)`. Taught in notebook 15.
///
/// # Errors
/// [`Error::Argument`] where the number of heads does not divide `N`.
pub fn self_attention<B: Dim, S: Dim, const N: usize, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, Times<3, N>), f32, D, T>,
    options: AttentionOptions,
) -> Result<Tensor<(B, S, Const<N>), f32, D, T>> {
    run_self(x, None, options)
}

/// [`self_attention`] of sequences of different lengths: no step looks behind the end of its sequence.
///
/// `lengths` and what comes of a length of 0 are as for [`attention_within`]. The steps behind the end look at the real
/// ones too; what they see means nothing. Taught in notebook 15.
///
/// # Errors
/// As [`self_attention`], and [`Error::Argument`] where there is not one length for each sequence, or one is above `S`.
pub fn self_attention_within<B: Dim, S: Dim, const N: usize, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, Times<3, N>), f32, D, T>,
    lengths: &Arc<[usize]>,
    options: AttentionOptions,
) -> Result<Tensor<(B, S, Const<N>), f32, D, T>> {
    run_self(x, Some(lengths.clone()), options)
}

fn run_self<B: Dim, S: Dim, const N: usize, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, Times<3, N>), f32, D, T>,
    lengths: Lengths,
    options: AttentionOptions,
) -> Result<Tensor<(B, S, Const<N>), f32, D, T>> {
    let (b, s, _) = *x.shape();
    options.check(&"self_attention", N)?;
    options::check_lengths(&"self_attention", &lengths, [b.size(), s.size()])?;
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(b.size(), s.size(), 3 * N))?;
        seen(D::self_attention(x, lengths, options)?)?.try_reshape_like(&(b, s, Const))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// Shows the result to whoever looks at the layers.
fn seen<D: Kernels, T: Tape<f32, D>>(y: Tensor3<D, T>) -> Result<Tensor3<D, T>, D::Err> {
    let shape = y.shape().concrete();
    if probe::watching() {
        probe::see(&"Attention", &shape, false, &y.as_vec());
    }
    trace::keep(&"Attention", &shape, false, y)
}
