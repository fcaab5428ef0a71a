//! Channels laid out as pixels.

pub(super) mod composed;
pub(super) mod cpu;

use dfdx::prelude::*;

use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// Larger images with fewer channels: `(B, C r², H, W)` to `(B, C, r H, r W)`. Each `r²` channels become the pixels of a square of
/// side `r`, row after row.
///
/// What is drawn larger is computed at the small size: Shi et al. 2016, *Real-time single image and video super-resolution
/// using an efficient sub-pixel convolutional neural network*, arXiv:1609.05158. PyTorch:
/// `torch.nn.functional.pixel_shuffle(x, r)`. Taught in notebook 17.
///
/// # Errors
/// [`Error::Argument`] for an `r` of 0 and for channels that are no multiple of `r²`; where memory runs out.
pub fn pixel_shuffle<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    r: usize,
) -> Result<Tensor<(B, usize, usize, usize), f32, D, T>> {
    let [batch, channels, height, width] = x.shape().concrete();
    if r == 0 || !channels.is_multiple_of(r * r) {
        return Err(Error::Argument {
            what: "channels of a pixel shuffle".into(),
            expected: format!("a multiple of the square of the factor {r}, which is at least 1"),
            got: channels.to_string(),
        });
    }
    let b = x.shape().0;
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(batch, channels, height, width))?;
        let y = D::pixel_shuffle(x, r)?;
        y.try_reshape_like(&(b, channels / (r * r), r * height, r * width))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
