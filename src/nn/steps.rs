//! From sequences to rows of features.

use dfdx::prelude::*;

use crate::ops::{Kernels, last_step, mean_steps};

macro_rules! layer {
    ($(#[$doc:meta])* $Layer:ident, $function:ident) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// Forward fails for sequences without a step.
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
    };
}

layer! {
    /// The last step of each sequence, `(B, T, N)` to `(B, N)`: what a recurrent layer has read when it has read all.
    ///
    /// PyTorch: `x[:, -1]`. Taught in notebook 14.
    LastStep, last_step
}
layer! {
    /// The mean over the steps of each sequence, `(B, T, N)` to `(B, N)`. PyTorch: `x.mean(1)`. Taught in notebook 16.
    MeanSteps, mean_steps
}
