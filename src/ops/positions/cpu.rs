//! Positions on the CPU.

use dfdx::prelude::*;

use crate::ops::cpu::{add, made_in_parts, restore, share, take, values};
use crate::ops::tensors::{Tensor2, Tensor3};

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn add_positions<T: Tape<f32, Cpu>>(
    x: Tensor3<Cpu, T>,
    rows: Tensor2<Cpu>,
) -> Result<Tensor3<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (_, steps, width) = *x.shape();
    let size = steps * width;
    let y = forward(&values(&x)?, &values(&rows)?[..size]);
    let y = x.device().try_tensor_from_vec(y, *x.shape())?;
    let (x, rows, y_ghost) = (x.ghost(), rows.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        add(gradients.get_or_alloc_mut(&x)?, &dy);
        let drows = &mut gradients.get_or_alloc_mut(&rows)?[..size];
        dy.chunks(size.max(1)).for_each(|dy| add(drows, dy));
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

fn forward(x: &[f32], rows: &[f32]) -> Vec<f32> {
    let size = rows.len().max(1);
    let piece = share(size) * size;
    made_in_parts(x.len(), piece, |i, y| {
        for (y, x) in y.chunks_mut(size).zip(x[i * piece..].chunks(size)) {
            y.copy_from_slice(x);
            add(y, rows);
        }
    })
}
