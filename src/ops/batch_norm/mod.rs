//! Batch normalization.

pub(super) mod composed;
pub(super) mod cpu;
mod cpu_sums;
mod stats;

use std::fmt::Display;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::geometry::shape_error;
use crate::ops::kernels::Kernels;
use crate::ops::tensors::{Tensor1, Tensor4};
use crate::{Error, Result};
pub use stats::ChannelStats;

/// Batch normalization in training: each channel gets mean 0 and variance 1 over the batch, then a scale and a shift.
///
/// `y[b, c, i, j] = weight[c] * (x[b, c, i, j] - mean[c]) / sqrt(variance[c] + eps) + bias[c]`; mean and variance
/// depend on `x`, and the gradient knows it. They are returned too, for [`ChannelStats::update`].
///
/// - `x` and result: `(B, C, H, W)`
/// - `weight`, `bias`: `(C,)`
///
/// Ioffe & Szegedy 2015, arXiv:1502.03167. PyTorch: `torch.nn.functional.batch_norm(..., training=True)`. Taught in
/// notebook 08.
///
/// # Errors
/// [`Error::Shape`] where a channel of the batch has fewer than two numbers: their variance says nothing.
pub fn batch_norm<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    weight: &Tensor<(C,), f32, D>,
    bias: &Tensor<(C,), f32, D>,
    eps: f32,
) -> Result<(Tensor<(B, C, H, W), f32, D, T>, ChannelStats)> {
    batch_norm_as(&"batch_norm", x, weight, bias, eps)
}

/// [`batch_norm`] in the name of the layer that called it.
pub(crate) fn batch_norm_as<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    layer: &dyn Display,
    x: Tensor<(B, C, H, W), f32, D, T>,
    weight: &Tensor<(C,), f32, D>,
    bias: &Tensor<(C,), f32, D>,
    eps: f32,
) -> Result<(Tensor<(B, C, H, W), f32, D, T>, ChannelStats)> {
    let shape = *x.shape();
    let sizes = Sizes::check(layer, shape.concrete(), bias.shape().concrete()[0], 2)?;
    let run = || -> Result<_, D::Err> {
        let (x, weight, bias) = sizes.dynamic(x, weight, bias)?;
        let (y, mean, variance) = D::batch_norm(x, weight, bias, eps)?;
        if probe::watching() {
            probe::see(layer, &sizes.shape, false, &y.as_vec());
        }
        let stats = ChannelStats {
            mean: mean.as_vec(),
            variance: variance.as_vec(),
            count: sizes.count(),
        };
        Ok((y.try_reshape_like(&shape)?, stats))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// Batch normalization in evaluation: as [`batch_norm`], with a `mean` and `variance` that were measured before.
///
/// - `x` and result: `(B, C, H, W)`
/// - `weight`, `bias`, `mean`, `variance`: `(C,)`
///
/// PyTorch: `torch.nn.functional.batch_norm(..., training=False)`. Taught in notebook 08.
///
/// # Errors
/// [`Error::Shape`] where the number of channels differs.
pub fn batch_norm_eval<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    weight: &Tensor<(C,), f32, D>,
    bias: &Tensor<(C,), f32, D>,
    mean: &Tensor<(C,), f32, D>,
    variance: &Tensor<(C,), f32, D>,
    eps: f32,
) -> Result<Tensor<(B, C, H, W), f32, D, T>> {
    let shape = *x.shape();
    let sizes = Sizes::check(&"batch_norm_eval", shape.concrete(), bias.shape().concrete()[0], 0)?;
    let run = || -> Result<_, D::Err> {
        let (x, weight, bias) = sizes.dynamic(x, weight, bias)?;
        let mean = mean.clone().try_reshape_like(&(sizes.channels,))?;
        let variance = variance.clone().try_reshape_like(&(sizes.channels,))?;
        let y = D::batch_norm_eval(x, weight, bias, mean, variance, eps)?;
        if probe::watching() {
            let name = format_args!("BatchNorm<{}>", sizes.channels);
            probe::see(&name, &sizes.shape, false, &y.as_vec());
        }
        let y = trace::keep(&format_args!("BatchNorm<{}>", sizes.channels), &sizes.shape, false, y)?;
        y.try_reshape_like(&shape)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// How a batch is laid out: `images` times `channels` planes of `pixels` numbers.
#[derive(Clone, Copy)]
struct Sizes {
    images: usize,
    channels: usize,
    pixels: usize,
    shape: [usize; 4],
}

impl Sizes {
    fn check(layer: &dyn Display, shape: [usize; 4], channels: usize, least: usize) -> Result<Self> {
        let sizes = Self {
            images: shape[0],
            channels: shape[1],
            pixels: shape[2] * shape[3],
            shape,
        };
        if channels != sizes.channels {
            let got = format!("{} channels", sizes.channels);
            return Err(shape_error(layer, format!("{channels} channels"), got));
        }
        if sizes.count() < least {
            let expected =
                "more than one number per channel in training; choose a batch size that leaves no sample alone";
            return Err(shape_error(layer, expected, format!("a batch of shape {shape:?}")));
        }
        Ok(sizes)
    }

    /// Numbers per channel.
    fn count(&self) -> usize {
        self.images * self.pixels
    }

    /// The tensors with sizes known at run time: what is compiled once per network stays small.
    fn dynamic<S: Shape, C: Dim, D: Kernels, T: Tape<f32, D>>(
        &self,
        x: Tensor<S, f32, D, T>,
        weight: &Tensor<(C,), f32, D>,
        bias: &Tensor<(C,), f32, D>,
    ) -> Result<(Tensor4<D, T>, Tensor1<D>, Tensor1<D>), D::Err> {
        let [b, c, h, w] = self.shape;
        let x = x.try_reshape_like(&(b, c, h, w))?;
        let weight = weight.clone().try_reshape_like(&(c,))?;
        Ok((x, weight, bias.clone().try_reshape_like(&(c,))?))
    }
}
