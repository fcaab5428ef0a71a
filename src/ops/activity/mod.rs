//! A penalty on what flows through a network.

pub(super) mod composed;
pub(super) mod cpu;

use dfdx::prelude::*;

use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// Returns `x` as it is, and adds the slope of a penalty on it to its gradient in the backward pass.
///
/// The penalty is `(l1 * sum(|x|) + l2 * sum(x^2)) / B`, a mean over the `B` samples of the batch; where a number is 0,
/// the slope of `|x|` is taken as 0. It acts on the gradient alone: the loss that one sees does not contain it. The loss
/// has to be a mean over the batch with weight 1, as those of this crate are.
///
/// Keras: `keras.layers.ActivityRegularization(l1, l2)`, which divides by the batch size too, but adds the penalty to the
/// loss that it shows. PyTorch has no such layer. Taught in notebook 08.
///
/// # Errors
/// [`Error::Argument`] where `l1` or `l2` is negative or not finite.
pub fn penalize_activity<S: Shape, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    l1: f32,
    l2: f32,
) -> Result<Tensor<S, f32, D, T>> {
    if let Some(wrong) = [l1, l2].into_iter().find(|l| !l.is_finite() || *l < 0.0) {
        return Err(Error::Argument {
            what: "strength of an activity penalty".into(),
            expected: "a finite number, not below 0".into(),
            got: wrong.to_string(),
        });
    }
    let shape = *x.shape();
    let batch = shape.concrete().into_iter().next().unwrap_or(1).max(1) as f32;
    let flat = (shape.num_elements(),);
    let run = || D::penalize_activity(x.try_reshape_like(&flat)?, l1 / batch, l2 / batch)?.try_reshape_like(&shape);
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
