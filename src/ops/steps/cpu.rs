//! From a sequence to one row, on the CPU.

use dfdx::prelude::*;

use crate::ops::cpu::{Pieces, add, for_each_part, part_size, restore, take, values};
use crate::ops::tensors::{Tensor2, Tensor3};

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn steps<T: Tape<f32, Cpu>>(x: Tensor3<Cpu, T>, mean: bool) -> Result<Tensor2<Cpu, T>, CpuError> {
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
