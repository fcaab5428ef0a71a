//! Batch normalization.

use std::fmt::Display;

use dfdx::prelude::*;

use super::geometry::shape_error;
use super::{Kernels, Tensor1, Tensor4};
use crate::{Error, Result};

/// Mean and variance of each channel of a batch, over all images and pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelStats {
    /// One mean per channel.
    pub mean: Vec<f32>,
    /// One variance per channel, the mean of `(x - mean)^2`.
    pub variance: Vec<f32>,
    /// The numbers behind each mean: images times pixels.
    pub count: usize,
}

impl ChannelStats {
    /// Moves running statistics a step of size `momentum` towards these: `r = (1 - momentum) r + momentum s`.
    ///
    /// The running variance follows `variance * count / (count - 1)`, the estimate without bias, as in PyTorch.
    pub fn update<C: Dim, D: Kernels>(
        &self,
        running_mean: &mut Tensor<(C,), f32, D>,
        running_var: &mut Tensor<(C,), f32, D>,
        momentum: f32,
    ) {
        let unbiased = self.count as f32 / (self.count as f32 - 1.0);
        let toward = |running: &mut Tensor<(C,), f32, D>, batch: &[f32], factor: f32| {
            let old = running.as_vec();
            let mix = |(r, s): (&f32, &f32)| (1.0 - momentum) * r + momentum * factor * s;
            running.copy_from(&old.iter().zip(batch).map(mix).collect::<Vec<f32>>());
        };
        toward(running_mean, &self.mean, 1.0);
        toward(running_var, &self.variance, unbiased);
    }
}

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
        if super::probe::watching() {
            super::probe::see(layer, &sizes.shape, false, &y.as_vec());
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
        if super::probe::watching() {
            let name = format_args!("BatchNorm<{}>", sizes.channels);
            super::probe::see(&name, &sizes.shape, false, &y.as_vec());
        }
        let y = super::trace::keep(&format_args!("BatchNorm<{}>", sizes.channels), &sizes.shape, false, y)?;
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

type Axes023 = Axes3<0, 2, 3>;

/// [`batch_norm`], composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    weight: Tensor1<D>,
    bias: Tensor1<D>,
    eps: f32,
) -> Result<(Tensor4<D, T>, Tensor1<D>, Tensor1<D>), D::Err> {
    let shape = *x.shape();
    let mean = x.retaped::<T>().try_mean::<(usize,), Axes023>()?;
    let kept_mean = mean.retaped::<NoneTape>();
    let centered = x.try_sub(mean.try_broadcast_like::<_, Axes023>(&shape)?)?;
    let variance = centered.retaped::<T>().try_square()?.try_mean::<(usize,), Axes023>()?;
    let kept_variance = variance.retaped::<NoneTape>();
    let scale = weight.retaped::<T>().try_div(variance.try_add(eps)?.try_sqrt()?)?;
    let y = centered.try_mul(scale.try_broadcast_like::<_, Axes023>(&shape)?)?;
    let bias = bias.retaped::<T>().try_broadcast_like::<_, Axes023>(&shape)?;
    Ok((y.try_add(bias)?, kept_mean, kept_variance))
}

/// [`batch_norm_eval`], composed of dfdx's operations.
pub(super) fn composed_eval<D: Kernels, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    weight: Tensor1<D>,
    bias: Tensor1<D>,
    mean: Tensor1<D>,
    variance: Tensor1<D>,
    eps: f32,
) -> Result<Tensor4<D, T>, D::Err> {
    let shape = *x.shape();
    let mean = mean.retaped::<T>().try_broadcast_like::<_, Axes023>(&shape)?;
    let scale = weight.retaped::<T>().try_div(variance.try_add(eps)?.try_sqrt()?)?;
    let bias = bias.retaped::<T>().try_broadcast_like::<_, Axes023>(&shape)?;
    let y = x
        .try_sub(mean)?
        .try_mul(scale.try_broadcast_like::<_, Axes023>(&shape)?)?;
    y.try_add(bias)
}

#[cfg(test)]
mod tests {
    use super::super::batch_norm_cpu;
    use super::*;

    type Taped = Tensor4<Cpu, OwnedTape<f32, Cpu>>;

    fn close(a: &[f32], b: &[f32]) {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() <= 1e-4 * (1.0 + a.abs()), "{a} against {b}");
        }
    }

    #[test]
    fn the_composed_form_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(6);
        for shape in [(3, 4, 5, 6), (9, 5, 1, 1)] {
            let x: Tensor4<Cpu> = dev.sample_normal_like(&shape);
            let dy: Tensor4<Cpu> = dev.sample_normal_like(&shape);
            let [weight, bias, mean]: [Tensor1<Cpu>; 3] = std::array::from_fn(|_| dev.sample_normal_like(&(shape.1,)));
            let variance = mean.clone().square() + 0.5;
            let (w, b, m, v) = (|| weight.clone(), || bias.clone(), || mean.clone(), || variance.clone());
            let compare = |kernel: Taped, composed: Taped| {
                close(&kernel.as_vec(), &composed.as_vec());
                let [a, c] = [kernel, composed].map(|y| (y * dy.clone()).sum().backward());
                close(&a.get(&x).as_vec(), &c.get(&x).as_vec());
                close(&a.get(&weight).as_vec(), &c.get(&weight).as_vec());
                close(&a.get(&bias).as_vec(), &c.get(&bias).as_vec());
            };
            let kernel = batch_norm_cpu::train(x.leaky_trace(), w(), b(), 1e-3).expect("memory");
            let composed = composed(x.leaky_trace(), w(), b(), 1e-3).expect("memory");
            close(&kernel.1.as_vec(), &composed.1.as_vec());
            close(&kernel.2.as_vec(), &composed.2.as_vec());
            compare(kernel.0, composed.0);
            compare(
                batch_norm_cpu::eval(x.leaky_trace(), w(), b(), m(), v(), 1e-3).expect("memory"),
                composed_eval(x.leaky_trace(), w(), b(), m(), v(), 1e-3).expect("memory"),
            );
        }
    }
}
