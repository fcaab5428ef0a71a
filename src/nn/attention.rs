//! Multi-head attention.

use std::sync::Arc;

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::{Uniform, uniform::SampleUniform};

use super::linear::Linear;
use super::padded::Padded;
use crate::ops::{
    AttentionOptions, Kernels, Times, attention_weights, project, project_part, self_attention, self_attention_within,
};

/// The structure of the layer, without device and number type.
pub mod builder {
    /// Attention of a sequence to itself, with `HEADS` heads: each step asks all steps, or with `CAUSAL` itself and those
    /// before it, and takes what those have to say that are like its question.
    ///
    /// Maps `(B, T, D)` to `(B, T, D)`, plain or [`Padded`](crate::nn::Padded): then no step looks behind the end of its
    /// sequence, and in a sequence of length 0 no step sees anything. Queries, keys and values are linear maps of the steps, and the heads' results go
    /// through one more. Vaswani et al. 2017, *Attention is all you need*, arXiv:1706.03762. PyTorch:
    /// `torch.nn.MultiheadAttention(D, HEADS, batch_first=True)` called with the same tensor three times, its first result.
    /// Taught in notebook 15.
    ///
    /// # Errors
    /// Forward fails where `HEADS` does not divide `D`.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct MultiHeadAttention<const D: usize, const HEADS: usize, const CAUSAL: bool = false>;
}

/// [`builder::MultiHeadAttention`] on a device. Has PyTorch's names in weight files.
#[derive(Clone, Debug)]
pub struct MultiHeadAttention<const D: usize, const HEADS: usize, const CAUSAL: bool, E: Dtype, S: Storage<E>> {
    /// The weights of queries, keys and values, one below the other. Starts uniform within `sqrt(6 / (4 D))` (Xavier).
    pub in_proj_weight: Tensor<(Times<3, D>, Const<D>), E, S>,
    /// Added to queries, keys and values. Starts as 0.
    pub in_proj_bias: Tensor<(Times<3, D>,), E, S>,
    /// What the heads' results go through. Its bias starts as 0.
    pub out_proj: OutProjection<D, E, S>,
}

/// The map behind the heads of a [`MultiHeadAttention`]: a [`Linear`] whose bias starts as 0, as PyTorch's does.
#[derive(Clone, Debug)]
pub struct OutProjection<const D: usize, E: Dtype, S: Storage<E>>(pub Linear<D, D, E, S>);

impl<const N: usize, const HEADS: usize, const CAUSAL: bool, D: Device<E>, E: Dtype> BuildOnDevice<D, E>
    for builder::MultiHeadAttention<N, HEADS, CAUSAL>
where
    MultiHeadAttention<N, HEADS, CAUSAL, E, D>: BuildModule<D, E>,
{
    type Built = MultiHeadAttention<N, HEADS, CAUSAL, E, D>;
}

impl<const N: usize, const HEADS: usize, const CAUSAL: bool, E: Dtype, D: Storage<E>> NonMutableModule
    for MultiHeadAttention<N, HEADS, CAUSAL, E, D>
{
}

/// PyTorch's Xavier rule for a matrix of `3 N` rows and `N` columns.
pub(super) fn xavier<E: Dtype + Float + SampleUniform>(n: usize) -> Uniform<E> {
    let bound = E::from_f64((6.0 / (4 * n.max(1)) as f64).sqrt()).unwrap_or(E::ONE);
    Uniform::new(-bound, bound)
}

impl<const N: usize, const HEADS: usize, const CAUSAL: bool, E: Dtype + Float + SampleUniform, D: Device<E>>
    TensorCollection<E, D> for MultiHeadAttention<N, HEADS, CAUSAL, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = MultiHeadAttention<N, HEADS, CAUSAL, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let weight = TensorOptions::reset_with(|t| t.try_fill_with_distr(xavier::<E>(N)));
        let bias = TensorOptions::reset_to_zeros();
        visitor.visit_fields(
            (
                Self::tensor(
                    "in_proj_weight",
                    |s| &s.in_proj_weight,
                    |s| &mut s.in_proj_weight,
                    weight,
                ),
                Self::tensor("in_proj_bias", |s| &s.in_proj_bias, |s| &mut s.in_proj_bias, bias),
                Self::module("out_proj", |s| &s.out_proj, |s| &mut s.out_proj),
            ),
            |(in_proj_weight, in_proj_bias, out_proj)| MultiHeadAttention {
                in_proj_weight,
                in_proj_bias,
                out_proj,
            },
        )
    }
}

impl<const N: usize, E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D> for OutProjection<N, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = OutProjection<N, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let weight = TensorOptions::reset_with(|t| t.try_fill_with_distr(super::conv::uniform::<E>(N)));
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.0.weight, |s| &mut s.0.weight, weight),
                Self::tensor(
                    "bias",
                    |s| &s.0.bias,
                    |s| &mut s.0.bias,
                    TensorOptions::reset_to_zeros(),
                ),
            ),
            |(weight, bias)| OutProjection(Linear { weight, bias }),
        )
    }
}

/// `(B, T, N)`.
type Steps<B, S, const N: usize, D, T = NoneTape> = Tensor<(B, S, Const<N>), f32, D, T>;

/// The maps of attention, `(B, HEADS, S, L)`.
type Maps<D> = Tensor<(usize, usize, usize, usize), f32, D>;

impl<const N: usize, const HEADS: usize, const CAUSAL: bool, D: Kernels> MultiHeadAttention<N, HEADS, CAUSAL, f32, D> {
    const OPTIONS: AttentionOptions = AttentionOptions {
        heads: HEADS,
        causal: CAUSAL,
    };

    /// The layer, with keys behind the lengths hidden where there are lengths.
    pub(super) fn look<B: Dim, S: Dim, T: Tape<f32, D>>(
        &self,
        x: Steps<B, S, N, D, T>,
        lengths: Option<&Arc<[usize]>>,
    ) -> Result<Steps<B, S, N, D, T>, D::Err> {
        let all = project(x, &self.in_proj_weight, &self.in_proj_bias)?;
        let seen = match lengths {
            None => self_attention(all, Self::OPTIONS),
            Some(lengths) => self_attention_within(all, lengths, Self::OPTIONS),
        };
        self.out_proj.0.try_forward(seen.map_err(D::to_device_error)?)
    }

    /// Where each step looks, for drawing: `(B, HEADS, T, T)`, rows of weights with sum 1.
    ///
    /// PyTorch: the layer's second result, with `average_attn_weights=False`. Taught in notebook 15.
    ///
    /// # Errors
    /// As the layer's forward.
    pub fn attention_weights<B: Dim, S: Dim>(&self, x: &Steps<B, S, N, D>) -> crate::Result<Maps<D>> {
        self.maps(x, None)
    }

    /// [`attention_weights`](Self::attention_weights) of sequences of different lengths: 0 behind the end, and everywhere
    /// in a sequence of length 0.
    ///
    /// # Errors
    /// As the layer's forward.
    pub fn attention_weights_padded<B: Dim, S: Dim>(&self, x: &Padded<Steps<B, S, N, D>>) -> crate::Result<Maps<D>> {
        self.maps(&x.steps, Some(&x.lengths))
    }

    fn maps<B: Dim, S: Dim>(&self, x: &Steps<B, S, N, D>, lengths: Option<&Arc<[usize]>>) -> crate::Result<Maps<D>> {
        let part = |i| project_part(x.clone(), &self.in_proj_weight, &self.in_proj_bias, i);
        let part = |i| part(i).map_err(|error| crate::Error::Dfdx(error.to_string()));
        attention_weights(&part(0)?, &part(1)?, lengths, Self::OPTIONS)
    }
}

impl<const N: usize, const HEADS: usize, const CAUSAL: bool, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Steps<B, S, N, D, T>> for MultiHeadAttention<N, HEADS, CAUSAL, f32, D>
{
    type Output = Steps<B, S, N, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Steps<B, S, N, D, T>) -> Result<Self::Output, D::Err> {
        self.look(x, None)
    }
}

impl<const N: usize, const HEADS: usize, const CAUSAL: bool, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Padded<Steps<B, S, N, D, T>>> for MultiHeadAttention<N, HEADS, CAUSAL, f32, D>
{
    type Output = Padded<Steps<B, S, N, D, T>>;
    type Error = D::Err;

    fn try_forward(&self, Padded { steps, lengths }: Padded<Steps<B, S, N, D, T>>) -> Result<Self::Output, D::Err> {
        let steps = self.look(steps, Some(&lengths))?;
        Ok(Padded { steps, lengths })
    }
}
