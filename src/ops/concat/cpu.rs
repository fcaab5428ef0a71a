//! Feature maps behind each other, on the CPU.

use dfdx::prelude::*;

use crate::ops::cpu::{restore, take, values};
use crate::ops::tensors::Tensor4;

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn concat_channels<T: Tape<f32, Cpu> + Merge<T>>(
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
