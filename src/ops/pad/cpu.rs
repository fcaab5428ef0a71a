//! Zeros around an image, on the CPU.

use dfdx::prelude::*;

use super::padding::Padding;
use crate::ops::cpu::{restore, take, values};
use crate::ops::tensors::Tensor4;

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn zero_pad2d<T: Tape<f32, Cpu>>(x: Tensor4<Cpu, T>, p: Padding) -> Result<Tensor4<Cpu, T>, CpuError> {
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
