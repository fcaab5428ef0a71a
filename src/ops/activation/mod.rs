//! Functions applied to every number of a tensor.

pub(super) mod composed;
pub(super) mod cpu;
mod cpu_curve;
mod curve;
pub(super) mod kind;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::{Error, Result};
pub use kind::Activation;

/// `activation(x)`, number by number; the shape stays.
///
/// PyTorch: the functions of the same names in lower case in `torch.nn.functional`. Taught in notebook 02.
///
/// # Errors
/// Only where memory runs out.
pub fn activate<S: Shape, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    activation: Activation,
) -> Result<Tensor<S, f32, D, T>> {
    let shape = *x.shape();
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    let x = x.try_reshape_like(&(shape.num_elements(),)).map_err(dfdx)?;
    let y = D::activate(x, activation).map_err(dfdx)?;
    if probe::watching() {
        let sizes: Vec<usize> = shape.concrete().into_iter().collect();
        probe::see(&format_args!("{activation:?}"), &sizes, false, &y.as_vec());
    }
    let sizes: Vec<usize> = shape.concrete().into_iter().collect();
    let relu = matches!(activation, Activation::ReLU | Activation::ReLU6);
    let y = trace::keep(&format_args!("{activation:?}"), &sizes, relu, y).map_err(dfdx)?;
    y.try_reshape_like(&shape).map_err(dfdx)
}
