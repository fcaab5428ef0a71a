//! From a sequence to one row: its last step, or the mean of all.

pub(super) mod composed;
pub(super) mod cpu;

use std::sync::Arc;

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
    one_row("LastStep", x, None, false)
}

/// The last real step of each sequence, of which the first `lengths[i]` steps are real: `(B, T, N)` to `(B, N)`. Zeros for a
/// sequence of length 0.
///
/// PyTorch: `x[torch.arange(B), lengths - 1]`. Taught in notebook 14.
///
/// # Errors
/// [`Error::Shape`] where there is not one length per sequence, or one is beyond `T`.
pub fn last_step_of<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, N), f32, D, T>,
    lengths: &Arc<[usize]>,
) -> Result<Tensor<(B, N), f32, D, T>> {
    one_row("LastStep", x, Some(lengths), false)
}

/// The mean over the real steps of each sequence, of which the first `lengths[i]` are real: `(B, T, N)` to `(B, N)`. Zeros
/// for a sequence of length 0.
///
/// PyTorch: `(x * mask).sum(1) / lengths`. Taught in notebook 14.
///
/// # Errors
/// As [`last_step_of`].
pub fn mean_steps_of<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, N), f32, D, T>,
    lengths: &Arc<[usize]>,
) -> Result<Tensor<(B, N), f32, D, T>> {
    one_row("MeanSteps", x, Some(lengths), true)
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
    one_row("MeanSteps", x, None, true)
}

fn one_row<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>>(
    name: &str,
    x: Tensor<(B, S, N), f32, D, T>,
    lengths: Option<&Arc<[usize]>>,
    mean: bool,
) -> Result<Tensor<(B, N), f32, D, T>> {
    let (b, _, n) = *x.shape();
    let [batch, steps, width] = x.shape().concrete();
    if let Some(lengths) = lengths {
        check_lengths(name, lengths, [batch, steps])?;
    } else if steps == 0 {
        return Err(Error::Shape {
            layer: name.to_string(),
            expected: "sequences of at least one step".into(),
            got: format!("{batch} sequences of 0 steps"),
        });
    }
    let run = || -> Result<_, D::Err> {
        let y = D::steps(x.try_reshape_like(&(batch, steps, width))?, lengths.cloned(), mean)?;
        if probe::watching() {
            probe::see(&name, &[batch, width], false, &y.as_vec());
        }
        trace::keep(&name, &[batch, width], false, y)?.try_reshape_like(&(b, n))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// Not generic, so that it is not compiled in a cell.
fn check_lengths(layer: &str, lengths: &[usize], [batch, steps]: [usize; 2]) -> Result<()> {
    let longest = lengths.iter().copied().max().unwrap_or(0);
    if lengths.len() == batch && longest <= steps {
        return Ok(());
    }
    Err(Error::Shape {
        layer: layer.to_string(),
        expected: format!("{batch} lengths, each from 0 to {steps}"),
        got: format!("{} lengths up to {longest}", lengths.len()),
    })
}
