//! Softmax on a GPU.

use dfdx::prelude::*;

use super::launch::{Grid, Launch, Module, args, gradient};
use crate::ops::tensors::Tensor2;

const SOFTMAX: Module = Module {
    name: "softmax",
    source: include_str!("../softmax/cuda.cu"),
};

/// Softmax of each row, or its logarithm: forward, and the backward pass recorded on the tape.
pub(crate) fn softmax<D: Launch, T: Tape<f32, D>>(x: Tensor2<D, T>, log: bool) -> Result<Tensor2<D, T>, D::Err> {
    let (x, mut tape) = x.split_tape();
    let (dev, x_ghost, x) = (x.device().clone(), x.ghost(), x.try_contiguous()?);
    let (rows, columns) = *x.shape();
    D::int(rows * columns)?;
    // A row without numbers has no largest one.
    let rows = if columns == 0 { 0 } else { D::int(rows)? };
    let columns = D::int(columns)?;
    let (y, grid) = (dev.try_zeros_like(x.shape())?, Grid::rows(rows, columns));
    dev.launch(
        &SOFTMAX,
        "softmax_forward",
        grid,
        args![D::at(&x)?, D::at(&y)?, columns, log],
    )?;
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let kept = y.clone();
    tape.add_backward_op(move |gradients| {
        let dy = gradient!(gradients, &kept);
        let dx = gradient!(gradients, &x_ghost);
        dev.launch(
            &SOFTMAX,
            "softmax_input",
            grid,
            args![dy, D::at(&kept)?, dx, columns, log],
        )
    });
    Ok(y.put_tape(tape))
}
