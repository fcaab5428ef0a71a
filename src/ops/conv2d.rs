//! Two-dimensional convolution.

use std::fmt::Display;

use dfdx::prelude::*;
use rayon::prelude::*;

use super::autograd::{restore, take, values};
use super::geometry::{Axis, axis, output_size, shape_error};
use super::im2col::{col2im, im2col};
use super::matmul::{Matrix, matmul};
use super::parallel::{part_size, with_scratch};
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
    let out = forward(&g, &xs, &ws, bs.as_deref(), relu);
    let kept = (T::OWNS_TAPE && relu).then(|| out.clone());
    let y = x
        .device()
        .try_tensor_from_vec(out, dynamic(g.batch, g.filters, g.output))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let mut dy = take!(gradients, &y_ghost);
        let masked = kept.map(|y| mask(&dy, &y));
        let mut dx = take!(gradients, &x);
        let (dw, db) = backward(&g, &xs, &ws, masked.as_deref().unwrap_or(&dy), &mut dx);
        restore!(gradients, &x, dx);
        restore!(gradients, &y_ghost, std::mem::take(&mut dy));
        add(gradients.get_or_alloc_mut(&weight)?, &dw);
        if let Some(bias) = &bias {
            add(gradients.get_or_alloc_mut(bias)?, &db);
        }
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// The gradient in front of a ReLU: `dy` where `y > 0`, else zero.
fn mask(dy: &[f32], y: &[f32]) -> Vec<f32> {
    dy.iter().zip(y).map(|(d, y)| if *y > 0.0 { *d } else { 0.0 }).collect()
}

pub(super) fn add(to: &mut [f32], values: &[f32]) {
    for (t, v) in to.iter_mut().zip(values) {
        *t += *v;
    }
}

/// The sum of `values`, in eight strands that the processor adds at once.
pub(super) fn sum(values: &[f32]) -> f32 {
    let (strands, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for strand in strands {
        for (s, v) in sums.iter_mut().zip(strand) {
            *s += *v;
        }
    }
    sums.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// `y = weight * im2col(x) + bias`, image by image.
fn forward(g: &ConvGeometry, x: &[f32], weight: &[f32], bias: Option<&[f32]>, relu: bool) -> Vec<f32> {
    let (image, result) = (g.channels * g.input_pixels(), g.filters * g.output_pixels());
    let mut y = vec![0.0; g.batch * result];
    if y.is_empty() {
        return y;
    }
    let (group_in, group_out) = (image / g.groups, result / g.groups);
    let group_weight = g.filters_per_group() * g.taps();
    y.par_chunks_mut(result).zip(x.par_chunks(image)).for_each(|(y, x)| {
        with_scratch(g.taps() * g.output_pixels(), |col| {
            for (group, y) in y.chunks_mut(group_out).enumerate() {
                im2col(g, &x[group * group_in..][..group_in], col);
                let w = Matrix::new(&weight[group * group_weight..], g.filters_per_group(), g.taps());
                matmul(y, false, w, Matrix::new(col, g.taps(), g.output_pixels()));
            }
        });
        for (o, plane) in y.chunks_mut(g.output_pixels()).enumerate() {
            let b = bias.map_or(0.0, |b| b[o]);
            for v in plane {
                let sum = *v + b;
                *v = if relu && sum < 0.0 { 0.0 } else { sum };
            }
        }
    });
    y
}

/// The transposes of [`forward`]: adds to `dx`, returns the gradients of weight and bias.
///
/// `dweight = dy * im2col(x)^T` and `dx = col2im(weight^T * dy)`, `dbias` the sum of `dy` over images and pixels.
fn backward(g: &ConvGeometry, x: &[f32], weight: &[f32], dy: &[f32], dx: &mut [f32]) -> (Vec<f32>, Vec<f32>) {
    let (image, result) = (g.channels * g.input_pixels(), g.filters * g.output_pixels());
    let mut sums = (vec![0.0; weight.len()], vec![0.0; g.filters]);
    if image == 0 || result == 0 {
        return sums;
    }
    let part = part_size(g.batch);
    let partial: Vec<_> = dy
        .par_chunks(part * result)
        .zip(x.par_chunks(part * image).zip(dx.par_chunks_mut(part * image)))
        .map(|(dy, (x, dx))| {
            let (mut dw, mut db) = (vec![0.0; weight.len()], vec![0.0; g.filters]);
            for ((dy, x), dx) in dy.chunks(result).zip(x.chunks(image)).zip(dx.chunks_mut(image)) {
                backward_image(g, x, weight, dy, dx, &mut dw);
                for (db, plane) in db.iter_mut().zip(dy.chunks(g.output_pixels())) {
                    *db += sum(plane);
                }
            }
            (dw, db)
        })
        .collect();
    for (dw, db) in &partial {
        add(&mut sums.0, dw);
        add(&mut sums.1, db);
    }
    sums
}

fn backward_image(g: &ConvGeometry, x: &[f32], weight: &[f32], dy: &[f32], dx: &mut [f32], dw: &mut [f32]) {
    let (group_in, group_out) = (x.len() / g.groups, dy.len() / g.groups);
    let group_weight = g.filters_per_group() * g.taps();
    with_scratch(g.taps() * g.output_pixels(), |col| {
        for group in 0..g.groups {
            let pixels = group * group_in..(group + 1) * group_in;
            let filters = group * group_weight..(group + 1) * group_weight;
            let dy = Matrix::new(&dy[group * group_out..], g.filters_per_group(), g.output_pixels());
            im2col(g, &x[pixels.clone()], col);
            let patches = Matrix::new(col, g.taps(), g.output_pixels());
            matmul(&mut dw[filters.clone()], true, dy, patches.transposed());
            let w = Matrix::new(&weight[filters], g.filters_per_group(), g.taps());
            matmul(col, false, w.transposed(), dy);
            col2im(g, col, &mut dx[pixels]);
        }
    });
}
