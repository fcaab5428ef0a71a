//! Images to rows of features.

use std::fmt::Display;

use dfdx::prelude::*;

use super::geometry::shape_error;
use super::kernels::Kernels;
use crate::{Error, Result};

/// `(B, C, H, W)` to `(B, N)` with `N = C * H * W`: each image becomes one row.
///
/// PyTorch: `torch.flatten(x, start_dim=1)`. Taught in notebook 06.
///
/// # Errors
/// [`Error::Shape`] where `C * H * W` is not `N`.
pub fn flatten<const N: usize, B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
) -> Result<Tensor<(B, Const<N>), f32, D, T>> {
    flatten_as(&"flatten", x)
}

/// [`flatten`] in the name of the layer that called it.
pub(crate) fn flatten_as<const N: usize, B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    layer: &dyn Display,
    x: Tensor<(B, C, H, W), f32, D, T>,
) -> Result<Tensor<(B, Const<N>), f32, D, T>> {
    let [_, c, h, w] = x.shape().concrete();
    if c * h * w != N {
        let got = format!("{c} x {h} x {w} = {} per image", c * h * w);
        return Err(shape_error(layer, format!("{N} numbers per image"), got));
    }
    let batch = x.shape().0;
    x.try_reshape_like(&(batch, Const))
        .map_err(|error| Error::Dfdx(error.to_string()))
}
