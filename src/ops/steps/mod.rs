//! From a sequence to one row: its last step, or the mean of all.

pub(super) mod composed;
pub(super) mod cpu;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// The last step of each sequence: `(B, T, N)` to `(B, N)`.
///
/// PyTorch: `x[:, -1]`. Taught in notebook 14.
///
/// # Errors
/// [`Error::Shape`] for sequences without a step.
pub fn last_step<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, N), f32, D, T>,
) -> Result<Tensor<(B, N), f32, D, T>> {
    one_row("LastStep", x, false)
}

/// The mean over the steps of each sequence: `(B, T, N)` to `(B, N)`.
///
/// PyTorch: `x.mean(1)`. Taught in notebook 16.
///
/// # Errors
/// [`Error::Shape`] for sequences without a step.
pub fn mean_steps<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, N), f32, D, T>,
) -> Result<Tensor<(B, N), f32, D, T>> {
    one_row("MeanSteps", x, true)
}

fn one_row<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    name: &str,
    x: Tensor<(B, S, N), f32, D, T>,
    mean: bool,
) -> Result<Tensor<(B, N), f32, D, T>> {
    let (b, _, n) = *x.shape();
    let [batch, steps, width] = x.shape().concrete();
    if steps == 0 {
        return Err(Error::Shape {
            layer: name.to_string(),
            expected: "sequences of at least one step".into(),
            got: format!("{batch} sequences of 0 steps"),
        });
    }
    let run = || -> Result<_, D::Err> {
        let y = D::steps(x.try_reshape_like(&(batch, steps, width))?, mean)?;
        if probe::watching() {
            probe::see(&name, &[batch, width], false, &y.as_vec());
        }
        trace::keep(&name, &[batch, width], false, y)?.try_reshape_like(&(b, n))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
