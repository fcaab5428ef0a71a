//! Softmax and its logarithm along the last axis.

pub(super) mod composed;
pub(super) mod cpu;

use dfdx::prelude::*;

use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// `exp(x) / sum(exp(x))` along the last axis; the shape stays.
///
/// PyTorch: `torch.softmax(x, dim=-1)`. Taught in notebook 02.
///
/// # Errors
/// Only where memory runs out.
pub fn softmax<S: Shape, D: Kernels, T: Tape<f32, D>>(x: Tensor<S, f32, D, T>) -> Result<Tensor<S, f32, D, T>> {
    along_rows(x, false)
}

/// `x - ln(sum(exp(x)))` along the last axis, the logarithm of [`softmax`]; the shape stays.
///
/// PyTorch: `torch.log_softmax(x, dim=-1)`. Taught in notebook 03.
///
/// # Errors
/// Only where memory runs out.
pub fn log_softmax<S: Shape, D: Kernels, T: Tape<f32, D>>(x: Tensor<S, f32, D, T>) -> Result<Tensor<S, f32, D, T>> {
    along_rows(x, true)
}

fn along_rows<S: Shape, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    log: bool,
) -> Result<Tensor<S, f32, D, T>> {
    let shape = *x.shape();
    let dims: Vec<usize> = shape.concrete().into_iter().collect();
    // A single number is a row of one.
    let width = dims.last().copied().unwrap_or(1);
    let rows = dims.iter().rev().skip(1).product();
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    let x = x.try_reshape_like(&(rows, width)).map_err(dfdx)?;
    D::softmax(x, log)
        .and_then(|y| y.try_reshape_like(&shape))
        .map_err(dfdx)
}
