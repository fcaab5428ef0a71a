//! From a sequence to one row, on the CPU.

use std::sync::Arc;

use dfdx::prelude::*;

use crate::ops::cpu::{Pieces, add, for_each_part, part_size, restore, take, values};
use crate::ops::tensors::{Tensor2, Tensor3};

/// Forward, and the backward pass recorded on the tape. Without `lengths`, all steps are real.
pub(crate) fn steps<T: Tape<f32, Cpu>>(
    x: Tensor3<Cpu, T>,
    lengths: Option<Arc<[usize]>>,
    mean: bool,
) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (batch, steps, width) = *x.shape();
    let real = move |sample: usize| lengths.as_ref().map_or(steps, |lengths| lengths[sample]);
    let y = forward(&values(&x)?, [batch, steps, width], &real, mean);
    let y = x.device().try_tensor_from_vec(y, (batch, width))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(&dy, gradients.get_or_alloc_mut(&x)?, [steps, width], &real, mean);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// A sequence without a real step gives zeros.
fn forward(
    x: &[f32],
    [batch, steps, width]: [usize; 3],
    real: &(dyn Fn(usize) -> usize + Sync),
    mean: bool,
) -> Vec<f32> {
    let mut y = vec![0.0; batch * width];
    if width == 0 || steps == 0 {
        return y;
    }
    let part = part_size(batch);
    let pieces = Pieces::new(&mut y, part * width);
    for_each_part(pieces.len(), |i| {
        let mut y = pieces.lock(i);
        let sequences = x.chunks(steps * width).enumerate().skip(i * part);
        for (y, (sample, x)) in y.chunks_mut(width).zip(sequences) {
            let n = real(sample);
            if mean && n > 0 {
                x.chunks(width).take(n).for_each(|x| add(y, x));
                y.iter_mut().for_each(|y| *y /= n as f32);
            } else if n > 0 {
                y.copy_from_slice(&x[(n - 1) * width..n * width]);
            }
        }
    });
    drop(pieces);
    y
}

/// To the last real step goes `dy`; of a mean each real step gets its share.
fn backward(
    dy: &[f32],
    dx: &mut [f32],
    [steps, width]: [usize; 2],
    real: &(dyn Fn(usize) -> usize + Sync),
    mean: bool,
) {
    if dy.is_empty() || steps == 0 {
        return;
    }
    let part = part_size(dy.len() / width);
    let pieces = Pieces::new(dx, part * steps * width);
    for_each_part(pieces.len(), |i| {
        let mut dx = pieces.lock(i);
        let rows = dy.chunks(width).enumerate().skip(i * part);
        for (dx, (sample, dy)) in dx.chunks_mut(steps * width).zip(rows) {
            let n = real(sample);
            if mean && n > 0 {
                let share = 1.0 / n as f32;
                for dx in dx.chunks_mut(width).take(n) {
                    dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += share * dy);
                }
            } else if n > 0 {
                add(&mut dx[(n - 1) * width..n * width], dy);
            }
        }
    });
}
