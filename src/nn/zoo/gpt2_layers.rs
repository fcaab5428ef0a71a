//! What the blocks of GPT-2 are made of.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use crate::nn::positions::small;
use crate::ops::{
    Activation, AttentionOptions, Kernels, Tensor2, Times, activate, attention, project, project_part, self_attention,
};

/// A linear layer from `I` to `O` features, each of which may be a multiple. `LAYERS` is the number of blocks whose results
/// are added up, where this is the end of one, or 0: its weights start smaller by the square root of twice that.
#[derive(Clone, Debug)]
pub struct Affine<I: ConstDim, O: ConstDim, const LAYERS: usize, E: Dtype, D: Storage<E>> {
    /// One row of weights per output.
    pub weight: Tensor<(O, I), E, D>,
    /// One number per output. Starts as 0.
    pub bias: Tensor<(O,), E, D>,
}

impl<I: ConstDim, O: ConstDim, const LAYERS: usize, E, D: Device<E>> TensorCollection<E, D>
    for Affine<I, O, LAYERS, E, D>
where
    E: Dtype + Float + SampleUniform,
{
    type To<E2: Dtype, D2: Device<E2>> = Affine<I, O, LAYERS, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let weight = TensorOptions::reset_with(|t| t.try_fill_with_distr(small::<E>(LAYERS)));
        let bias = TensorOptions::reset_to_zeros();
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, weight),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, bias),
            ),
            |(weight, bias)| Affine { weight, bias },
        )
    }
}

impl<I: ConstDim, O: ConstDim, const LAYERS: usize, D: Kernels> Affine<I, O, LAYERS, f32, D> {
    fn rows<T: Tape<f32, D>>(&self, x: Tensor2<D, T>) -> Result<Tensor2<D, T>, D::Err> {
        let weight = self.weight.clone().try_reshape_like(&(O::SIZE, I::SIZE))?;
        D::linear(x, weight, self.bias.clone().try_reshape_like(&(O::SIZE,))?)
    }
}

/// The attention of a block of GPT-2.
#[derive(Clone, Debug)]
pub struct Attention<const N: usize, const HEADS: usize, const LAYERS: usize, E: Dtype, D: Storage<E>> {
    /// Makes queries, keys and values.
    pub c_attn: Affine<Const<N>, Times<3, N>, 0, E, D>,
    /// What the heads' results go through.
    pub c_proj: Affine<Const<N>, Const<N>, LAYERS, E, D>,
}

/// The linear layers of a block of GPT-2: to `4 N` features, GELU, and back.
#[derive(Clone, Debug)]
pub struct Mlp<const N: usize, const LAYERS: usize, E: Dtype, D: Storage<E>> {
    /// The first layer.
    pub c_fc: Affine<Const<N>, Times<4, N>, 0, E, D>,
    /// The second layer.
    pub c_proj: Affine<Times<4, N>, Const<N>, LAYERS, E, D>,
}

impl<const N: usize, const HEADS: usize, const LAYERS: usize, E, D: Device<E>> TensorCollection<E, D>
    for Attention<N, HEADS, LAYERS, E, D>
where
    E: Dtype + Float + SampleUniform,
{
    type To<E2: Dtype, D2: Device<E2>> = Attention<N, HEADS, LAYERS, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("c_attn", |s| &s.c_attn, |s| &mut s.c_attn),
                Self::module("c_proj", |s| &s.c_proj, |s| &mut s.c_proj),
            ),
            |(c_attn, c_proj)| Attention { c_attn, c_proj },
        )
    }
}

impl<const N: usize, const LAYERS: usize, E, D: Device<E>> TensorCollection<E, D> for Mlp<N, LAYERS, E, D>
where
    E: Dtype + Float + SampleUniform,
{
    type To<E2: Dtype, D2: Device<E2>> = Mlp<N, LAYERS, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("c_fc", |s| &s.c_fc, |s| &mut s.c_fc),
                Self::module("c_proj", |s| &s.c_proj, |s| &mut s.c_proj),
            ),
            |(c_fc, c_proj)| Mlp { c_fc, c_proj },
        )
    }
}

/// `(B, T, N)`.
type Steps<B, S, const N: usize, D, T = NoneTape> = Tensor<(B, S, Const<N>), f32, D, T>;

/// Whether whoever sees none of the past sees only what stands before it.
fn options(heads: usize, causal: bool) -> AttentionOptions {
    AttentionOptions { heads, causal }
}

impl<const N: usize, const HEADS: usize, const LAYERS: usize, D: Kernels> Attention<N, HEADS, LAYERS, f32, D> {
    /// Who looks at whom.
    pub(super) const OPTIONS: AttentionOptions = AttentionOptions {
        heads: HEADS,
        causal: true,
    };

    /// The linear layer behind the heads.
    fn out<B: Dim, S: Dim, T: Tape<f32, D>>(&self, x: Steps<B, S, N, D, T>) -> Result<Steps<B, S, N, D, T>, D::Err> {
        let (b, s, _) = *x.shape();
        let rows = x.try_reshape_like(&(b.size() * s.size(), N))?;
        self.c_proj.rows(rows)?.try_reshape_like(&(b, s, Const))
    }

    /// What the weights of the attention are made of.
    pub(super) fn queries_and_keys<B: Dim, S: Dim>(
        &self,
        x: Steps<B, S, N, D>,
    ) -> Result<(Steps<B, S, N, D>, Steps<B, S, N, D>), D::Err> {
        let part = |i| project_part(x.clone(), &self.c_attn.weight, &self.c_attn.bias, i);
        Ok((part(0)?, part(1)?))
    }

    /// The attention of `x` to the steps whose keys and values are in `past`, and to itself; its keys and values go there. `x`
    /// is one step, or there is no past.
    pub(super) fn read_on(
        &self,
        x: Steps<usize, usize, N, D>,
        past: &mut [Vec<f32>],
    ) -> Result<Steps<usize, usize, N, D>, D::Err> {
        let (dev, (_, steps, _)) = (x.device().clone(), *x.shape());
        let all = project(x, &self.c_attn.weight, &self.c_attn.bias)?.as_vec();
        let causal = past[0].is_empty();
        let mut queries = Vec::with_capacity(steps * N);
        for row in all.chunks(3 * N) {
            queries.extend(&row[..N]);
            past[0].extend(&row[N..2 * N]);
            past[1].extend(&row[2 * N..]);
        }
        let seen = past[0].len() / N.max(1);
        let steps_of = |values: Vec<f32>, n: usize| dev.try_tensor_from_vec(values, (1usize, n, Const::<N>));
        let (keys, values) = (steps_of(past[0].clone(), seen)?, steps_of(past[1].clone(), seen)?);
        let y = attention(steps_of(queries, steps)?, keys, values, options(HEADS, causal));
        self.out(y.map_err(D::to_device_error)?)
    }
}

impl<const N: usize, const HEADS: usize, const LAYERS: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Steps<B, S, N, D, T>> for Attention<N, HEADS, LAYERS, f32, D>
{
    type Output = Steps<B, S, N, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Steps<B, S, N, D, T>) -> Result<Self::Output, D::Err> {
        let all = project(x, &self.c_attn.weight, &self.c_attn.bias)?;
        self.out(self_attention(all, Self::OPTIONS).map_err(D::to_device_error)?)
    }
}

impl<const N: usize, const LAYERS: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>> Module<Steps<B, S, N, D, T>>
    for Mlp<N, LAYERS, f32, D>
{
    type Output = Steps<B, S, N, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Steps<B, S, N, D, T>) -> Result<Self::Output, D::Err> {
        let (b, s, _) = *x.shape();
        let wide = self.c_fc.rows(x.try_reshape_like(&(b.size() * s.size(), N))?)?;
        let bent = activate(wide, Activation::GELUTanh).map_err(D::to_device_error)?;
        self.c_proj.rows(bent)?.try_reshape_like(&(b, s, Const))
    }
}
