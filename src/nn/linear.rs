//! The fully connected layer.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::conv::uniform;
use super::last_state::Beside;
use crate::ops::{Kernels, Times, linear};

/// The structure of the layer, without device and number type.
pub mod builder {
    /// A fully connected layer, `y = x W^T + b`, from `I` features to `O`.
    ///
    /// Maps `(B, I)` to `(B, O)` and `(B, S, I)` to `(B, S, O)`. PyTorch: `torch.nn.Linear(I, O)`. Taught in notebook
    /// 02.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Linear<const I: usize, const O: usize>;
}

/// [`builder::Linear`] on a device. Starts uniform in `[-1 / sqrt(I), 1 / sqrt(I)]`, PyTorch's default.
#[derive(Clone, Debug)]
pub struct Linear<const I: usize, const O: usize, E: Dtype, D: Storage<E>> {
    /// One row of weights per output.
    pub weight: Tensor<Rank2<O, I>, E, D>,
    /// One number per output.
    pub bias: Tensor<Rank1<O>, E, D>,
}

impl<const I: usize, const O: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::Linear<I, O>
where
    Linear<I, O, E, D>: BuildModule<D, E>,
{
    type Built = Linear<I, O, E, D>;
}

impl<const I: usize, const O: usize, E: Dtype, D: Storage<E>> NonMutableModule for Linear<I, O, E, D> {}

impl<const I: usize, const O: usize, E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D>
    for Linear<I, O, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = Linear<I, O, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let weight = TensorOptions::reset_with(|t| t.try_fill_with_distr(uniform::<E>(I)));
        let bias = TensorOptions::reset_with(|t| t.try_fill_with_distr(uniform::<E>(I)));
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, weight),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, bias),
            ),
            |(weight, bias)| Linear { weight, bias },
        )
    }
}

impl<const I: usize, const O: usize, B: Dim, D: Kernels, T: Tape<f32, D>> Module<Tensor<(B, Const<I>), f32, D, T>>
    for Linear<I, O, f32, D>
{
    type Output = Tensor<(B, Const<O>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, Const<I>), f32, D, T>) -> Result<Self::Output, D::Err> {
        linear(x, &self.weight, &self.bias).map_err(D::to_device_error)
    }
}

impl<const I: usize, const O: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Tensor<(B, S, Const<I>), f32, D, T>> for Linear<I, O, f32, D>
{
    type Output = Tensor<(B, S, Const<O>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, S, Const<I>), f32, D, T>) -> Result<Self::Output, D::Err> {
        let (b, s, _) = *x.shape();
        let rows = x.try_reshape_like(&(b.size() * s.size(), Const::<I>))?;
        let y = linear(rows, &self.weight, &self.bias).map_err(D::to_device_error)?;
        y.try_reshape_like(&(b, s, Const::<O>))
    }
}

/// Features in blocks, such as the two directions of a [`Bidirectional`](crate::nn::builders::Bidirectional) layer.
impl<const I: usize, const O: usize, const K: usize, const N: usize, B: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Tensor<(B, Times<K, N>), f32, D, T>> for Linear<I, O, f32, D>
{
    type Output = Tensor<(B, Const<O>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, Times<K, N>), f32, D, T>) -> Result<Self::Output, D::Err> {
        self.try_forward(Beside::<I>.try_forward(x)?)
    }
}

impl<const I: usize, const O: usize, const K: usize, const N: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Tensor<(B, S, Times<K, N>), f32, D, T>> for Linear<I, O, f32, D>
{
    type Output = Tensor<(B, S, Const<O>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, S, Times<K, N>), f32, D, T>) -> Result<Self::Output, D::Err> {
        self.try_forward(Beside::<I>.try_forward(x)?)
    }
}
