//! Two-dimensional transposed convolution, the layer that makes images larger.

pub(super) mod composed;
pub(super) mod cpu;
mod options;

use std::fmt::Display;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::geometry::shape_error;
use crate::ops::kernels::Kernels;
use crate::{Error, Result};
pub use options::ConvTranspose2dOptions;
use options::geometry;

/// Transposed convolution: every input pixel stamps the filter, scaled by its value, onto a larger image.
///
/// It is the gradient of [`conv2d`](fn@super::conv2d) with respect to its input, used forward.
///
/// - `x`: `(B, C, H, W)`
/// - `weight`: `(C, O / groups, KH, KW)`
/// - `bias`: `(O,)`; without one, `None::<&Tensor<(usize,), f32, _>>`
/// - result: `(B, O, Ho, Wo)` with `Ho = (H - 1)s - 2p + d(KH - 1) + output_padding + 1`, `Wo` likewise
///
/// PyTorch: `torch.nn.functional.conv_transpose2d`. Taught in notebook 17.
///
/// # Errors
/// [`Error::Shape`] where channels, groups, bias or sizes do not fit together, [`Error::Argument`] where a stride,
/// dilation or kernel size is zero or the output padding too large.
pub fn conv_transpose2d<
    B: Dim,
    C: Dim,
    H: Dim,
    W: Dim,
    OG: Dim,
    O: Dim,
    KH: Dim,
    KW: Dim,
    D: Kernels,
    T: Tape<f32, D>,
>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    weight: &Tensor<(C, OG, KH, KW), f32, D>,
    bias: Option<&Tensor<(O,), f32, D>>,
    options: ConvTranspose2dOptions,
) -> Result<Tensor<(B, O, usize, usize), f32, D, T>> {
    conv_transpose2d_as(&"conv_transpose2d", x, weight, bias, options)
}

/// [`conv_transpose2d`] in the name of the layer that called it.
pub(crate) fn conv_transpose2d_as<
    B: Dim,
    C: Dim,
    H: Dim,
    W: Dim,
    OG: Dim,
    O: Dim,
    KH: Dim,
    KW: Dim,
    D: Kernels,
    T: Tape<f32, D>,
>(
    layer: &dyn Display,
    x: Tensor<(B, C, H, W), f32, D, T>,
    weight: &Tensor<(C, OG, KH, KW), f32, D>,
    bias: Option<&Tensor<(O,), f32, D>>,
    options: ConvTranspose2dOptions,
) -> Result<Tensor<(B, O, usize, usize), f32, D, T>> {
    let batch = x.shape().0;
    let g = geometry(layer, x.shape().concrete(), weight.shape().concrete(), options)?;
    let biases = bias.map(|b| b.shape().0.size());
    let Some(channels) = O::from_size(g.channels).filter(|_| biases.is_none_or(|n| n == g.channels)) else {
        let expected = format!("a bias of {} numbers, one per output channel", g.channels);
        return Err(shape_error(layer, expected, format!("{biases:?}")));
    };
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    let kernel = (g.axes[0].kernel, g.axes[1].kernel);
    let x = x
        .try_reshape_like(&(g.batch, g.filters, g.output[0], g.output[1]))
        .map_err(dfdx)?;
    let weight = weight
        .clone()
        .try_reshape_like(&(g.filters, g.channels_per_group(), kernel.0, kernel.1))
        .map_err(dfdx)?;
    let bias = bias
        .map(|b| b.clone().try_reshape_like(&(g.channels,)))
        .transpose()
        .map_err(dfdx)?;
    let y = D::conv_transpose2d(x, weight, bias, g).map_err(dfdx)?;
    if probe::watching() {
        probe::see(layer, &y.shape().concrete(), true, &y.as_vec());
    }
    let y = trace::keep(layer, &y.shape().concrete(), false, y).map_err(dfdx)?;
    y.try_reshape_like(&(batch, channels, g.input[0], g.input[1]))
        .map_err(dfdx)
}
