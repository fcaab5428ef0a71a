//! Pooling on a GPU.

use dfdx::prelude::*;

use super::launch::{Address, Grid, Launch, Module, args, gradient};
use crate::ops::geometry::PoolGeometry;
use crate::ops::pool2d::options::PoolKind;
use crate::ops::tensors::Tensor4;

const POOL: Module = Module {
    name: "pool2d",
    source: include_str!("../pool2d/cuda.cu"),
};

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn pool2d<D: Launch, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    kind: PoolKind,
    g: PoolGeometry,
) -> Result<Tensor4<D, T>, D::Err> {
    let (x, mut tape) = x.split_tape();
    let (dev, x_ghost, x) = (x.device().clone(), x.ghost(), x.try_contiguous()?);
    let fields = fields::<D>(&g)?;
    let y = dev.try_zeros_like(&(g.batch, g.channels, g.output[0], g.output[1]))?;
    let outputs = Grid::each(D::int(g.batch * g.channels * g.output_pixels())?);
    let (x_at, y_at) = (D::at(&x)?, D::at(&y)?);
    let kept = T::OWNS_TAPE && kind != PoolKind::Avg;
    let mut winners = kept
        .then(|| dev.memory(g.batch * g.channels * g.output_pixels()))
        .transpose()?;
    let winners_at = winners.as_mut().map_or(Address::NONE, D::at_buffer);
    match kind {
        PoolKind::Avg => dev.launch(&POOL, "pool_mean", outputs, args![x_at, y_at, &fields[..]])?,
        _ => {
            let args = args![x_at, y_at, winners_at, &fields[..], kind == PoolKind::Min];
            dev.launch(&POOL, "pool_extreme", outputs, args)?;
        }
    }
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let (y_ghost, inputs) = (y.ghost(), Grid::each(D::int(g.batch * g.channels * g.input_pixels())?));
    tape.add_backward_op(move |gradients| {
        let dy = gradient!(gradients, &y_ghost);
        let dx = gradient!(gradients, &x_ghost);
        match winners.as_mut().map(D::at_buffer) {
            None => dev.launch(&POOL, "pool_mean_input", inputs, args![dy, dx, &fields[..]]),
            Some(at) => dev.launch(&POOL, "pool_extreme_input", inputs, args![dy, at, dx, &fields[..]]),
        }
    });
    Ok(y.put_tape(tape))
}

/// The struct `Pool` of the kernels.
fn fields<D: Launch>(g: &PoolGeometry) -> Result<[i32; 8], D::Err> {
    let sizes = [
        g.batch * g.channels,
        g.input[0],
        g.input[1],
        g.output[0],
        g.output[1],
        g.axis.kernel,
        g.axis.stride,
        g.axis.padding,
    ];
    let mut fields = [0; 8];
    for (field, size) in fields.iter_mut().zip(sizes) {
        *field = D::int(size)?;
    }
    Ok(fields)
}
