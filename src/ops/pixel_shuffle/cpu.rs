//! Channels laid out as pixels, on the CPU.

use dfdx::prelude::*;

use crate::ops::cpu::{restore, take, values};
use crate::ops::tensors::Tensor4;

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn pixel_shuffle<T: Tape<f32, Cpu>>(x: Tensor4<Cpu, T>, r: usize) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let [b, c, h, w] = x.shape().concrete();
    let c = c / (r * r);
    let mut out = vec![0.0; b * c * r * h * r * w];
    rows(r, [h, w], values(&x)?.chunks(w.max(1)), |at, row| {
        out[at..].iter_mut().step_by(r).zip(row).for_each(|(y, x)| *y = *x);
    });
    let y = x.device().try_tensor_from_vec(out, (b, c, r * h, r * w))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let dx = gradients.get_or_alloc_mut(&x)?;
        rows(r, [h, w], dx.chunks_mut(w.max(1)), |at, row| {
            row.iter_mut()
                .zip(dy[at..].iter().step_by(r))
                .for_each(|(dx, dy)| *dx += *dy);
        });
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Each row of the small images, with the place of its first pixel in the large one; the others stand `r` apart.
fn rows<Row>(r: usize, [h, w]: [usize; 2], all: impl Iterator<Item = Row>, mut each: impl FnMut(usize, Row)) {
    for (number, row) in all.enumerate() {
        let (channel, i) = (number / h, number % h);
        let (large, inner) = (channel / (r * r), channel % (r * r));
        each(((large * h + i) * r + inner / r) * r * w + inner % r, row);
    }
}
