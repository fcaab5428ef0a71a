//! What recurrent layers know at last, on the CPU.

use dfdx::prelude::*;

use crate::ops::cpu::{add, restore, take, values};
use crate::ops::tensors::{Tensor2, Tensor3};

/// Forward, and the backward pass recorded on the tape. `rows` holds for each sequence and each part of a row the step it
/// is taken from.
pub(crate) fn last_state<T: Tape<f32, Cpu>>(
    x: Tensor3<Cpu, T>,
    rows: Vec<Vec<usize>>,
) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (batch, steps, width) = *x.shape();
    let places = places(&rows, steps, width);
    let mut y = vec![0.0; batch * width];
    let xs = values(&x)?;
    for (to, from, len) in &places {
        y[*to..][..*len].copy_from_slice(&xs[*from..][..*len]);
    }
    drop(xs);
    let y = x.device().try_tensor_from_vec(y, (batch, width))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let dx = gradients.get_or_alloc_mut(&x)?;
        for (to, from, len) in &places {
            add(&mut dx[*from..][..*len], &dy[*to..][..*len]);
        }
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// What is copied: to where, from where, and how many numbers.
fn places(rows: &[Vec<usize>], steps: usize, width: usize) -> Vec<(usize, usize, usize)> {
    let mut places = Vec::new();
    for (sample, rows) in rows.iter().enumerate() {
        let part = width / rows.len();
        for (i, step) in rows.iter().enumerate().filter(|(_, step)| **step < steps) {
            let from = (sample * steps + step) * width + i * part;
            places.push((sample * width + i * part, from, part));
        }
    }
    places
}
