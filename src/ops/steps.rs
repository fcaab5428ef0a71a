//! From a sequence to one row: its last step, or the mean of all.

use dfdx::prelude::*;

use super::autograd::{restore, take, values};
use super::correlate::add;
use super::parallel::{Pieces, for_each_part, part_size};
use super::recurrent::Tensor3;
use super::{Kernels, Tensor2, probe, trace};
use crate::{Error, Result};

/// The last step of each sequence: `(B, T, N)` to `(B, N)`.
///
/// PyTorch: `x[:, -1]`. Taught in notebook 14.
///
/// # Errors
/// [`Error::Shape`] for sequences without a step.
pub fn last_step<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, N), f32, D, T>,
) -> Result<Tensor<(B, N), f32, D, T>> {
    one_row("LastStep", x, false)
}

/// The mean over the steps of each sequence: `(B, T, N)` to `(B, N)`.
///
/// PyTorch: `x.mean(1)`. Taught in notebook 16.
///
/// # Errors
/// [`Error::Shape`] for sequences without a step.
pub fn mean_steps<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, N), f32, D, T>,
) -> Result<Tensor<(B, N), f32, D, T>> {
    one_row("MeanSteps", x, true)
}

fn one_row<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    name: &str,
    x: Tensor<(B, S, N), f32, D, T>,
    mean: bool,
) -> Result<Tensor<(B, N), f32, D, T>> {
    let (b, _, n) = *x.shape();
    let [batch, steps, width] = x.shape().concrete();
    if steps == 0 {
        return Err(Error::Shape {
            layer: name.to_string(),
            expected: "sequences of at least one step".into(),
            got: format!("{batch} sequences of 0 steps"),
        });
    }
    let run = || -> Result<_, D::Err> {
        let y = D::steps(x.try_reshape_like(&(batch, steps, width))?, mean)?;
        if probe::watching() {
            probe::see(&name, &[batch, width], false, &y.as_vec());
        }
        trace::keep(&name, &[batch, width], false, y)?.try_reshape_like(&(b, n))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// The same, composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(x: Tensor3<D, T>, mean: bool) -> Result<Tensor2<D, T>, D::Err> {
    if mean {
        return x.try_mean::<_, Axis<1>>();
    }
    let last: Tensor<(), usize, D> = x.device().try_tensor_from_vec(vec![x.shape().1 - 1], ())?;
    x.try_permute::<_, Axes3<1, 0, 2>>()?.try_select(last)
}

/// On the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(x: Tensor3<Cpu, T>, mean: bool) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (batch, steps, width) = *x.shape();
    let y = x
        .device()
        .try_tensor_from_vec(forward(&values(&x)?, [batch, steps, width], mean), (batch, width))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(&dy, gradients.get_or_alloc_mut(&x)?, [steps, width], mean);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

fn forward(x: &[f32], [batch, steps, width]: [usize; 3], mean: bool) -> Vec<f32> {
    let mut y = vec![0.0; batch * width];
    if width == 0 {
        return y;
    }
    let part = part_size(batch);
    let pieces = Pieces::new(&mut y, part * width);
    for_each_part(pieces.len(), |i| {
        let mut y = pieces.lock(i);
        let sequences = x.chunks(steps * width).skip(i * part);
        for (y, x) in y.chunks_mut(width).zip(sequences) {
            if mean {
                x.chunks(width).for_each(|x| add(y, x));
                y.iter_mut().for_each(|y| *y /= steps as f32);
            } else {
                y.copy_from_slice(&x[(steps - 1) * width..]);
            }
        }
    });
    drop(pieces);
    y
}

/// To the last step goes `dy`; of a mean each step gets its share.
fn backward(dy: &[f32], dx: &mut [f32], [steps, width]: [usize; 2], mean: bool) {
    if dy.is_empty() {
        return;
    }
    let part = part_size(dy.len() / width);
    let pieces = Pieces::new(dx, part * steps * width);
    for_each_part(pieces.len(), |i| {
        let mut dx = pieces.lock(i);
        let rows = dy.chunks(width).skip(i * part);
        for (dx, dy) in dx.chunks_mut(steps * width).zip(rows) {
            if mean {
                let share = 1.0 / steps as f32;
                for dx in dx.chunks_mut(width) {
                    dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += share * dy);
                }
            } else {
                add(&mut dx[(steps - 1) * width..], dy);
            }
        }
    });
}
