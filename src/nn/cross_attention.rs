//! Attention of one sequence to another.

use std::sync::Arc;

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::attention::{OutProjection, xavier};
use super::maybe_padded::MaybePadded;
use crate::ops::{AttentionOptions, Kernels, Times, attention, attention_weights, attention_within, project_part};

/// The structure of the layer, without device and number type.
pub mod builder {
    /// Attention of a sequence to another, with `HEADS` heads: each step of the first asks all steps of the second (the
    /// *memory*), and takes what those have to say that are like its question.
    ///
    /// Maps a pair of `(B, S, D)` and `(B, L, D)` to `(B, S, D)`; either may be [`Padded`](crate::nn::Padded). Of a padded
    /// memory no step behind the end is looked at, and where its length is 0 nothing is seen (0 before the last linear map).
    /// Bahdanau et al. 2015, arXiv:1409.0473; Vaswani et al. 2017, arXiv:1706.03762. PyTorch:
    /// `torch.nn.MultiheadAttention(D, HEADS, batch_first=True)(x, memory, memory)`, its first result, with
    /// `key_padding_mask` for a padded memory. Taught in notebook 15.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let layer = dev.build_module::<CrossAttention<8, 2>, f32>();
    /// let german: Tensor<Rank3<2, 4, 8>, f32, _> = dev.sample_normal();
    /// let english: Tensor<Rank3<2, 6, 8>, f32, _> = dev.sample_normal();
    /// let english = Padded { steps: english, lengths: [6, 3].into() };
    /// let maps = layer.attention_weights(&german, &english.steps)?;
    /// assert_eq!(maps.shape().concrete(), [2, 2, 4, 6]);
    /// assert_eq!(layer.try_forward((german, english))?.shape().concrete(), [2, 4, 8]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Forward fails where `HEADS` does not divide `D`, where the batches differ in size, and for a memory without steps.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct CrossAttention<const D: usize, const HEADS: usize>;
}

/// [`builder::CrossAttention`] on a device. Has PyTorch's names in weight files.
#[derive(Clone, Debug)]
pub struct CrossAttention<const D: usize, const HEADS: usize, E: Dtype, S: Storage<E>> {
    /// The weights of queries, keys and values, one below the other. Starts uniform within `sqrt(6 / (4 D))` (Xavier).
    pub in_proj_weight: Tensor<(Times<3, D>, Const<D>), E, S>,
    /// Added to queries, keys and values. Starts as 0.
    pub in_proj_bias: Tensor<(Times<3, D>,), E, S>,
    /// What the heads' results go through. Its bias starts as 0.
    pub out_proj: OutProjection<D, E, S>,
}

impl<const N: usize, const HEADS: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E>
    for builder::CrossAttention<N, HEADS>
where
    CrossAttention<N, HEADS, E, D>: BuildModule<D, E>,
{
    type Built = CrossAttention<N, HEADS, E, D>;
}

impl<const N: usize, const HEADS: usize, E: Dtype, D: Storage<E>> NonMutableModule for CrossAttention<N, HEADS, E, D> {}

impl<const N: usize, const HEADS: usize, E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D>
    for CrossAttention<N, HEADS, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = CrossAttention<N, HEADS, E2, D2>;

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
            |(in_proj_weight, in_proj_bias, out_proj)| CrossAttention {
                in_proj_weight,
                in_proj_bias,
                out_proj,
            },
        )
    }
}

/// `(B, T, N)`.
type Steps<B, S, const N: usize, D, T = NoneTape> = Tensor<(B, S, Const<N>), f32, D, T>;

impl<const N: usize, const HEADS: usize, D: Kernels> CrossAttention<N, HEADS, f32, D> {
    fn part<B: Dim, S: Dim, T: Tape<f32, D>>(
        &self,
        x: Steps<B, S, N, D, T>,
        part: usize,
    ) -> Result<Steps<B, S, N, D, T>, D::Err> {
        project_part(x, &self.in_proj_weight, &self.in_proj_bias, part)
    }

    /// The layer, with keys behind the lengths hidden where there are lengths.
    pub(super) fn look<B: Dim, S: Dim, L: Dim, T: Tape<f32, D> + Merge<R>, R: Tape<f32, D>>(
        &self,
        x: Steps<B, S, N, D, T>,
        memory: Steps<B, L, N, D, R>,
        lengths: Option<&Arc<[usize]>>,
    ) -> Result<Steps<B, S, N, D, T>, D::Err> {
        let (memory, other) = memory.split_tape();
        let (x, tape) = x.split_tape();
        let queries = self.part(x.put_tape(tape.merge(other)), 0)?;
        let keys = self.part(memory.retaped::<T>(), 1)?;
        let values = self.part(memory.retaped::<T>(), 2)?;
        let options = AttentionOptions::new(HEADS);
        let seen = match lengths {
            None => attention(queries, keys, values, options),
            Some(lengths) => attention_within(queries, keys, values, lengths, options),
        };
        self.out_proj.0.try_forward(seen.map_err(D::to_device_error)?)
    }

    /// Where each step of `x` looks in the memory, for drawing: `(B, HEADS, S, L)`, rows of weights with sum 1; behind the
    /// end of a padded memory 0, and all 0 where its length is 0.
    ///
    /// PyTorch: the layer's second result, with `average_attn_weights=False`. Taught in notebook 15.
    ///
    /// # Errors
    /// As the layer's forward.
    pub fn attention_weights<B: Dim, S: Dim, L: Dim, M>(
        &self,
        x: &Steps<B, S, N, D>,
        memory: &M,
    ) -> crate::Result<Tensor<(usize, usize, usize, usize), f32, D>>
    where
        M: MaybePadded<Steps = Steps<B, L, N, D>> + Clone,
    {
        let (memory, lengths) = memory.clone().split();
        let run = || Ok((self.part(x.clone(), 0)?, self.part(memory, 1)?));
        let (queries, keys) = run().map_err(|error: D::Err| crate::Error::Dfdx(error.to_string()))?;
        attention_weights(&queries, &keys, lengths.as_ref(), AttentionOptions::new(HEADS))
    }
}

impl<const N: usize, const HEADS: usize, B: Dim, S: Dim, L: Dim, D: Kernels, T, R, X, M> Module<(X, M)>
    for CrossAttention<N, HEADS, f32, D>
where
    T: Tape<f32, D> + Merge<R>,
    R: Tape<f32, D>,
    X: MaybePadded<Steps = Steps<B, S, N, D, T>>,
    M: MaybePadded<Steps = Steps<B, L, N, D, R>>,
{
    type Output = X;
    type Error = D::Err;

    fn try_forward(&self, (x, memory): (X, M)) -> Result<X, D::Err> {
        let ((x, own), (memory, lengths)) = (x.split(), memory.split());
        Ok(X::join(self.look(x, memory, lengths.as_ref())?, own))
    }
}
