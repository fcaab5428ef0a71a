//! Looking rows up, on a GPU.

use std::sync::Arc;

use dfdx::prelude::*;

use super::launch::{Grid, Launch, Module, args, gradient};
use crate::ops::embedding::places::Places;
use crate::ops::tensors::Tensor2;

const EMBEDDING: Module = Module {
    name: "embedding",
    source: include_str!("../embedding/cuda.cu"),
};

/// Forward, and the backward pass recorded on the tape. `ids` have no gradient.
///
/// Where each row of the table was read, the CPU sorts out, which has the numbers at hand: so every sum has its order.
pub(crate) fn embedding<D: Launch, T: Tape<f32, D>>(
    ids: Tensor<(usize,), f32, D, T>,
    rows: Arc<[usize]>,
    weight: Tensor2<D>,
    padding: Option<usize>,
) -> Result<Tensor2<D, T>, D::Err> {
    let (ids, mut tape) = ids.split_tape();
    let dev = ids.device().clone();
    let (weight_ghost, weight) = (weight.ghost(), weight.try_contiguous()?);
    let (vocabulary, width) = *weight.shape();
    let (n, all) = (D::int(rows.len() * width)?, D::int(vocabulary * width)?);
    let (y, width) = (dev.try_zeros_like(&(rows.len(), width))?, D::int(width)?);
    let read = dev.ints(&rows)?;
    let args = args![D::at(&read)?, D::at(&weight)?, D::at(&y)?, n, width];
    dev.launch(&EMBEDDING, "embedding_forward", Grid::each(n), args)?;
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let y_ghost = y.ghost();
    tape.add_backward_op(move |gradients| {
        let places = Places::new(&rows, vocabulary, padding);
        let (starts, places) = (dev.ints(&places.starts)?, dev.ints(&places.places)?);
        let dy = gradient!(gradients, &y_ghost);
        let dweight = gradient!(gradients, &weight_ghost);
        let args = args![dy, D::at(&starts)?, D::at(&places)?, dweight, all, width];
        dev.launch(&EMBEDDING, "embedding_weight", Grid::each(all), args)
    });
    Ok(y.put_tape(tape))
}
