//! The end of a residual block: what went around it is added to what went through, then a ReLU.

use dfdx::prelude::*;
use rayon::prelude::*;

use super::autograd::{restore, take, values};
use super::{Kernels, probe};
use crate::{Error, Result};

/// `max(0, a + b)`, number by number.
///
/// PyTorch: `torch.relu(a + b)`. Taught in notebook 11.
///
/// # Errors
/// [`Error::Shape`] where the two have different shapes.
pub fn add_relu<S: Shape, D: Kernels, T: Tape<f32, D> + Merge<R>, R: Tape<f32, D>>(
    a: Tensor<S, f32, D, T>,
    b: Tensor<S, f32, D, R>,
) -> Result<Tensor<S, f32, D, T>> {
    let shape = *a.shape();
    if shape != *b.shape() {
        return Err(Error::Shape {
            layer: "add_relu".into(),
            expected: format!("twice the shape {:?}", shape.concrete()),
            got: format!("{:?} as the second one", b.shape().concrete()),
        });
    }
    let n = shape.num_elements();
    let run = || -> Result<_, D::Err> {
        let (b, other) = b.try_reshape_like(&(n,))?.split_tape();
        let (a, tape) = a.try_reshape_like(&(n,))?.split_tape();
        let y = D::add_relu(a.put_tape(tape.merge(other)), b)?;
        if probe::watching() {
            let sizes: Vec<usize> = shape.concrete().into_iter().collect();
            probe::see(&"add_relu", &sizes, false, &y.as_vec());
        }
        let sizes: Vec<usize> = shape.concrete().into_iter().collect();
        let y = super::trace::keep(&"add_relu", &sizes, true, y)?;
        y.try_reshape_like(&shape)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// The same, composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(
    a: Tensor<(usize,), f32, D, T>,
    b: Tensor<(usize,), f32, D>,
) -> Result<Tensor<(usize,), f32, D, T>, D::Err> {
    a.try_add(b)?.try_relu()
}

/// On the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    a: Tensor<(usize,), f32, Cpu, T>,
    b: Tensor<(usize,), f32, Cpu>,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let (a, mut tape) = a.split_tape();
    let mut out = values(&a)?.to_vec();
    forward(&mut out, &values(&b)?);
    let y = a.device().try_tensor_from_vec(out, *a.shape())?;
    let kept = values(&y)?;
    let (a, b, y_ghost) = (a.ghost(), b.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        // One after the other: they may be the same tensor.
        backward(&kept, &dy, gradients.get_or_alloc_mut(&a)?);
        backward(&kept, &dy, gradients.get_or_alloc_mut(&b)?);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Numbers that one task works through.
const CHUNK: usize = 1 << 14;

/// `a = max(0, a + b)`
fn forward(a: &mut [f32], b: &[f32]) {
    let chunks = a.par_chunks_mut(CHUNK).zip(b.par_chunks(CHUNK));
    chunks.for_each(|(a, b)| {
        for (a, b) in a.iter_mut().zip(b) {
            let sum = *a + *b;
            *a = if sum < 0.0 { 0.0 } else { sum };
        }
    });
}

/// `d += dy` where `y > 0`
fn backward(y: &[f32], dy: &[f32], d: &mut [f32]) {
    let chunks = d
        .par_chunks_mut(CHUNK)
        .zip(y.par_chunks(CHUNK).zip(dy.par_chunks(CHUNK)));
    chunks.for_each(|(d, (y, dy))| {
        for ((d, y), dy) in d.iter_mut().zip(y).zip(dy) {
            *d += if *y > 0.0 { *dy } else { 0.0 };
        }
    });
}
