//! From what recurrent layers made of sequences to rows of features.

use dfdx::prelude::*;

use super::padded::Padded;
use super::reading::Feeds;
use crate::ops::{Kernels, Times, last_state};

/// What recurrent layers know when they have read a sequence.
///
/// Behind a layer of one direction: its output at the last real step, `(B, T, H)` to `(B, H)`. Behind a
/// [`Bidirectional`](crate::nn::builders::Bidirectional) one: that of the layer that reads forward at the last real step,
/// and beside it that of the other at the first step, where it has read all: `(B, T, 2 H)` to `(B, 2 H)`. (At the last step
/// this one has only begun.) Zeros for a sequence of length 0.
///
/// PyTorch: `h_n` of the last layer, its directions beside each other. Taught in notebook 14.
///
/// # Errors
/// Forward fails for sequences without a step.
#[derive(Clone, Copy, Debug, Default)]
pub struct LastState;

impl ZeroSizedModule for LastState {}
impl NonMutableModule for LastState {}

/// An axis of recurrent outputs: how many directions stand beside each other.
pub trait Directions: Dim {
    /// One, or two.
    const WAYS: usize;
}

impl<const H: usize> Directions for Const<H> {
    const WAYS: usize = 1;
}

impl<const H: usize> Directions for Times<2, H> {
    const WAYS: usize = 2;
}

impl<B: Dim, S: Dim, N: Directions, D: Kernels, T: Tape<f32, D>> Module<Tensor<(B, S, N), f32, D, T>> for LastState {
    type Output = Tensor<(B, N), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, S, N), f32, D, T>) -> Result<Self::Output, D::Err> {
        last_state(x, None, N::WAYS).map_err(D::to_device_error)
    }
}

impl<B: Dim, S: Dim, N: Directions, D: Kernels, T: Tape<f32, D>> Module<Padded<Tensor<(B, S, N), f32, D, T>>>
    for LastState
{
    type Output = Tensor<(B, N), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Padded<Tensor<(B, S, N), f32, D, T>>) -> Result<Self::Output, D::Err> {
        last_state(x.steps, Some(&x.lengths), N::WAYS).map_err(D::to_device_error)
    }
}

/// Two directions beside each other as `N` numbers, for layers that do not know of directions: `(B, T, 2 H)` to
/// `(B, T, N)`, and `(B, 2 H)` to `(B, N)`. Nothing is computed.
///
/// [`Linear`](crate::nn::builders::Linear) and recurrent layers need none in front.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<const N: usize>;

impl<const N: usize> ZeroSizedModule for Beside<N> {}
impl<const N: usize> NonMutableModule for Beside<N> {}

impl<const N: usize, B: Dim, F: Feeds<N>, D: Device<f32>, T: Tape<f32, D>> Module<Tensor<(B, F), f32, D, T>>
    for Beside<N>
{
    type Output = Tensor<(B, Const<N>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, F), f32, D, T>) -> Result<Self::Output, D::Err> {
        let () = F::FITS;
        let b = x.shape().0;
        x.try_reshape_like(&(b, Const))
    }
}

impl<const N: usize, B: Dim, S: Dim, F: Feeds<N>, D: Device<f32>, T: Tape<f32, D>> Module<Tensor<(B, S, F), f32, D, T>>
    for Beside<N>
{
    type Output = Tensor<(B, S, Const<N>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, S, F), f32, D, T>) -> Result<Self::Output, D::Err> {
        let () = F::FITS;
        let (b, s, _) = *x.shape();
        x.try_reshape_like(&(b, s, Const))
    }
}

impl<const N: usize, B: Dim, S: Dim, F: Feeds<N>, D: Device<f32>, T: Tape<f32, D>>
    Module<Padded<Tensor<(B, S, F), f32, D, T>>> for Beside<N>
{
    type Output = Padded<Tensor<(B, S, Const<N>), f32, D, T>>;
    type Error = D::Err;

    fn try_forward(&self, x: Padded<Tensor<(B, S, F), f32, D, T>>) -> Result<Self::Output, D::Err> {
        Ok(Padded {
            steps: self.try_forward(x.steps)?,
            lengths: x.lengths,
        })
    }
}
