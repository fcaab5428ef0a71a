//! The affine map `y = x W^T + b`.

pub(super) mod composed;
pub(super) mod cpu;

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// `y = x W^T + b` for each row of `x`: `(B, I)` to `(B, O)`, with `weight` `(O, I)` and `bias` `(O,)`.
///
/// PyTorch: `torch.nn.functional.linear`. Taught in notebook 02.
///
/// # Errors
/// Only where memory runs out: the compiler checks the shapes.
pub fn linear<B: Dim, const I: usize, const O: usize, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, Const<I>), f32, D, T>,
    weight: &Tensor<Rank2<O, I>, f32, D>,
    bias: &Tensor<Rank1<O>, f32, D>,
) -> Result<Tensor<(B, Const<O>), f32, D, T>> {
    let batch = x.shape().0;
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(batch.size(), I))?;
        let weight = weight.clone().try_reshape_like(&(O, I))?;
        let bias = bias.clone().try_reshape_like(&(O,))?;
        let y = D::linear(x, weight, bias)?;
        if probe::watching() {
            probe::see(
                &format_args!("Linear<{I}, {O}>"),
                &y.shape().concrete(),
                true,
                &y.as_vec(),
            );
        }
        let y = trace::keep(&format_args!("Linear<{I}, {O}>"), &y.shape().concrete(), false, y)?;
        y.try_reshape_like(&(batch, Const))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
