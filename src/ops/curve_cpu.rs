//! Activations on the CPU whose slope cannot be told from their result: they keep what they were given.

use dfdx::prelude::*;
use rayon::prelude::*;

use super::Activation;
use super::autograd::{restore, take, values};
use super::curve;

/// Numbers that one task works through.
const CHUNK: usize = 1 << 13;

/// Forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    x: Tensor<(usize,), f32, Cpu, T>,
    activation: Activation,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let kept = values(&x)?;
    let y = x.device().try_tensor_from_vec(forward(activation, &kept), *x.shape())?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(activation, &kept, &dy, gradients.get_or_alloc_mut(&x)?);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

fn forward(activation: Activation, x: &[f32]) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    y.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(y, x)| {
        for (y, x) in y.iter_mut().zip(x) {
            *y = curve::value(activation, *x);
        }
    });
    y
}

/// Adds `dy * f'(x)` to `dx`.
fn backward(activation: Activation, x: &[f32], dy: &[f32], dx: &mut [f32]) {
    let chunks = dx
        .par_chunks_mut(CHUNK)
        .zip(x.par_chunks(CHUNK))
        .zip(dy.par_chunks(CHUNK));
    chunks.for_each(|((dx, x), dy)| {
        for ((dx, x), dy) in dx.iter_mut().zip(x).zip(dy) {
            *dx += *dy * curve::slope(activation, *x);
        }
    });
}
