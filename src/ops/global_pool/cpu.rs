//! Global pooling on the CPU.

use dfdx::prelude::*;

use crate::ops::cpu::{restore, sum, take, values};
use crate::ops::tensors::{Tensor2, Tensor4};

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn avg_pool_global<T: Tape<f32, Cpu>>(x: Tensor4<Cpu, T>) -> Result<Tensor2<Cpu, T>, CpuError> {
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
