//! Two-dimensional transposed convolution, the layer that makes images larger.

use std::fmt::Display;

use dfdx::prelude::*;

use super::autograd::{restore, take, values};
use super::correlate::{Then, correlate, spread, sums_of_planes, weight_gradient};
use super::geometry::{axis, shape_error};
use super::{ConvGeometry, Kernels, Tensor4};
use crate::{Error, Result};

/// How [`conv_transpose2d`] spreads its filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvTranspose2dOptions {
    /// Pixels of the result from one input pixel to the next.
    pub stride: usize,
    /// Rows and columns cut off each side of the result.
    pub padding: usize,
    /// Rows and columns added at the bottom and at the right; less than `stride` or `dilation`.
    pub output_padding: usize,
    /// Pixels from one tap of the filter to the next.
    pub dilation: usize,
    /// Groups that channels and filters are split into.
    pub groups: usize,
}

impl Default for ConvTranspose2dOptions {
    /// Stride 1, no padding, dilation 1, one group.
    fn default() -> Self {
        Self {
            stride: 1,
            padding: 0,
            output_padding: 0,
            dilation: 1,
            groups: 1,
        }
    }
}

/// Transposed convolution: every input pixel stamps the filter, scaled by its value, onto a larger image.
///
/// It is the gradient of [`conv2d`](super::conv2d) with respect to its input, used forward.
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
    if super::probe::watching() {
        super::probe::see(layer, &y.shape().concrete(), true, &y.as_vec());
    }
    let y = super::trace::keep(layer, &y.shape().concrete(), false, y).map_err(dfdx)?;
    y.try_reshape_like(&(batch, channels, g.input[0], g.input[1]))
        .map_err(dfdx)
}

/// The geometry of the convolution that runs the other way: from the large image (`input`) to the small (`output`).
pub(super) fn geometry(
    layer: &dyn Display,
    x: [usize; 4],
    weight: [usize; 4],
    options: ConvTranspose2dOptions,
) -> Result<ConvGeometry> {
    let [batch, channels, height, width] = x;
    let [filters, per_group, kh, kw] = weight;
    let (groups, extra) = (options.groups, options.output_padding);
    if groups == 0 || channels != filters || filters % groups != 0 {
        let expected = format!("{filters} input channels in {groups} equal groups");
        return Err(shape_error(layer, expected, format!("{channels} channels")));
    }
    let along = |kernel| axis(layer, kernel, options.stride, options.padding, options.dilation);
    let axes = [along(kh)?, along(kw)?];
    if extra >= options.stride.max(options.dilation) {
        return Err(Error::Argument {
            what: format!("{layer}: output padding"),
            expected: "less than the stride or the dilation".into(),
            got: extra.to_string(),
        });
    }
    let mut large = [0; 2];
    for (i, size) in [height, width].into_iter().enumerate() {
        let full = size.saturating_sub(1) * options.stride + axes[i].span() + extra;
        let cut = full
            .checked_sub(2 * options.padding)
            .filter(|&left| left > 0 && size > 0);
        large[i] = cut.ok_or_else(|| {
            let expected = format!("an image that is larger than its padding of {}", options.padding);
            shape_error(layer, expected, format!("{height} x {width} pixels"))
        })?;
    }
    Ok(ConvGeometry {
        batch,
        channels: per_group * groups,
        filters,
        groups,
        input: large,
        output: [height, width],
        axes,
    })
}

/// Transposed convolution on the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu, T>,
    weight: Tensor4<Cpu>,
    bias: Option<Tensor<(usize,), f32, Cpu>>,
    g: ConvGeometry,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (xs, ws) = (values(&x)?, values(&weight)?);
    let mut out = vec![0.0; g.batch * g.channels * g.input_pixels()];
    if let Some(bias) = &bias {
        let bias = values(bias)?;
        let planes = out.chunks_mut(g.input_pixels().max(1)).zip(bias.iter().cycle());
        planes.for_each(|(plane, b)| plane.fill(*b));
    }
    spread(&g, &xs, &ws, &mut out);
    let y = x
        .device()
        .try_tensor_from_vec(out, (g.batch, g.channels, g.input[0], g.input[1]))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        correlate(&g, &dy, &ws, Then::Add, gradients.get_or_alloc_mut(&x)?);
        weight_gradient(&g, &dy, &xs, gradients.get_or_alloc_mut(&weight)?);
        if let Some(bias) = &bias {
            sums_of_planes(&dy, g.input_pixels(), gradients.get_or_alloc_mut(bias)?);
        }
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}
