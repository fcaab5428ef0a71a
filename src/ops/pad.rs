//! Zeros around an image.

use dfdx::prelude::*;

use super::autograd::{restore, take, values};
use super::{Kernels, Tensor4};
use crate::{Error, Result};

/// Zeros added on each side of an image, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Padding {
    /// Columns before the first.
    pub left: usize,
    /// Columns behind the last.
    pub right: usize,
    /// Rows above the first.
    pub top: usize,
    /// Rows below the last.
    pub bottom: usize,
}

/// Zeros around each image: `(B, C, H, W)` to `(B, C, top + H + bottom, left + W + right)`.
///
/// For padding that is not the same on all sides; convolutions and poolings have a padding of their own.
/// PyTorch: `torch.nn.functional.pad(x, (left, right, top, bottom))`. Taught in notebook 13.
///
/// # Errors
/// Only where memory runs out.
pub fn zero_pad2d<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    padding: Padding,
) -> Result<Tensor<(B, C, usize, usize), f32, D, T>> {
    let (b, c, ..) = *x.shape();
    let [batch, channels, height, width] = x.shape().concrete();
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    let x = x.try_reshape_like(&(batch, channels, height, width)).map_err(dfdx)?;
    let y = D::zero_pad2d(x, padding).map_err(dfdx)?;
    let (_, _, height, width) = *y.shape();
    y.try_reshape_like(&(b, c, height, width)).map_err(dfdx)
}

/// On every device, of dfdx's operations: each side is a concatenation with zeros.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(x: Tensor4<D, T>, p: Padding) -> Result<Tensor4<D, T>, D::Err> {
    let dev = x.device().clone();
    let (b, c, h, _) = *x.shape();
    let zeros = |h: usize, w: usize| dev.try_zeros_like(&(b, c, h, w));
    let x = (zeros(h, p.left)?.retaped::<T>(), x).try_concat_along(Axis::<3>)?;
    let x = (x, zeros(h, p.right)?).try_concat_along(Axis::<3>)?;
    let width = x.shape().3;
    let x = (zeros(p.top, width)?.retaped::<T>(), x).try_concat_along(Axis::<2>)?;
    (x, zeros(p.bottom, width)?).try_concat_along(Axis::<2>)
}

/// On the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(x: Tensor4<Cpu, T>, p: Padding) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let [b, c, h, w] = x.shape().concrete();
    let inner = [h, w];
    let out = forward(&values(&x)?, b * c, inner, p);
    let shape = (b, c, p.top + h + p.bottom, p.left + w + p.right);
    let y = x.device().try_tensor_from_vec(out, shape)?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(&dy, gradients.get_or_alloc_mut(&x)?, inner, p);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Every row of every plane, at its place between the zeros.
fn forward(x: &[f32], planes: usize, [h, w]: [usize; 2], p: Padding) -> Vec<f32> {
    let (height, width) = (p.top + h + p.bottom, p.left + w + p.right);
    let mut y = vec![0.0; planes * height * width];
    for (row, x) in x.chunks(w.max(1)).enumerate() {
        let at = ((row / h) * height + p.top + row % h) * width + p.left;
        y[at..at + w].copy_from_slice(x);
    }
    y
}

/// Adds what stands between the zeros to `dx`.
fn backward(dy: &[f32], dx: &mut [f32], [h, w]: [usize; 2], p: Padding) {
    let (height, width) = (p.top + h + p.bottom, p.left + w + p.right);
    for (row, dx) in dx.chunks_mut(w.max(1)).enumerate() {
        let at = ((row / h) * height + p.top + row % h) * width + p.left;
        for (dx, dy) in dx.iter_mut().zip(&dy[at..at + w]) {
            *dx += *dy;
        }
    }
}
