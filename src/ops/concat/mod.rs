//! Putting feature maps behind each other.

pub(super) mod composed;
pub(super) mod cpu;

use std::fmt::Display;

use dfdx::prelude::*;

use crate::inspect::trace;
use crate::ops::geometry::shape_error;
use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// The channels of `a`, then those of `b`: `(B, C1, H, W)` and `(B, C2, H, W)` to `(B, C1 + C2, H, W)`.
///
/// PyTorch: `torch.cat((a, b), dim=1)`. Taught in notebook 13.
///
/// # Errors
/// [`Error::Shape`] where the two differ in anything but their channels.
pub fn concat_channels<B: Dim, C1: Dim, C2: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D> + Merge<T>>(
    a: Tensor<(B, C1, H, W), f32, D, T>,
    b: Tensor<(B, C2, H, W), f32, D, T>,
) -> Result<Tensor<(B, usize, H, W), f32, D, T>> {
    concat_channels_as(&"concat_channels", a, b)
}

/// [`concat_channels`] in the name of the layer that called it.
pub(crate) fn concat_channels_as<B: Dim, C1: Dim, C2: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D> + Merge<T>>(
    layer: &dyn Display,
    a: Tensor<(B, C1, H, W), f32, D, T>,
    b: Tensor<(B, C2, H, W), f32, D, T>,
) -> Result<Tensor<(B, usize, H, W), f32, D, T>> {
    let (batch, _, h, w) = *a.shape();
    let ([n, c1, y, x], [m, c2, v, u]) = (a.shape().concrete(), b.shape().concrete());
    if [n, y, x] != [m, v, u] {
        return Err(shape_error(
            layer,
            format!("maps of {n} images of {y} x {x} pixels on both sides"),
            format!("{m} images of {v} x {u} pixels on the second"),
        ));
    }
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    let a = a.try_reshape_like(&(n, c1, y, x)).map_err(dfdx)?;
    let b = b.try_reshape_like(&(n, c2, y, x)).map_err(dfdx)?;
    let joined = D::concat_channels(a, b).map_err(dfdx)?;
    let joined = trace::keep(layer, &joined.shape().concrete(), false, joined).map_err(dfdx)?;
    joined.try_reshape_like(&(batch, c1 + c2, h, w)).map_err(dfdx)
}
