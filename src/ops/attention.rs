//! Scaled dot-product attention.

use std::fmt::Display;

use dfdx::prelude::*;

use super::recurrent::Tensor3;
use super::{Kernels, Times, probe, trace};
use crate::{Error, Result};

/// Who looks at whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttentionOptions {
    /// Parts that the features are cut into; each attends by itself.
    pub heads: usize,
    /// Whether a step sees itself and earlier steps only.
    pub causal: bool,
}

impl AttentionOptions {
    /// So many heads, each step sees all.
    pub fn new(heads: usize) -> Self {
        Self { heads, causal: false }
    }

    /// The head's size, where the features can be cut so.
    fn check(self, layer: &dyn Display, features: usize) -> Result<()> {
        if self.heads > 0 && features.is_multiple_of(self.heads) {
            return Ok(());
        }
        Err(Error::Argument {
            what: format!("heads of {layer}"),
            expected: format!("a number that divides {features} features"),
            got: self.heads.to_string(),
        })
    }
}

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

/// The same, composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(
    queries: Tensor3<D, T>,
    keys: Tensor3<D, T>,
    values: Tensor3<D, T>,
    options: AttentionOptions,
) -> Result<Tensor3<D, T>, D::Err> {
    let (dev, (batch, rows, features)) = (queries.device().clone(), *queries.shape());
    let (heads, columns, size) = (options.heads, keys.shape().1, features / options.heads);
    let queries = queries.try_reshape_like(&(batch, rows, heads, size))?;
    let queries = queries.try_permute::<_, Axes4<0, 2, 1, 3>>()?;
    let keys = keys.try_reshape_like(&(batch, columns, heads, size))?;
    let keys = keys.try_permute::<_, Axes4<0, 2, 3, 1>>()?;
    let values = values.try_reshape_like(&(batch, columns, heads, size))?;
    let values = values.try_permute::<_, Axes4<0, 2, 1, 3>>()?;
    let mut scores = queries.try_matmul(keys)?.try_mul(1.0 / (size as f32).sqrt())?;
    if options.causal {
        // So small that its exponential is 0.
        let mask = (0..rows * columns).map(|i| if i % columns > i / columns { -1e30 } else { 0.0 });
        let mask: Tensor<(usize, usize), f32, D> = dev.try_tensor_from_vec(mask.collect(), (rows, columns))?;
        let mask = mask
            .retaped::<T>()
            .try_broadcast_like::<_, Axes2<0, 1>>(scores.shape())?;
        scores = scores.try_add(mask)?;
    }
    let y = scores.try_softmax::<Axis<3>>()?.try_matmul(values)?;
    let y = y.try_permute::<_, Axes4<0, 2, 1, 3>>()?;
    y.try_reshape_like(&(batch, rows, features))
}

/// Likewise.
pub(super) fn composed_self<D: Kernels, T: Tape<f32, D>>(
    x: Tensor3<D, T>,
    options: AttentionOptions,
) -> Result<Tensor3<D, T>, D::Err> {
    let (batch, rows, width) = *x.shape();
    let parts = x.try_reshape_like(&(batch, rows, 3usize, width / 3))?;
    let (parts, tape) = parts.try_permute::<_, Axes4<2, 0, 1, 3>>()?.split_tape();
    let part = |i: usize| -> Result<Tensor3<D, T>, D::Err> {
        let i: Tensor<(), usize, D> = parts.device().try_tensor_from_vec(vec![i], ())?;
        parts.retaped::<T>().try_select(i)
    };
    let (y, recorded) = composed(part(0)?, part(1)?, part(2)?, options)?.split_tape();
    Ok(y.put_tape(tape.merge(recorded)))
}

#[cfg(test)]
mod tests {
    use super::super::differences::close;
    use super::super::{Tensor1, Tensor2, add_norm, attention_cpu};
    use super::*;

    #[test]
    fn compositions_equal_the_kernels() -> Result<()> {
        let dev = Cpu::seed_from_u64(4);
        for ([batch, rows, columns, features, heads], causal) in [
            ([1, 1, 1, 1, 1], false),
            ([3, 5, 18, 12, 3], false),
            ([2, 20, 20, 34, 2], true),
            ([2, 3, 7, 100, 2], true),
        ] {
            let options = AttentionOptions { heads, causal };
            let q: Tensor3<Cpu> = dev.sample_normal_like(&(batch, rows, features));
            let k: Tensor3<Cpu> = dev.sample_normal_like(&(batch, columns, features));
            let v: Tensor3<Cpu> = dev.sample_normal_like(&(batch, columns, features));
            let a = attention_cpu::apart(q.leaky_trace(), k.retaped(), v.retaped(), options)?;
            let b = composed(q.leaky_trace(), k.retaped(), v.retaped(), options)?;
            close("y", &a.as_vec(), &b.as_vec());
            let dy: Tensor3<Cpu> = dev.sample_normal_like(a.shape());
            let [a, b] = [a, b].map(|y| (y * dy.clone()).sum::<Rank0, _>().backward());
            for input in [&q, &k, &v] {
                close("gradient", &a.get(input).as_vec(), &b.get(input).as_vec());
            }
            let x: Tensor3<Cpu> = dev.sample_normal_like(&(batch, rows, 3 * features));
            let a = attention_cpu::together(x.leaky_trace(), options)?;
            let b = composed_self(x.leaky_trace(), options)?;
            close("y of one", &a.as_vec(), &b.as_vec());
            let [a, b] = [a, b].map(|y| (y * dy.clone()).sum::<Rank0, _>().backward());
            close("gradient of one", &a.get(&x).as_vec(), &b.get(&x).as_vec());
        }
        Ok(())
    }

    #[test]
    fn sum_and_norm_composed_equal_the_kernel() -> Result<()> {
        let dev = Cpu::seed_from_u64(5);
        for (rows, width) in [(1, 1), (9, 7), (40, 33)] {
            let [a, b, dy]: [Tensor2<Cpu>; 3] = std::array::from_fn(|_| dev.sample_normal_like(&(rows, width)));
            let [weight, bias]: [Tensor1<Cpu>; 2] = std::array::from_fn(|_| dev.sample_normal_like(&(width,)));
            let kernel = add_norm::on_cpu(a.leaky_trace(), b.retaped(), weight.clone(), bias.clone(), 1e-2)?;
            let composed = add_norm::composed(a.leaky_trace(), b.retaped(), weight.clone(), bias.clone(), 1e-2)?;
            close("y", &kernel.as_vec(), &composed.as_vec());
            let [k, c] = [kernel, composed].map(|y| (y * dy.clone()).sum::<Rank0, _>().backward());
            close("da", &k.get(&a).as_vec(), &c.get(&a).as_vec());
            close("db", &k.get(&b).as_vec(), &c.get(&b).as_vec());
            close("dw", &k.get(&weight).as_vec(), &c.get(&weight).as_vec());
            close("dbias", &k.get(&bias).as_vec(), &c.get(&bias).as_vec());
        }
        Ok(())
    }
}
