//! Larger images out of small ones.

pub(super) mod composed;
pub(super) mod cpu;
pub(super) mod places;

use dfdx::prelude::*;

use crate::ops::kernels::Kernels;
use crate::{Error, Result};
pub use places::Interpolation;

/// Images `scale` times as high and as wide: `(B, C, H, W)` to `(B, C, scale H, scale W)`.
///
/// Each new pixel is the nearest old one, or a mixture of the four around it by their distances (the centres of the outer
/// pixels stay half an old pixel from the border; there is nothing to mix beyond them). A convolution behind it draws what a
/// transposed convolution would, without its chessboard: Odena, Dumoulin & Olah 2016, *Deconvolution and Checkerboard
/// Artifacts*, Distill. PyTorch: `torch.nn.functional.interpolate(x, scale_factor=scale, mode='nearest')`, or `'bilinear'`
/// with `align_corners=False`. Taught in notebook 17.
///
/// ```
/// use gradus::ops::{self, Interpolation};
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let x: Tensor<Rank4<1, 1, 1, 2>, f32, _> = device(0)?.tensor([[[[1.0, 3.0]]]]);
/// let near = ops::upsample(x.clone(), 2, Interpolation::Nearest)?;
/// assert_eq!(near.as_vec(), [1.0, 1.0, 3.0, 3.0, 1.0, 1.0, 3.0, 3.0]);
/// let mixed = ops::upsample(x, 2, Interpolation::Bilinear)?;
/// assert_eq!(mixed.as_vec()[..4], [1.0, 1.5, 2.5, 3.0]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Argument`] for a scale of 0; where memory runs out.
pub fn upsample<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    scale: usize,
    interpolation: Interpolation,
) -> Result<Tensor<(B, C, usize, usize), f32, D, T>> {
    if scale == 0 {
        return Err(Error::Argument {
            what: "scale of an upsampling".into(),
            expected: "at least 1".into(),
            got: "0".into(),
        });
    }
    let (b, c, ..) = *x.shape();
    let [batch, channels, height, width] = x.shape().concrete();
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(batch, channels, height, width))?;
        let y = D::upsample(x, scale, interpolation)?;
        y.try_reshape_like(&(b, c, scale * height, scale * width))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
