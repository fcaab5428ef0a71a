//! A sum and its layer normalization: what a transformer does around each of its parts.

pub(super) mod composed;
pub(super) mod cpu;

use dfdx::prelude::*;

use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// [`layer_norm`](fn@super::layer_norm) of `a + b`, row by row.
///
/// - `a`, `b` and result: `(B, S, N)`
/// - `weight`, `bias`: `(N,)`
///
/// PyTorch: `torch.nn.functional.layer_norm(a + b, (N,), weight, bias, eps)`. Taught in notebook 15.
///
/// # Errors
/// [`Error::Shape`] where `a` and `b` differ in size.
pub fn add_layer_norm<B: Dim, S: Dim, const N: usize, D: Kernels, T: Tape<f32, D>>(
    a: Tensor<(B, S, Const<N>), f32, D, T>,
    b: Tensor<(B, S, Const<N>), f32, D, T>,
    weight: &Tensor<Rank1<N>, f32, D>,
    bias: &Tensor<Rank1<N>, f32, D>,
    eps: f32,
) -> Result<Tensor<(B, S, Const<N>), f32, D, T>> {
    let shape = *a.shape();
    let ([batch, steps, _], other) = (a.shape().concrete(), b.shape().concrete());
    if other != [batch, steps, N] {
        return Err(Error::Shape {
            layer: "add_layer_norm".into(),
            expected: format!("({batch}, {steps}, {N}) on both sides"),
            got: format!("{other:?} on the second"),
        });
    }
    let run = || -> Result<_, D::Err> {
        let a = a.try_reshape_like(&(batch * steps, N))?;
        let b = b.try_reshape_like(&(batch * steps, N))?;
        let weight = weight.clone().try_reshape_like(&(N,))?;
        let bias = bias.clone().try_reshape_like(&(N,))?;
        D::add_layer_norm(a, b, weight, bias, eps)?.try_reshape_like(&shape)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
