//! Transposed convolution on the CPU: the products of a convolution the other way round.

use dfdx::prelude::*;

use crate::ops::conv2d::products::{Then, correlate, spread, weight_gradient};
use crate::ops::cpu::{restore, sums_of_planes, take, values};
use crate::ops::geometry::ConvGeometry;
use crate::ops::tensors::Tensor4;

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn conv_transpose2d<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu, T>,
    weight: Tensor4<Cpu>,
    bias: Option<Tensor<(usize,), f32, Cpu>>,
    g: ConvGeometry,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (xs, ws) = (values(&x)?, values(&weight)?);
    let mut out = vec![0.0; g.batch * g.channels * g.input_pixels()];
    if let Some(bias) = &bias {
        let bias = values(bias)?;
        let planes = out.chunks_mut(g.input_pixels().max(1)).zip(bias.iter().cycle());
        planes.for_each(|(plane, b)| plane.fill(*b));
    }
    spread(&g, &xs, &ws, &mut out);
    let y = x
        .device()
        .try_tensor_from_vec(out, (g.batch, g.channels, g.input[0], g.input[1]))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        correlate(&g, &dy, &ws, Then::Add, gradients.get_or_alloc_mut(&x)?);
        weight_gradient(&g, &dy, &xs, gradients.get_or_alloc_mut(&weight)?);
        if let Some(bias) = &bias {
            sums_of_planes(&dy, g.input_pixels(), gradients.get_or_alloc_mut(bias)?);
        }
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}
