//! The module that SqueezeNet is made of.

use dfdx::prelude::*;

use super::conv;
use crate::ops::{Conv2dOptions, Kernels, concat_channels_as, conv2d};

/// The structure, without device and number type.
pub mod builder {
    /// A fire module: squeeze to `S` channels with 1 x 1 filters, then expand with `E` filters of 1 x 1 and `E` of 3 x 3
    /// side by side, a ReLU after each.
    ///
    /// Maps `(B, I, H, W)` to `(B, O, H, W)`, where `O` must be `2 * E` (the compiler checks it; stable Rust cannot
    /// compute it). Iandola et al. 2016, *SqueezeNet*, arXiv:1602.07360. torchvision: `models.squeezenet.Fire(I, S, E, E)`.
    /// Taught in notebook 13.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Fire<const I: usize, const S: usize, const E: usize, const O: usize>;
}

/// [`builder::Fire`] on a device.
#[derive(Clone, Debug)]
pub struct Fire<const I: usize, const S: usize, const E: usize, const O: usize, N: Dtype, D: Storage<N>> {
    /// Fewer channels: `(S, I, 1, 1)`.
    pub squeeze: conv::Conv2D<I, S, 1, 1, 0, 1, N, D>,
    /// Half of the result: `(E, S, 1, 1)`.
    pub expand1x1: conv::Conv2D<S, E, 1, 1, 0, 1, N, D>,
    /// The other half: `(E, S, 3, 3)`.
    pub expand3x3: conv::Conv2D<S, E, 3, 1, 1, 1, N, D>,
}

impl<const I: usize, const S: usize, const E: usize, const O: usize, N: Dtype, D: Device<N>> BuildOnDevice<D, N>
    for builder::Fire<I, S, E, O>
where
    Fire<I, S, E, O, N, D>: BuildModule<D, N>,
{
    type Built = Fire<I, S, E, O, N, D>;
}

impl<const I: usize, const S: usize, const E: usize, const O: usize, N: Dtype, D: Storage<N>> NonMutableModule
    for Fire<I, S, E, O, N, D>
{
}

impl<const I: usize, const S: usize, const E: usize, const O: usize, N, D: Device<N>> TensorCollection<N, D>
    for Fire<I, S, E, O, N, D>
where
    N: Dtype + num_traits::Float + rand_distr::uniform::SampleUniform,
{
    type To<N2: Dtype, D2: Device<N2>> = Fire<I, S, E, O, N2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, N, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("squeeze", |s| &s.squeeze, |s| &mut s.squeeze),
                Self::module("expand1x1", |s| &s.expand1x1, |s| &mut s.expand1x1),
                Self::module("expand3x3", |s| &s.expand3x3, |s| &mut s.expand3x3),
            ),
            |(squeeze, expand1x1, expand3x3)| Fire {
                squeeze,
                expand1x1,
                expand3x3,
            },
        )
    }
}

impl<const I: usize, const S: usize, const E: usize, const O: usize, B: Dim, H: Dim, W: Dim, D: Kernels, T>
    Module<Tensor<(B, Const<I>, H, W), f32, D, T>> for Fire<I, S, E, O, f32, D>
where
    T: Tape<f32, D> + Merge<T>,
{
    type Output = Tensor<(B, Const<O>, usize, usize), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, Const<I>, H, W), f32, D, T>) -> Result<Self::Output, D::Err> {
        const { assert!(O == 2 * E, "Fire<I, S, E, O>: O must be 2 * E") };
        let relu = Conv2dOptions {
            relu: true,
            ..Default::default()
        };
        let run = || {
            let x = conv2d(x, &self.squeeze.weight, Some(&self.squeeze.bias), relu)?;
            let small = conv2d(
                x.with_empty_tape(),
                &self.expand1x1.weight,
                Some(&self.expand1x1.bias),
                relu,
            )?;
            let padded = Conv2dOptions { padding: 1, ..relu };
            let large = conv2d(x, &self.expand3x3.weight, Some(&self.expand3x3.bias), padded)?;
            concat_channels_as(&format_args!("Fire<{I}, {S}, {E}, {O}>"), small, large)
        };
        let y = run().map_err(D::to_device_error)?;
        let (b, _, h, w) = *y.shape();
        y.try_reshape_like(&(b, Const::<O>, h, w))
    }
}
