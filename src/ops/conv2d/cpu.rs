//! Convolution on the CPU.

use dfdx::prelude::*;

use super::products::{Then, correlated, spread, weight_gradient};
use crate::inspect::trace;
use crate::ops::cpu::{Unasked, restore, sums_of_planes, take, values};
use crate::ops::geometry::ConvGeometry;
use crate::ops::tensors::Tensor4;

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn conv2d<T: Tape<f32, Cpu>>(
    x: Tensor4<Cpu, T>,
    weight: Tensor4<Cpu>,
    bias: Option<Tensor<(usize,), f32, Cpu>>,
    g: ConvGeometry,
    relu: bool,
) -> Result<Tensor4<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (xs, ws) = (values(&x)?, values(&weight)?);
    let bs = bias.as_ref().map(values).transpose()?;
    let then = Then::Store {
        bias: bs.as_deref(),
        relu,
    };
    let out = correlated(&g, &xs, &ws, then);
    let y = x
        .device()
        .try_tensor_from_vec(out, (g.batch, g.filters, g.output[0], g.output[1]))?;
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let kept = relu.then(|| values(&y)).transpose()?;
    let (x, y_ghost, asked) = (x.ghost(), y.ghost(), !Unasked::is(&xs));
    // An explanation asks for no gradient of weights.
    let explains = trace::tracing();
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let masked = kept.map(|y| mask(&dy, &y));
        let dz = masked.as_deref().unwrap_or(&dy);
        if asked {
            spread(&g, dz, &ws, gradients.get_or_alloc_mut(&x)?);
        }
        if !explains {
            weight_gradient(&g, &xs, dz, gradients.get_or_alloc_mut(&weight)?);
            if let Some(bias) = &bias {
                sums_of_planes(dz, g.output_pixels(), gradients.get_or_alloc_mut(bias)?);
            }
        }
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// The gradient in front of a ReLU: `dy` where `y > 0`, else zero.
fn mask(dy: &[f32], y: &[f32]) -> Vec<f32> {
    dy.iter().zip(y).map(|(d, y)| if *y > 0.0 { *d } else { 0.0 }).collect()
}
