//! Zeros around images, as a layer.

use dfdx::prelude::*;

use crate::ops::{Kernels, Padding, zero_pad2d};

/// Adds `L` columns of zeros on the left, `R` on the right, `T` rows above and `B` below.
///
/// Maps `(N, C, H, W)` to `(N, C, T + H + B, L + W + R)`. Layers pad alike on all sides; TensorFlow's `SAME` padding of a
/// convolution with stride 2 does not. PyTorch: `torch.nn.ZeroPad2d((L, R, T, B))`. Taught in notebook 13.
#[derive(Clone, Copy, Debug, Default)]
pub struct ZeroPad2D<const L: usize, const R: usize, const T: usize, const B: usize>;

impl<const L: usize, const R: usize, const T: usize, const B: usize> ZeroSizedModule for ZeroPad2D<L, R, T, B> {}
impl<const L: usize, const R: usize, const T: usize, const B: usize> NonMutableModule for ZeroPad2D<L, R, T, B> {}

impl<const L: usize, const R: usize, const T: usize, const B: usize, N, C, H, W, D, P>
    Module<Tensor<(N, C, H, W), f32, D, P>> for ZeroPad2D<L, R, T, B>
where
    N: Dim,
    C: Dim,
    H: Dim,
    W: Dim,
    D: Kernels,
    P: Tape<f32, D>,
{
    type Output = Tensor<(N, C, usize, usize), f32, D, P>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(N, C, H, W), f32, D, P>) -> Result<Self::Output, D::Err> {
        let padding = Padding {
            left: L,
            right: R,
            top: T,
            bottom: B,
        };
        zero_pad2d(x, padding).map_err(D::to_device_error)
    }
}
