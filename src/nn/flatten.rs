//! From images to rows of features.

use dfdx::prelude::*;

use crate::ops::{Kernels, flatten_as};

/// Flattens each image of a batch to a row: `(B, C, H, W)` to `(B, N)` with `N = C * H * W`.
///
/// The bridge from convolutions to [`Linear`](super::builders::Linear). `N` is part of the type so that the compiler
/// can check the layer behind it. PyTorch: `torch.nn.Flatten()`. Taught in notebook 06.
///
/// # Errors
/// Forward fails where `C * H * W` is not `N`, and says what it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flatten<const N: usize>;

impl<const N: usize> ZeroSizedModule for Flatten<N> {}
impl<const N: usize> NonMutableModule for Flatten<N> {}

impl<const N: usize, B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Tensor<(B, C, H, W), f32, D, T>> for Flatten<N>
{
    type Output = Tensor<(B, Const<N>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, C, H, W), f32, D, T>) -> Result<Self::Output, D::Err> {
        flatten_as(&format_args!("Flatten<{N}>"), x).map_err(D::to_device_error)
    }
}
