//! The linear maps in front of attention.

use dfdx::prelude::*;

use crate::inspect::{probe, trace};
use crate::ops::kernels::Kernels;
use crate::ops::tensors::Tensor2;
use crate::ops::times::Times;

/// `x W^T + b` for weights that make queries, keys and values at once: `(B, S, N)` to `(B, S, 3 N)`.
pub(crate) fn project<B: Dim, S: Dim, const N: usize, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, Const<N>), f32, D, T>,
    weight: &Tensor<(Times<3, N>, Const<N>), f32, D>,
    bias: &Tensor<(Times<3, N>,), f32, D>,
) -> Result<Tensor<(B, S, Times<3, N>), f32, D, T>, D::Err> {
    let (b, s, _) = *x.shape();
    rows(x, weight, bias, [0, 3])?.try_reshape_like(&(b, s, Times))
}

/// [`project`] by one part of the weights: that of the queries (0), the keys (1) or the values (2).
pub(crate) fn project_part<B: Dim, S: Dim, const N: usize, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, Const<N>), f32, D, T>,
    weight: &Tensor<(Times<3, N>, Const<N>), f32, D>,
    bias: &Tensor<(Times<3, N>,), f32, D>,
    part: usize,
) -> Result<Tensor<(B, S, Const<N>), f32, D, T>, D::Err> {
    let shape = *x.shape();
    rows(x, weight, bias, [part, part + 1])?.try_reshape_like(&shape)
}

/// The parts of the weights from one number to the other.
fn rows<B: Dim, S: Dim, const N: usize, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, S, Const<N>), f32, D, T>,
    weight: &Tensor<(Times<3, N>, Const<N>), f32, D>,
    bias: &Tensor<(Times<3, N>,), f32, D>,
    [first, end]: [usize; 2],
) -> Result<Tensor2<D, T>, D::Err> {
    let (b, s, _) = *x.shape();
    let x = x.try_reshape_like(&(b.size() * s.size(), N))?;
    let weight = weight.clone().try_reshape_like(&(3 * N, N))?;
    let y = D::linear_part(x, weight, bias.clone().try_reshape_like(&(3 * N,))?, first * N..end * N)?;
    let name = format_args!("Linear<{N}, {}>", (end - first) * N);
    if probe::watching() {
        probe::see(&name, &y.shape().concrete(), true, &y.as_vec());
    }
    let shape = y.shape().concrete();
    trace::keep(&name, &shape, false, y)
}
