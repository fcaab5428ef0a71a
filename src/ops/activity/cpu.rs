//! A penalty on what flows through a network, on the CPU.

use dfdx::prelude::*;

use crate::ops::cpu::{restore, take, values};

/// Forward, and the backward pass recorded on the tape. `l1` and `l2` are divided by the batch size already.
pub(crate) fn penalize_activity<T: Tape<f32, Cpu>>(
    x: Tensor<(usize,), f32, Cpu, T>,
    l1: f32,
    l2: f32,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let xs = values(&x)?;
    let y = x.device().try_tensor_from_vec(xs.to_vec(), *x.shape())?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(&xs, &dy, gradients.get_or_alloc_mut(&x)?, l1, l2);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// `dx += dy + l1 * sign(x) + 2 * l2 * x`.
fn backward(x: &[f32], dy: &[f32], dx: &mut [f32], l1: f32, l2: f32) {
    for ((dx, dy), x) in dx.iter_mut().zip(dy).zip(x) {
        let sign = f32::from(*x > 0.0) - f32::from(*x < 0.0);
        *dx += dy + l1 * sign + 2.0 * l2 * x;
    }
}
