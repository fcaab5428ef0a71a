//! From sequences to rows of features.

use dfdx::prelude::*;

use super::padded::Padded;
use crate::ops::{Kernels, last_step, last_step_of, mean_steps, mean_steps_of};

macro_rules! layer {
    ($(#[$doc:meta])* $Layer:ident, $function:ident, $of_lengths:ident) => {
        $(#[$doc])*
        ///
        /// Of a [`Padded`] only the real steps count, and a sequence of length 0 gives zeros.
        ///
        /// # Errors
        /// Forward fails for sequences without a step, where they have no lengths.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $Layer;

        impl ZeroSizedModule for $Layer {}
        impl NonMutableModule for $Layer {}

        impl<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>> Module<Tensor<(B, S, N), f32, D, T>> for $Layer {
            type Output = Tensor<(B, N), f32, D, T>;
            type Error = D::Err;

            fn try_forward(&self, x: Tensor<(B, S, N), f32, D, T>) -> Result<Self::Output, D::Err> {
                $function(x).map_err(D::to_device_error)
            }
        }

        impl<B: Dim, S: Dim, N: Dim, D: Kernels, T: Tape<f32, D>> Module<Padded<Tensor<(B, S, N), f32, D, T>>> for $Layer {
            type Output = Tensor<(B, N), f32, D, T>;
            type Error = D::Err;

            fn try_forward(&self, x: Padded<Tensor<(B, S, N), f32, D, T>>) -> Result<Self::Output, D::Err> {
                $of_lengths(x.steps, &x.lengths).map_err(D::to_device_error)
            }
        }
    };
}

layer! {
    /// The last step of each sequence, `(B, T, N)` to `(B, N)`: what a recurrent layer has read when it has read all.
    ///
    /// PyTorch: `x[:, -1]`. Taught in notebook 14.
    LastStep, last_step, last_step_of
}
layer! {
    /// The mean over the steps of each sequence, `(B, T, N)` to `(B, N)`. PyTorch: `x.mean(1)`. Taught in notebook 16.
    MeanSteps, mean_steps, mean_steps_of
}
