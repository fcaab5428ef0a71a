//! Putting feature maps behind each other.

use std::fmt::Display;

use dfdx::prelude::*;

use super::autograd::{restore, take, values};
use super::geometry::shape_error;
use super::{Kernels, Tensor4};
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
    let joined = super::trace::keep(layer, &joined.shape().concrete(), false, joined).map_err(dfdx)?;
    joined.try_reshape_like(&(batch, c1 + c2, h, w)).map_err(dfdx)
}

/// On every device, of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D> + Merge<T>>(
    a: Tensor4<D, T>,
    b: Tensor4<D, T>,
) -> Result<Tensor4<D, T>, D::Err> {
    (a, b).try_concat_along(Axis::<1>)
}

/// On the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu> + Merge<T>>(
    a: Tensor4<Cpu, T>,
    b: Tensor4<Cpu, T>,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    let ((a, tape), (b, other)) = (a.split_tape(), b.split_tape());
    let mut tape = tape.merge(other);
    let ([n, c1, h, w], c2) = (a.shape().concrete(), b.shape().1);
    let (left, right) = (c1 * h * w, c2 * h * w);
    let out = forward(&values(&a)?, &values(&b)?, left, right);
    let y = a.device().try_tensor_from_vec(out, (n, c1 + c2, h, w))?;
    let (a, b, y_ghost) = (a.ghost(), b.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(&dy, gradients.get_or_alloc_mut(&a)?, 0, left, right);
        backward(&dy, gradients.get_or_alloc_mut(&b)?, left, right, left);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Image by image: `left` numbers of `a`, then `right` numbers of `b`.
fn forward(a: &[f32], b: &[f32], left: usize, right: usize) -> Vec<f32> {
    let mut y = Vec::with_capacity(a.len() + b.len());
    for (a, b) in a.chunks(left.max(1)).zip(b.chunks(right.max(1))) {
        y.extend_from_slice(a);
        y.extend_from_slice(b);
    }
    y
}

/// The part of `dy` that belongs to one side: `len` numbers from `from` on in every image of `len + other`.
fn backward(dy: &[f32], dx: &mut [f32], from: usize, len: usize, other: usize) {
    for (dx, dy) in dx.chunks_mut(len.max(1)).zip(dy.chunks(len + other)) {
        for (dx, dy) in dx.iter_mut().zip(&dy[from..from + len]) {
            *dx += *dy;
        }
    }
}
