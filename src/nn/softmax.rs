//! Scores to probabilities, as layers.

use dfdx::prelude::*;

use crate::ops::{Kernels, log_softmax, softmax};

macro_rules! rows {
    ($(#[$doc:meta])* $Layer:ident, $function:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $Layer;

        impl ZeroSizedModule for $Layer {}
        impl NonMutableModule for $Layer {}

        impl<S: Shape, D: Kernels, T: Tape<f32, D>> Module<Tensor<S, f32, D, T>> for $Layer {
            type Output = Tensor<S, f32, D, T>;
            type Error = D::Err;

            fn try_forward(&self, x: Tensor<S, f32, D, T>) -> Result<Self::Output, D::Err> {
                $function(x).map_err(D::to_device_error)
            }
        }
    };
}

rows! {
    /// `exp(x) / sum(exp(x))` along the last axis: numbers between 0 and 1 with sum 1.
    ///
    /// A network that a [`Learner`](crate::train::Learner) trains ends with scores, not with this: its cross-entropy
    /// takes the softmax itself, without losing digits. PyTorch: `torch.nn.Softmax(dim=-1)`. Taught in notebooks 02 and 03.
    Softmax, softmax
}
rows! {
    /// The logarithm of [`Softmax`], computed without it. PyTorch: `torch.nn.LogSoftmax(dim=-1)`. Taught in notebook
    /// 03.
    LogSoftmax, log_softmax
}
