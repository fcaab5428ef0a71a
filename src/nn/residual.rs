//! Residual blocks, and the global mean that ends a network made of them.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::activation::ReLU;
use super::conv::Conv2D;
use super::norm::BatchNorm2D;
use crate::ops::{Kernels, add_relu, avg_pool_global_as};

/// The structure of the block, without device and number type.
pub mod builder {
    /// The basic block of a residual network: two convolutions of 3 x 3 with batch normalization, whose result is *added* to
    /// the input: `ReLU(F(x) + shortcut(x))`.
    ///
    /// Maps `(B, I, H, W)` to `(B, O, Ho, Wo)` with `Ho = (H - 1) / S + 1`, `S` being the stride of the first convolution. The
    /// shortcut is the input itself where its shape stays, and a convolution of 1 x 1 with batch normalization where `I` is
    /// not `O` or `S` is not 1.
    ///
    /// He, Zhang, Ren & Sun 2016, *Deep Residual Learning for Image Recognition*, arXiv:1512.03385. torchvision:
    /// `resnet.BasicBlock`. Taught in notebook 11.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let block = dev.build_module::<ResidualBlock<16, 32, 2>, f32>();
    /// let images: Tensor<Rank4<4, 16, 8, 8>, f32, _> = dev.sample_normal();
    /// assert_eq!(block.try_forward(images)?.shape().concrete(), [4, 32, 4, 4]);
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    pub struct ResidualBlock<const I: usize, const O: usize, const S: usize = 1>;
}

/// [`builder::ResidualBlock`] on a device.
#[derive(Clone, Debug)]
pub struct ResidualBlock<const I: usize, const O: usize, const S: usize, E: Dtype, D: Storage<E>> {
    /// The first convolution, with stride `S`.
    pub conv1: Conv2D<I, O, 3, S, 1, 1, E, D>,
    /// Its normalization, before a ReLU.
    pub bn1: BatchNorm2D<O, E, D>,
    /// The second convolution.
    pub conv2: Conv2D<O, O, 3, 1, 1, 1, E, D>,
    /// Its normalization.
    pub bn2: BatchNorm2D<O, E, D>,
    /// The way around.
    pub shortcut: Shortcut<I, O, S, E, D>,
}

/// The way around a [`ResidualBlock`].
#[derive(Clone, Debug)]
pub enum Shortcut<const I: usize, const O: usize, const S: usize, E: Dtype, D: Storage<E>> {
    /// The input itself.
    Identity,
    /// A convolution of 1 x 1 and its normalization, where the shape changes.
    Projection(Box<(Conv2D<I, O, 1, S, 0, 1, E, D>, BatchNorm2D<O, E, D>)>),
}

impl<const I: usize, const O: usize, const S: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E>
    for builder::ResidualBlock<I, O, S>
where
    ResidualBlock<I, O, S, E, D>: BuildModule<D, E>,
{
    type Built = ResidualBlock<I, O, S, E, D>;
}

impl<const I: usize, const O: usize, const S: usize, E: Dtype + Float + SampleUniform, D: Device<E>>
    TensorCollection<E, D> for ResidualBlock<I, O, S, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = ResidualBlock<I, O, S, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("conv1", |s| &s.conv1, |s| &mut s.conv1),
                Self::module("bn1", |s| &s.bn1, |s| &mut s.bn1),
                Self::module("conv2", |s| &s.conv2, |s| &mut s.conv2),
                Self::module("bn2", |s| &s.bn2, |s| &mut s.bn2),
                Self::module("shortcut", |s| &s.shortcut, |s| &mut s.shortcut),
            ),
            |(conv1, bn1, conv2, bn2, shortcut)| ResidualBlock {
                conv1,
                bn1,
                conv2,
                bn2,
                shortcut,
            },
        )
    }
}

impl<const I: usize, const O: usize, const S: usize, E: Dtype, D: Storage<E>> Shortcut<I, O, S, E, D> {
    /// Whether the shape changes on the way.
    const PROJECTS: bool = I != O || S != 1;

    fn layers(&self) -> &(Conv2D<I, O, 1, S, 0, 1, E, D>, BatchNorm2D<O, E, D>) {
        match self {
            Self::Projection(layers) => layers,
            Self::Identity => unreachable!("asked for where PROJECTS is true, and then built so"),
        }
    }

    fn layers_mut(&mut self) -> &mut (Conv2D<I, O, 1, S, 0, 1, E, D>, BatchNorm2D<O, E, D>) {
        match self {
            Self::Projection(layers) => layers,
            Self::Identity => unreachable!("asked for where PROJECTS is true, and then built so"),
        }
    }
}

impl<const I: usize, const O: usize, const S: usize, E: Dtype + Float + SampleUniform, D: Device<E>>
    TensorCollection<E, D> for Shortcut<I, O, S, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = Shortcut<I, O, S, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        if !Self::PROJECTS {
            return visitor.visit_fields((), |()| Shortcut::Identity);
        }
        visitor.visit_fields(
            (
                Self::module("0", |s| &s.layers().0, |s| &mut s.layers_mut().0),
                Self::module("1", |s| &s.layers().1, |s| &mut s.layers_mut().1),
            ),
            |layers| Shortcut::Projection(Box::new(layers)),
        )
    }
}

/// Feature maps of `C` channels, with sizes known at run time.
type Maps<B, const C: usize, D, T> = Tensor<(B, Const<C>, usize, usize), f32, D, T>;

impl<const I: usize, const O: usize, const S: usize, B: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D> + Merge<T>>
    Module<Tensor<(B, Const<I>, H, W), f32, D, T>> for ResidualBlock<I, O, S, f32, D>
{
    type Output = Maps<B, O, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, Const<I>, H, W), f32, D, T>) -> Result<Self::Output, D::Err> {
        let x = sized(x)?;
        let y = self.bn1.try_forward(self.conv1.try_forward(x.with_empty_tape())?)?;
        let y = self.bn2.try_forward(self.conv2.try_forward(ReLU.try_forward(y)?)?)?;
        let around = match &self.shortcut {
            Shortcut::Identity => same(x)?,
            Shortcut::Projection(layers) => layers.1.try_forward(layers.0.try_forward(x)?)?,
        };
        add_relu(y, around).map_err(D::to_device_error)
    }
}

impl<const I: usize, const O: usize, const S: usize, B: Dim, H: Dim, W: Dim, D: Kernels>
    ModuleMut<Tensor<(B, Const<I>, H, W), f32, D, OwnedTape<f32, D>>> for ResidualBlock<I, O, S, f32, D>
{
    type Output = Maps<B, O, D, OwnedTape<f32, D>>;
    type Error = D::Err;

    fn try_forward_mut(
        &mut self,
        x: Tensor<(B, Const<I>, H, W), f32, D, OwnedTape<f32, D>>,
    ) -> Result<Self::Output, D::Err> {
        let x = sized(x)?;
        let y = self.bn1.try_forward_mut(self.conv1.try_forward(x.with_empty_tape())?)?;
        let y = self
            .bn2
            .try_forward_mut(self.conv2.try_forward(ReLU.try_forward(y)?)?)?;
        let around = match &mut self.shortcut {
            Shortcut::Identity => same(x)?,
            Shortcut::Projection(layers) => {
                let projected = layers.0.try_forward(x)?;
                layers.1.try_forward_mut(projected)?
            }
        };
        add_relu(y, around).map_err(D::to_device_error)
    }
}

/// The same maps with height and width known at run time, as convolutions return them.
fn sized<const C: usize, B: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, Const<C>, H, W), f32, D, T>,
) -> Result<Maps<B, C, D, T>, D::Err> {
    let (b, c, h, w) = *x.shape();
    x.try_reshape_like(&(b, c, h.size(), w.size()))
}

/// The same maps under another name for their number of channels, which is the same.
fn same<const I: usize, const O: usize, B: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Maps<B, I, D, T>,
) -> Result<Maps<B, O, D, T>, D::Err> {
    let (b, _, h, w) = *x.shape();
    x.try_reshape_like(&(b, Const::<O>, h, w))
}

/// The mean of each feature map: `(B, C, H, W)` to `(B, C)`.
///
/// Ends a network whose classes do not depend on places, for pictures of any size. PyTorch:
/// `torch.nn.AdaptiveAvgPool2d(1)` and `Flatten()`. Taught in notebook 11.
///
/// # Errors
/// Forward fails for maps without a pixel.
#[derive(Clone, Copy, Debug, Default)]
pub struct AvgPoolGlobal;

impl ZeroSizedModule for AvgPoolGlobal {}
impl NonMutableModule for AvgPoolGlobal {}

impl<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>> Module<Tensor<(B, C, H, W), f32, D, T>>
    for AvgPoolGlobal
{
    type Output = Tensor<(B, C), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, C, H, W), f32, D, T>) -> Result<Self::Output, D::Err> {
        avg_pool_global_as(&"AvgPoolGlobal", x).map_err(D::to_device_error)
    }
}
