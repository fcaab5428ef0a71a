//! Activation layers.

use dfdx::prelude::{Module, NonMutableModule, Shape, Tape, Tensor, ZeroSizedModule};

use crate::ops::{Activation, Kernels, activate};

macro_rules! activation {
    ($(#[$doc:meta])* $Layer:ident) => {
        $(#[$doc])*
        ///
        /// Takes tensors of any shape. Taught in notebook 02.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $Layer;

        impl ZeroSizedModule for $Layer {}
        impl NonMutableModule for $Layer {}

        impl<S: Shape, D: Kernels, T: Tape<f32, D>> Module<Tensor<S, f32, D, T>> for $Layer {
            type Output = Tensor<S, f32, D, T>;
            type Error = D::Err;

            fn try_forward(&self, x: Tensor<S, f32, D, T>) -> Result<Self::Output, D::Err> {
                activate(x, Activation::$Layer).map_err(D::to_device_error)
            }
        }
    };
}

activation! {
    /// `max(0, x)`. PyTorch: `torch.nn.ReLU()`.
    ReLU
}
activation! {
    /// `min(max(0, x), 6)`, which fits into few bits. PyTorch: `torch.nn.ReLU6()`.
    ReLU6
}
activation! {
    /// `1 / (1 + exp(-x))`. PyTorch: `torch.nn.Sigmoid()`.
    Sigmoid
}
activation! {
    /// The hyperbolic tangent. PyTorch: `torch.nn.Tanh()`.
    Tanh
}
