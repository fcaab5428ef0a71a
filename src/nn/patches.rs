//! From a picture to a sequence of patches, for vision transformers.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::conv::Conv2D;
use super::positions::small;
use crate::Error;
use crate::ops::Kernels;

/// The structure of the layers, without device and number type.
pub mod builder {
    /// Cuts a picture into patches of `P` x `P` pixels and makes `N` features of each by one linear map.
    ///
    /// Maps `(B, C, H, W)` to `(B, H / P * W / P, N)`, the patches row by row. Dosovitskiy et al. 2021, *An image is worth
    /// 16x16 words*, arXiv:2010.11929. PyTorch (timm's `PatchEmbed`): `torch.nn.Conv2d(C, N, P, stride=P)`, then
    /// `flatten(2).transpose(1, 2)`. Taught in notebook 16.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// type Vit = (PatchEmbedding<1, 7, 16>, ClassToken<16>, Positions<17, 16>, PreNormEncoderBlock<16, 4, 32>, FirstStep);
    /// let dev = device(0)?;
    /// let digits: Tensor<Rank4<3, 1, 28, 28>, f32, _> = dev.sample_normal();
    /// assert_eq!(dev.build_module::<Vit, f32>().try_forward(digits)?.shape().concrete(), [3, 16]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Forward fails where height or width is no multiple of `P`.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct PatchEmbedding<const C: usize, const P: usize, const N: usize>;

    /// Puts a learned step in front of each sequence, which gathers what the sequence is about: `(B, T, N)` to `(B, T + 1, N)`.
    ///
    /// Devlin et al. 2019, *BERT*, arXiv:1810.04805. PyTorch: `torch.cat((token.expand(B, 1, N), x), 1)`, timm's `cls_token`.
    /// [`FirstStep`](crate::nn::builders::FirstStep) reads it behind the last block. Taught in notebook 16.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct ClassToken<const N: usize>;
}

/// [`builder::PatchEmbedding`] on a device. Has timm's names in weight files.
#[derive(Clone, Debug)]
pub struct PatchEmbedding<const C: usize, const P: usize, const N: usize, E: Dtype, D: Storage<E>> {
    /// The linear map of each patch, as a convolution whose steps are as wide as its windows.
    pub proj: Conv2D<C, N, P, P, 0, 1, E, D>,
}

/// [`builder::ClassToken`] on a device. Starts normal with standard deviation 0.02.
#[derive(Clone, Debug)]
pub struct ClassToken<const N: usize, E: Dtype, D: Storage<E>> {
    /// The step.
    pub cls_token: Tensor<Rank3<1, 1, N>, E, D>,
}

impl<const C: usize, const P: usize, const N: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E>
    for builder::PatchEmbedding<C, P, N>
where
    PatchEmbedding<C, P, N, E, D>: BuildModule<D, E>,
{
    type Built = PatchEmbedding<C, P, N, E, D>;
}

impl<const N: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::ClassToken<N>
where
    ClassToken<N, E, D>: BuildModule<D, E>,
{
    type Built = ClassToken<N, E, D>;
}

impl<const C: usize, const P: usize, const N: usize, E: Dtype, D: Storage<E>> NonMutableModule
    for PatchEmbedding<C, P, N, E, D>
{
}
impl<const N: usize, E: Dtype, D: Storage<E>> NonMutableModule for ClassToken<N, E, D> {}

impl<const C: usize, const P: usize, const N: usize, E: Dtype + Float + SampleUniform, D: Device<E>>
    TensorCollection<E, D> for PatchEmbedding<C, P, N, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = PatchEmbedding<C, P, N, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(Self::module("proj", |s| &s.proj, |s| &mut s.proj), |proj| {
            PatchEmbedding { proj }
        })
    }
}

impl<const N: usize, E: Dtype + Float, D: Device<E>> TensorCollection<E, D> for ClassToken<N, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = ClassToken<N, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let token = TensorOptions::reset_with(|t| t.try_fill_with_distr(small::<E>(0)));
        visitor.visit_fields(
            Self::tensor("cls_token", |s| &s.cls_token, |s| &mut s.cls_token, token),
            |cls_token| ClassToken { cls_token },
        )
    }
}

/// `(B, T, N)`.
type Steps<B, const N: usize, D, T> = Tensor<(B, usize, Const<N>), f32, D, T>;

impl<const C: usize, const P: usize, const N: usize, B: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Tensor<(B, Const<C>, H, W), f32, D, T>> for PatchEmbedding<C, P, N, f32, D>
{
    type Output = Steps<B, N, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, Const<C>, H, W), f32, D, T>) -> Result<Self::Output, D::Err> {
        let (b, _, h, w) = *x.shape();
        let (h, w) = (h.size(), w.size());
        if P == 0 || h % P > 0 || w % P > 0 {
            return Err(D::to_device_error(Error::Shape {
                layer: format!("PatchEmbedding<{C}, {P}, {N}>"),
                expected: format!("pictures whose height and width are multiples of {P}"),
                got: format!("{h} x {w}; resize or pad them"),
            }));
        }
        let x = x.try_reshape_like(&(b.size(), Const::<C>, h, w))?;
        let maps = self.proj.try_forward(x)?;
        let patches = h / P * (w / P);
        let rows = maps.try_reshape_like(&(b.size(), N, patches))?;
        rows.try_permute::<_, Axes3<0, 2, 1>>()?
            .try_reshape_like(&(b, patches, Const))
    }
}

impl<const N: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>> Module<Tensor<(B, S, Const<N>), f32, D, T>>
    for ClassToken<N, f32, D>
{
    type Output = Steps<B, N, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, S, Const<N>), f32, D, T>) -> Result<Self::Output, D::Err> {
        let (b, s, _) = *x.shape();
        let x = x.try_reshape_like(&(b.size(), s.size(), N))?;
        let token = self.cls_token.retaped::<T>().try_reshape_like(&(1usize, N))?;
        let tokens = token.try_broadcast_like::<_, Axis<0>>(&(b.size(), 1usize, N))?;
        (tokens, x)
            .try_concat_along(Axis::<1>)?
            .try_reshape_like(&(b, s.size() + 1, Const))
    }
}

/// The first step of each sequence, `(B, T, N)` to `(B, N)`: what a [`builder::ClassToken`] has gathered.
///
/// PyTorch: `x[:, 0]`. Taught in notebook 16.
///
/// # Errors
/// Forward fails for sequences without a step.
#[derive(Clone, Copy, Debug, Default)]
pub struct FirstStep;

impl ZeroSizedModule for FirstStep {}
impl NonMutableModule for FirstStep {}

impl<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>> Module<Tensor<(B, S, N), f32, D, T>> for FirstStep {
    type Output = Tensor<(B, N), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, S, N), f32, D, T>) -> Result<Self::Output, D::Err> {
        let (b, s, n) = *x.shape();
        if s.size() == 0 {
            return Err(D::to_device_error(Error::Shape {
                layer: "FirstStep".into(),
                expected: "sequences of at least one step".into(),
                got: format!("{} sequences of 0 steps", b.size()),
            }));
        }
        let x = x.try_reshape_like(&(b.size(), s.size(), n.size()))?;
        let first = x.device().try_tensor_from_vec(vec![0; b.size()], (b.size(),))?;
        x.try_select(first)?.try_reshape_like(&(b, n))
    }
}
