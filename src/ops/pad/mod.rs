//! Zeros around an image.

pub(super) mod composed;
pub(super) mod cpu;
pub(super) mod padding;

use dfdx::prelude::*;

use crate::ops::kernels::Kernels;
use crate::{Error, Result};
pub use padding::Padding;

/// Zeros around each image: `(B, C, H, W)` to `(B, C, top + H + bottom, left + W + right)`.
///
/// For padding that is not the same on all sides; convolutions and poolings have a padding of their own.
/// PyTorch: `torch.nn.functional.pad(x, (left, right, top, bottom))`. Taught in notebook 13.
///
/// # Errors
/// Only where memory runs out.
pub fn zero_pad2d<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    padding: Padding,
) -> Result<Tensor<(B, C, usize, usize), f32, D, T>> {
    let (b, c, ..) = *x.shape();
    let [batch, channels, height, width] = x.shape().concrete();
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    let x = x.try_reshape_like(&(batch, channels, height, width)).map_err(dfdx)?;
    let y = D::zero_pad2d(x, padding).map_err(dfdx)?;
    let (_, _, height, width) = *y.shape();
    y.try_reshape_like(&(b, c, height, width)).map_err(dfdx)
}
