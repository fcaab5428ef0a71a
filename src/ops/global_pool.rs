//! The mean of each feature map.

use std::fmt::Display;

use dfdx::prelude::*;

use super::autograd::{restore, take, values};
use super::correlate::sum;
use super::{Kernels, Tensor2, Tensor4, probe};
use crate::{Error, Result};

/// The mean of each map of each image: `(B, C, H, W)` to `(B, C)`.
///
/// PyTorch: `torch.nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)`. Lin, Chen & Yan 2014, *Network In Network*,
/// arXiv:1312.4400. Taught in notebook 11.
///
/// # Errors
/// [`Error::Shape`] for maps without a pixel.
pub fn avg_pool_global<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
) -> Result<Tensor<(B, C), f32, D, T>> {
    avg_pool_global_as(&"avg_pool_global", x)
}

/// [`avg_pool_global`] in the name of the layer that called it.
pub(crate) fn avg_pool_global_as<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    layer: &dyn Display,
    x: Tensor<(B, C, H, W), f32, D, T>,
) -> Result<Tensor<(B, C), f32, D, T>> {
    let (b, c, ..) = *x.shape();
    let [batch, channels, height, width] = x.shape().concrete();
    if height * width == 0 {
        return Err(Error::Shape {
            layer: layer.to_string(),
            expected: "maps of at least one pixel".into(),
            got: format!("{height} x {width} pixels"),
        });
    }
    let run = || -> Result<_, D::Err> {
        let y = D::avg_pool_global(x.try_reshape_like(&(batch, channels, height, width))?)?;
        if probe::watching() {
            probe::see(layer, &[batch, channels], false, &y.as_vec());
        }
        let y = super::trace::keep(layer, &[batch, channels], false, y)?;
        y.try_reshape_like(&(b, c))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// The same, composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(x: Tensor4<D, T>) -> Result<Tensor2<D, T>, D::Err> {
    let (batch, channels, height, width) = *x.shape();
    x.try_reshape_like(&(batch, channels, height * width))?
        .try_mean::<_, Axis<2>>()
}

/// Global pooling on the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(x: Tensor4<Cpu, T>) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (batch, channels, height, width) = *x.shape();
    let pixels = height * width;
    let y = x
        .device()
        .try_tensor_from_vec(forward(&values(&x)?, pixels), (batch, channels))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(&dy, gradients.get_or_alloc_mut(&x)?, pixels);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// `y[b, c] = mean over i, j of x[b, c, i, j]`
fn forward(x: &[f32], pixels: usize) -> Vec<f32> {
    x.chunks_exact(pixels).map(|map| sum(map) / pixels as f32).collect()
}

/// `dx[b, c, i, j] += dy[b, c] / (H * W)`
fn backward(dy: &[f32], dx: &mut [f32], pixels: usize) {
    for (dy, dx) in dy.iter().zip(dx.chunks_exact_mut(pixels)) {
        let share = dy / pixels as f32;
        dx.iter_mut().for_each(|dx| *dx += share);
    }
}
