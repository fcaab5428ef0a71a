//! Two-dimensional pooling: the largest, smallest or mean value under a sliding window.

pub(super) mod composed;
pub(super) mod cpu;
mod cpu_2x2;
mod cpu_rows;
pub(super) mod options;

use std::fmt::Display;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::{Error, Result};
use options::geometry;
pub use options::{Pool2dOptions, PoolKind};

/// The largest value under each window: `(B, C, H, W)` to `(B, C, Ho, Wo)`, `Ho = (H + 2p - k) / s + 1`.
///
/// With `ceil_mode` the division is rounded up: a last window may hang over the edge, as long as it begins on the image or
/// its left padding. A NaN under a window wins. PyTorch: `torch.nn.functional.max_pool2d`. Taught in notebook 09.
///
/// # Errors
/// [`Error::Shape`] where the window does not fit into the image, [`Error::Argument`] for a zero kernel or stride,
/// or a padding of more than half the kernel.
pub fn max_pool2d<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    options: Pool2dOptions,
) -> Result<Tensor<(B, C, usize, usize), f32, D, T>> {
    pool2d_as(&"max_pool2d", x, PoolKind::Max, options)
}

/// The smallest value under each window: [`max_pool2d`] of `-x`, negated.
///
/// # Errors
/// As [`max_pool2d`].
pub fn min_pool2d<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    options: Pool2dOptions,
) -> Result<Tensor<(B, C, usize, usize), f32, D, T>> {
    pool2d_as(&"min_pool2d", x, PoolKind::Min, options)
}

/// The mean under each window: `(B, C, H, W)` to `(B, C, Ho, Wo)`, `Ho = (H + 2p - k) / s + 1`.
///
/// With `ceil_mode` as [`max_pool2d`]; what hangs over the padded image is neither added nor counted. PyTorch:
/// `torch.nn.functional.avg_pool2d` (with its default `count_include_pad=True`). Taught in notebook 09.
///
/// # Errors
/// As [`max_pool2d`].
pub fn avg_pool2d<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    options: Pool2dOptions,
) -> Result<Tensor<(B, C, usize, usize), f32, D, T>> {
    pool2d_as(&"avg_pool2d", x, PoolKind::Avg, options)
}

/// Pooling in the name of the layer that called it.
pub(crate) fn pool2d_as<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    layer: &dyn Display,
    x: Tensor<(B, C, H, W), f32, D, T>,
    kind: PoolKind,
    options: Pool2dOptions,
) -> Result<Tensor<(B, C, usize, usize), f32, D, T>> {
    let (b, c, ..) = *x.shape();
    let [batch, channels, height, width] = x.shape().concrete();
    let g = geometry(layer, [batch, channels], [height, width], options)?;
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    let x = x.try_reshape_like(&(batch, channels, height, width)).map_err(dfdx)?;
    let y = D::pool2d(x, kind, g).map_err(dfdx)?;
    if probe::watching() {
        probe::see(layer, &y.shape().concrete(), false, &y.as_vec());
    }
    let y = trace::keep(layer, &y.shape().concrete(), false, y).map_err(dfdx)?;
    y.try_reshape_like(&(b, c, g.output[0], g.output[1])).map_err(dfdx)
}
