//! The end of a residual block: what went around it is added to what went through, then a ReLU.

pub(super) mod composed;
pub(super) mod cpu;

use std::fmt::Display;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
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
    let y = merged(&"add_relu", a, b, true)?;
    let run = || -> Result<_, D::Err> {
        if probe::watching() {
            let sizes: Vec<usize> = shape.concrete().into_iter().collect();
            probe::see(&"add_relu", &sizes, false, &y.as_vec());
        }
        let sizes: Vec<usize> = shape.concrete().into_iter().collect();
        let y = trace::keep(&"add_relu", &sizes, true, y)?;
        y.try_reshape_like(&shape)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// `a + b`, number by number, in the memory of `a` where nobody else holds it. PyTorch: `a.add_(b)`.
///
/// # Errors
/// [`Error::Shape`] where the two have different shapes.
pub(crate) fn add_onto<S: Shape, D: Kernels, T: Tape<f32, D> + Merge<R>, R: Tape<f32, D>>(
    a: Tensor<S, f32, D, T>,
    b: Tensor<S, f32, D, R>,
) -> Result<Tensor<S, f32, D, T>> {
    let shape = *a.shape();
    let y = merged(&"Residual", a, b, false)?;
    y.try_reshape_like(&shape)
        .map_err(|error| Error::Dfdx(error.to_string()))
}

/// The numbers of [`add_relu`] or, without `relu`, of the sum alone.
fn merged<S: Shape, D: Kernels, T: Tape<f32, D> + Merge<R>, R: Tape<f32, D>>(
    name: &dyn Display,
    a: Tensor<S, f32, D, T>,
    b: Tensor<S, f32, D, R>,
    relu: bool,
) -> Result<Tensor<(usize,), f32, D, T>> {
    let shape = *a.shape();
    if shape != *b.shape() {
        return Err(Error::Shape {
            layer: name.to_string(),
            expected: format!("twice the shape {:?}", shape.concrete()),
            got: format!("{:?} as the second one", b.shape().concrete()),
        });
    }
    let n = shape.num_elements();
    let run = || -> Result<_, D::Err> {
        let (b, other) = b.try_reshape_like(&(n,))?.split_tape();
        let (a, tape) = a.try_reshape_like(&(n,))?.split_tape();
        D::add(a.put_tape(tape.merge(other)), b, relu)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
