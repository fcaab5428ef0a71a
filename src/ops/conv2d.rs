//! Two-dimensional convolution.

use std::fmt::Display;

use dfdx::prelude::*;

use super::autograd::{Unasked, restore, take, values};
use super::correlate::{Then, correlated, spread, sums_of_planes, weight_gradient};
use super::geometry::{Axis, axis, output_size, shape_error};
use super::{ConvGeometry, Kernels, Tensor4};
use crate::{Error, Result};

/// How [`conv2d`] slides its filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2dOptions {
    /// Pixels from one position of the filter to the next.
    pub stride: usize,
    /// Zeros added on each side of the image.
    pub padding: usize,
    /// Pixels from one tap of the filter to the next.
    pub dilation: usize,
    /// Groups that channels and filters are split into; each filter sees only the channels of its group.
    pub groups: usize,
    /// Applies `max(0, y)` to the result in the same pass.
    pub relu: bool,
}

impl Default for Conv2dOptions {
    /// Stride 1, no padding, dilation 1, one group, no ReLU.
    fn default() -> Self {
        Self {
            stride: 1,
            padding: 0,
            dilation: 1,
            groups: 1,
            relu: false,
        }
    }
}

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
    if super::probe::watching() {
        super::probe::see(layer, &y.shape().concrete(), true, &y.as_vec());
    }
    let y = super::trace::keep(layer, &y.shape().concrete(), options.relu, y).map_err(dfdx)?;
    y.try_reshape_like(&(batch, filters, geometry.output[0], geometry.output[1]))
        .map_err(dfdx)
}

fn dynamic(a: usize, b: usize, [h, w]: [usize; 2]) -> (usize, usize, usize, usize) {
    (a, b, h, w)
}

/// Checks that an image `x` and filters `weight` fit together.
pub(super) fn geometry(
    layer: &dyn Display,
    x: [usize; 4],
    weight: [usize; 4],
    options: Conv2dOptions,
) -> Result<ConvGeometry> {
    let [batch, channels, height, width] = x;
    let [filters, per_group, kh, kw] = weight;
    let groups = options.groups;
    if groups == 0 || channels != per_group * groups || filters % groups != 0 {
        return Err(shape_error(
            layer,
            format!(
                "{} input channels and filters in {groups} equal groups",
                per_group * groups
            ),
            format!("{channels} channels and {filters} filters"),
        ));
    }
    let along = |kernel| axis(layer, kernel, options.stride, options.padding, options.dilation);
    let axes: [Axis; 2] = [along(kh)?, along(kw)?];
    Ok(ConvGeometry {
        batch,
        channels,
        filters,
        groups,
        input: [height, width],
        output: output_size(layer, axes, [height, width])?,
        axes,
    })
}

/// Convolution on the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu, T>,
    weight: Tensor4<Cpu>,
    bias: Option<Tensor<(usize,), f32, Cpu>>,
    g: ConvGeometry,
    relu: bool,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (xs, ws) = (values(&x)?, values(&weight)?);
    let bs = bias.as_ref().map(values).transpose()?;
    let then = Then::Store {
        bias: bs.as_deref(),
        relu,
    };
    let out = correlated(&g, &xs, &ws, then);
    let y = x
        .device()
        .try_tensor_from_vec(out, dynamic(g.batch, g.filters, g.output))?;
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let kept = relu.then(|| values(&y)).transpose()?;
    let (x, y_ghost, asked) = (x.ghost(), y.ghost(), !Unasked::is(&xs));
    // An explanation asks for no gradient of weights.
    let explains = super::trace::tracing();
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let masked = kept.map(|y| mask(&dy, &y));
        let dz = masked.as_deref().unwrap_or(&dy);
        if asked {
            spread(&g, dz, &ws, gradients.get_or_alloc_mut(&x)?);
        }
        if !explains {
            weight_gradient(&g, &xs, dz, gradients.get_or_alloc_mut(&weight)?);
            if let Some(bias) = &bias {
                sums_of_planes(dz, g.output_pixels(), gradients.get_or_alloc_mut(bias)?);
            }
        }
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// The gradient in front of a ReLU: `dy` where `y > 0`, else zero.
fn mask(dy: &[f32], y: &[f32]) -> Vec<f32> {
    dy.iter().zip(y).map(|(d, y)| if *y > 0.0 { *d } else { 0.0 }).collect()
}
