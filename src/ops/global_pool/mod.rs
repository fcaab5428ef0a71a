//! The mean of each feature map.

pub(super) mod composed;
pub(super) mod cpu;

use std::fmt::Display;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
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
        let y = trace::keep(layer, &[batch, channels], false, y)?;
        y.try_reshape_like(&(b, c))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
