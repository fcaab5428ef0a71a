//! A number added to each map, on the CPU, in the memory of the maps where nobody else holds it.

use dfdx::prelude::*;
use rayon::prelude::*;

use crate::ops::cpu::{add, restore, share, take, to_overwrite, values, values_mut};
use crate::ops::tensors::{Tensor2, Tensor4};

/// Forward, and the backward pass recorded on the tape. In place, `x` and `y` go by one name, and so do their gradients.
pub(crate) fn add_channels<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu, T>,
    rows: Tensor2<Cpu>,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let plane = (x.shape().2 * x.shape().3).max(1);
    let x_ghost = x.ghost();
    let (mut y, in_place) = to_overwrite(x)?;
    forward(values_mut(&mut y), &values(&rows)?, plane);
    let (rows, y_ghost) = (rows.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(&dy, gradients.get_or_alloc_mut(&rows)?, plane);
        if !in_place {
            add(gradients.get_or_alloc_mut(&x_ghost)?, &dy);
        }
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// `y[map] += row` for each map and its number.
fn forward(y: &mut [f32], rows: &[f32], plane: usize) {
    let maps = y.par_chunks_mut(plane).zip(rows.par_iter());
    maps.with_min_len(share(plane)).for_each(|(map, row)| {
        map.iter_mut().for_each(|y| *y += row);
    });
}

/// The gradient of a number is the sum over its map.
fn backward(dy: &[f32], drows: &mut [f32], plane: usize) {
    let maps = drows.par_iter_mut().zip(dy.par_chunks(plane));
    maps.with_min_len(share(plane)).for_each(|(row, map)| {
        *row += crate::ops::cpu::sum(map);
    });
}
