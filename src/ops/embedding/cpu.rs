//! Looking rows up, on the CPU.

use std::sync::Arc;

use dfdx::prelude::*;

use super::places::Places;
use crate::ops::cpu::{Pieces, add, for_each_part, made_in_parts, restore, share, take, values};
use crate::ops::tensors::Tensor2;

/// Forward, and the backward pass recorded on the tape. `ids` have no gradient.
pub(crate) fn embedding<T: Tape<f32, Cpu>>(
    ids: Tensor<(usize,), f32, Cpu, T>,
    rows: Arc<[usize]>,
    weight: Tensor2<Cpu>,
    padding: Option<usize>,
) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (ids, mut tape) = ids.split_tape();
    let (vocabulary, width) = *weight.shape();
    let y = forward(&rows, &values(&weight)?, width);
    let y = ids.device().try_tensor_from_vec(y, (rows.len(), width))?;
    if T::OWNS_TAPE {
        let y_ghost = y.ghost();
        tape.add_backward_op(move |gradients| {
            let dy = take!(gradients, &y_ghost);
            let places = Places::new(&rows, vocabulary, padding);
            backward(&places, &dy, gradients.get_or_alloc_mut(&weight)?, width);
            restore!(gradients, &y_ghost, dy);
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

fn forward(rows: &[usize], weight: &[f32], width: usize) -> Vec<f32> {
    let part = share(width);
    made_in_parts(rows.len() * width, part * width, |i, y| {
        let rows = rows[i * part..].iter();
        for (y, row) in y.chunks_mut(width.max(1)).zip(rows) {
            y.copy_from_slice(&weight[row * width..][..width]);
        }
    })
}

/// Each row of the table gets the sum of what came to the places where it was read.
///
/// The table is what is cut into parts, not the batch: a row belongs to one thread, which adds in the order of the places.
fn backward(places: &Places, dy: &[f32], dweight: &mut [f32], width: usize) {
    if dy.is_empty() {
        return;
    }
    let part = share(width);
    let pieces = Pieces::new(dweight, part * width);
    for_each_part(pieces.len(), |i| {
        let mut dweight = pieces.lock(i);
        for (row, dweight) in dweight.chunks_mut(width).enumerate() {
            for place in places.of(i * part + row) {
                add(dweight, &dy[place * width..][..width]);
            }
        }
    });
}
