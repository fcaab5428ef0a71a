//! Larger images, as layers without weights.

use dfdx::prelude::*;

use crate::ops::{Interpolation, Kernels, pixel_shuffle, upsample};

macro_rules! upsampling {
    ($(#[$doc:meta])* $Layer:ident, $interpolation:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $Layer<const SCALE: usize>;

        impl<const SCALE: usize> ZeroSizedModule for $Layer<SCALE> {}
        impl<const SCALE: usize> NonMutableModule for $Layer<SCALE> {}

        impl<const SCALE: usize, B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>
            Module<Tensor<(B, C, H, W), f32, D, T>> for $Layer<SCALE>
        {
            type Output = Tensor<(B, C, usize, usize), f32, D, T>;
            type Error = D::Err;

            fn try_forward(&self, x: Tensor<(B, C, H, W), f32, D, T>) -> Result<Self::Output, D::Err> {
                upsample(x, SCALE, Interpolation::$interpolation).map_err(D::to_device_error)
            }
        }
    };
}

upsampling! {
    /// Images `SCALE` times as high and as wide, each pixel that of the nearest old one.
    ///
    /// Maps `(B, C, H, W)` to `(B, C, SCALE H, SCALE W)`. PyTorch: `torch.nn.Upsample(scale_factor=SCALE)`. Odena, Dumoulin &
    /// Olah 2016, *Deconvolution and Checkerboard Artifacts*, Distill. Taught in notebook 17.
    ///
    /// # Errors
    /// Forward fails for a `SCALE` of 0.
    UpsampleNearest,
    Nearest
}
upsampling! {
    /// Images `SCALE` times as high and as wide, each pixel a mixture of the four old ones around it.
    ///
    /// Maps `(B, C, H, W)` to `(B, C, SCALE H, SCALE W)`. PyTorch: `torch.nn.Upsample(scale_factor=SCALE, mode='bilinear')`
    /// (`align_corners=False`, as there by default). Taught in notebook 17.
    ///
    /// # Errors
    /// Forward fails for a `SCALE` of 0.
    UpsampleBilinear,
    Bilinear
}

/// Each `R²` channels laid out as the pixels of a square: `(B, C R², H, W)` to `(B, C, R H, R W)`.
///
/// Shi et al. 2016, arXiv:1609.05158. PyTorch: `torch.nn.PixelShuffle(R)`. Taught in notebook 17.
///
/// # Errors
/// Forward fails for channels that are no multiple of `R²`.
#[derive(Clone, Copy, Debug, Default)]
pub struct PixelShuffle<const R: usize>;

impl<const R: usize> ZeroSizedModule for PixelShuffle<R> {}
impl<const R: usize> NonMutableModule for PixelShuffle<R> {}

impl<const R: usize, B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Tensor<(B, C, H, W), f32, D, T>> for PixelShuffle<R>
{
    type Output = Tensor<(B, usize, usize, usize), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, C, H, W), f32, D, T>) -> Result<Self::Output, D::Err> {
        pixel_shuffle(x, R).map_err(D::to_device_error)
    }
}
