//! A network from pictures to pictures, for the noise in them.

use std::sync::Arc;

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::{Distribution, StandardNormal, uniform::SampleUniform};

use super::attention::MultiHeadAttention;
use super::conv::Conv2D;
use super::embedding::Embedding;
use super::group_norm::GroupNorm;
use super::input::{AnyImages, HasInput};
use super::time_embedding::TimeEmbedding;
use super::unet_block::{GROUPS, TimedBlock};

/// The structure of the network, without device and number type.
pub mod builder {
    /// A small U-Net for diffusion: pictures of `C` channels, the step of time and a class go in, as many pictures come out
    /// (the noise that it believes to be in them).
    ///
    /// `N` feature maps at full size, `M` at half and at a quarter of it, where each pixel attends to all others; on the way back
    /// up, what the way down had at each size is put beside it. Steps and classes become rows of `R` numbers, which every residual
    /// block is told. `K` is the number of classes, the last of which means that no class is given (so 11 for ten digits).
    /// `N` and `M` are multiples of 4, the groups of the normalization; height and width of the pictures are too.
    ///
    /// It eats `(pictures, condition)`, `(B, C, H, W)` and a [`Condition`](crate::nn::Condition), and returns `(B, C, H, W)`. A
    /// [`Learner`](crate::train::Learner) feeds one tensor: `(B, C + 2, H, W)`, whose last two channels hold step and class in
    /// every pixel; put `Flatten` behind it there. The last convolution begins with zeros. Ronneberger, Fischer & Brox 2015, *U-Net*,
    /// arXiv:1505.04597; Ho, Jain & Abbeel 2020, arXiv:2006.11239. PyTorch: none; diffusers has `UNet2DModel`. Taught in
    /// notebook 19.
    ///
    /// ```
    /// use gradus::nn::Condition;
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let net = dev.build_module::<UNet<1, 8, 8, 16, 11>, f32>();
    /// let noisy = dev.sample_normal_like(&(2, Const::<1>, 28, 28));
    /// // The first picture is asked for as a 3, of the second nothing is said.
    /// let noise = net.try_forward((noisy, Condition::new(&[40, 199], &[3, 10])))?;
    /// assert_eq!(noise.shape().concrete(), [2, 1, 28, 28]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Forward fails for sizes that are no multiple of 4, for another number of steps or classes than of pictures, and for a class
    /// that is not below `K`.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct UNet<const C: usize, const N: usize, const M: usize, const R: usize, const K: usize>;
}

/// What a [`UNet`](builder::UNet) is told about each picture of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// How far the noise has come: a step of the noise schedule for each picture.
    pub steps: Arc<[f32]>,
    /// The class of each picture, or the number behind the last class where none is given.
    pub classes: Arc<[f32]>,
}

impl Condition {
    /// One step and one class for each picture.
    pub fn new(steps: &[usize], classes: &[usize]) -> Self {
        Self {
            steps: steps.iter().map(|step| *step as f32).collect(),
            classes: classes.iter().map(|class| *class as f32).collect(),
        }
    }
}

/// [`builder::UNet`] on a device.
#[derive(Clone, Debug)]
pub struct UNet<const C: usize, const N: usize, const M: usize, const R: usize, const K: usize, E: Dtype, D: Storage<E>>
{
    /// The row of the time.
    pub time: TimeEmbedding<R, E, D>,
    /// The row of each class, added to that of the time.
    pub class: Embedding<K, R, E, D>,
    /// From pictures to maps.
    pub enter: Conv2D<C, N, 3, 1, 1, 1, E, D>,
    /// At full size, on the way down.
    pub down1: TimedBlock<1, N, N, R, E, D>,
    /// To half the size.
    pub halve1: Conv2D<N, M, 3, 2, 1, 1, E, D>,
    /// At half the size, on the way down.
    pub down2: TimedBlock<1, M, M, R, E, D>,
    /// To a quarter.
    pub halve2: Conv2D<M, M, 3, 2, 1, 1, E, D>,
    /// At a quarter, in front of the attention.
    pub middle1: TimedBlock<1, M, M, R, E, D>,
    /// In front of the attention.
    pub norm: GroupNorm<GROUPS, M, E, D>,
    /// Each pixel to all pixels, one head.
    pub attention: MultiHeadAttention<M, 1, false, E, D>,
    /// Behind the attention.
    pub middle2: TimedBlock<1, M, M, R, E, D>,
    /// Behind the doubling to half the size.
    pub double2: Conv2D<M, M, 3, 1, 1, 1, E, D>,
    /// At half the size, beside what came from the way down.
    pub up2: TimedBlock<2, M, M, R, E, D>,
    /// Behind the doubling to full size.
    pub double1: Conv2D<M, N, 3, 1, 1, 1, E, D>,
    /// At full size, beside what came from the way down.
    pub up1: TimedBlock<2, N, N, R, E, D>,
    /// In front of the last convolution.
    pub norm_out: GroupNorm<GROUPS, N, E, D>,
    /// From maps to pictures. Starts as 0.
    pub leave: Zero<Conv2D<N, C, 3, 1, 1, 1, E, D>>,
}

/// A convolution that begins with zeros.
#[derive(Clone, Debug)]
pub struct Zero<F>(pub F);

impl<const N: usize, const C: usize, E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D>
    for Zero<Conv2D<N, C, 3, 1, 1, 1, E, D>>
{
    type To<E2: Dtype, D2: Device<E2>> = Zero<Conv2D<N, C, 3, 1, 1, 1, E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let (weight, bias) = (TensorOptions::reset_to_zeros(), TensorOptions::reset_to_zeros());
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.0.weight, |s| &mut s.0.weight, weight),
                Self::tensor("bias", |s| &s.0.bias, |s| &mut s.0.bias, bias),
            ),
            |(weight, bias)| Zero(Conv2D { weight, bias }),
        )
    }
}

impl<const C: usize, const N: usize, const M: usize, const R: usize, const K: usize> HasInput
    for builder::UNet<C, N, M, R, K>
{
    type Input = AnyImages;
}

impl<const C: usize, const N: usize, const M: usize, const R: usize, const K: usize, D: Device<E>, E: Dtype>
    BuildOnDevice<D, E> for builder::UNet<C, N, M, R, K>
where
    UNet<C, N, M, R, K, E, D>: BuildModule<D, E>,
{
    type Built = UNet<C, N, M, R, K, E, D>;
}

impl<const C: usize, const N: usize, const M: usize, const R: usize, const K: usize, E: Dtype, D: Storage<E>>
    NonMutableModule for UNet<C, N, M, R, K, E, D>
{
}

impl<
    const C: usize,
    const N: usize,
    const M: usize,
    const R: usize,
    const K: usize,
    E: Dtype + Float + SampleUniform,
    D: Device<E>,
> TensorCollection<E, D> for UNet<C, N, M, R, K, E, D>
where
    StandardNormal: Distribution<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = UNet<C, N, M, R, K, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        /// Fields that are modules of their own names.
        macro_rules! fields {
            ($($field:ident)+) => {
                ($(Self::module(stringify!($field), |s| &s.$field, |s| &mut s.$field),)+)
            };
        }
        visitor.visit_fields(
            (
                fields!(time class enter down1 halve1 down2),
                fields!(halve2 middle1 norm attention middle2 double2),
                fields!(up2 double1 up1 norm_out leave),
            ),
            |(
                (time, class, enter, down1, halve1, down2),
                (halve2, middle1, norm, attention, middle2, double2),
                (up2, double1, up1, norm_out, leave),
            )| UNet {
                time,
                class,
                enter,
                down1,
                halve1,
                down2,
                halve2,
                middle1,
                norm,
                attention,
                middle2,
                double2,
                up2,
                double1,
                up1,
                norm_out,
                leave,
            },
        )
    }
}
