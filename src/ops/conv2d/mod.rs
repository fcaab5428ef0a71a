//! Two-dimensional convolution.

pub(super) mod composed;
pub(super) mod cpu;
mod options;
pub(super) mod products;

use std::fmt::Display;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::{Error, Result};
pub use options::Conv2dOptions;
use options::geometry;

/// Convolution of a batch of images with a bank of filters, plus a bias per filter.
///
/// `y[b, o, i, j] = bias[o] + sum over c, k, l of weight[o, c, k, l] * x[b, c, i*s + k*d - p, j*s + l*d - p]`
/// (a cross-correlation, as in all deep-learning libraries), with zero where the index leaves the image.
///
/// - `x`: `(B, C, H, W)`
/// - `weight`: `(O, C / groups, KH, KW)`
/// - `bias`: `(O,)`
/// - result: `(B, O, Ho, Wo)` with `Ho = (H + 2p - d(KH - 1) - 1) / s + 1`, `Wo` likewise
///
/// PyTorch: `torch.nn.functional.conv2d`. Taught in notebook 09.
///
/// # Errors
/// [`Error::Shape`] where channels, groups, bias or image size do not fit together, [`Error::Argument`] where a
/// stride, dilation or kernel size is zero.
pub fn conv2d<B: Dim, C: Dim, H: Dim, W: Dim, O: Dim, I: Dim, KH: Dim, KW: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    weight: &Tensor<(O, I, KH, KW), f32, D>,
    bias: Option<&Tensor<(O,), f32, D>>,
    options: Conv2dOptions,
) -> Result<Tensor<(B, O, usize, usize), f32, D, T>> {
    conv2d_as(&"conv2d", x, weight, bias, options)
}

/// [`conv2d`] in the name of the layer that called it.
pub(crate) fn conv2d_as<
    B: Dim,
    C: Dim,
    H: Dim,
    W: Dim,
    O: Dim,
    I: Dim,
    KH: Dim,
    KW: Dim,
    D: Kernels,
    T: Tape<f32, D>,
>(
    layer: &dyn Display,
    x: Tensor<(B, C, H, W), f32, D, T>,
    weight: &Tensor<(O, I, KH, KW), f32, D>,
    bias: Option<&Tensor<(O,), f32, D>>,
    options: Conv2dOptions,
) -> Result<Tensor<(B, O, usize, usize), f32, D, T>> {
    let (batch, filters) = (x.shape().0, weight.shape().0);
    let geometry = geometry(layer, x.shape().concrete(), weight.shape().concrete(), options)?;
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    // Naming the sizes at run time costs nothing and keeps what is compiled once per network small.
    let x = x
        .try_reshape_like(&dynamic(geometry.batch, geometry.channels, geometry.input))
        .map_err(dfdx)?;
    let kernel = [geometry.axes[0].kernel, geometry.axes[1].kernel];
    let weight = weight
        .clone()
        .try_reshape_like(&dynamic(geometry.filters, geometry.channels_per_group(), kernel))
        .map_err(dfdx)?;
    let bias = bias
        .map(|b| b.clone().try_reshape_like(&(geometry.filters,)))
        .transpose()
        .map_err(dfdx)?;
    let y = D::conv2d(x, weight, bias, geometry, options.relu).map_err(dfdx)?;
    if probe::watching() {
        probe::see(layer, &y.shape().concrete(), true, &y.as_vec());
    }
    let y = trace::keep(layer, &y.shape().concrete(), options.relu, y).map_err(dfdx)?;
    y.try_reshape_like(&(batch, filters, geometry.output[0], geometry.output[1]))
        .map_err(dfdx)
}

fn dynamic(a: usize, b: usize, [h, w]: [usize; 2]) -> (usize, usize, usize, usize) {
    (a, b, h, w)
}
