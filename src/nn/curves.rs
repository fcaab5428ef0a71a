//! More activation layers, by PyTorch's names.

use dfdx::prelude::{Module, NonMutableModule, Shape, Tape, Tensor, ZeroSizedModule};

use crate::ops::{Activation, Kernels, activate};

/// `curve!(doc, Name, activation)` or `curve!(doc, Name<P = default>, activation)`, where `P` is a number of hundredths.
macro_rules! curve {
    ($(#[$doc:meta])* $Layer:ident $(<$P:ident = $default:literal>)?, $activation:expr) => {
        $(#[$doc])*
        ///
        /// Takes tensors of any shape. Taught in notebook 02.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $Layer $(<const $P: usize = $default>)?;

        impl $(<const $P: usize>)? ZeroSizedModule for $Layer $(<$P>)? {}
        impl $(<const $P: usize>)? NonMutableModule for $Layer $(<$P>)? {}

        impl<$(const $P: usize,)? S: Shape, D: Kernels, T: Tape<f32, D>> Module<Tensor<S, f32, D, T>>
            for $Layer $(<$P>)?
        {
            type Output = Tensor<S, f32, D, T>;
            type Error = D::Err;

            fn try_forward(&self, x: Tensor<S, f32, D, T>) -> Result<Self::Output, D::Err> {
                activate(x, $activation).map_err(D::to_device_error)
            }
        }
    };
}

curve! {
    /// `x` above 0, a gentle slope below, so that no neuron dies: [`Activation::LeakyReLU`].
    ///
    /// `P` is the slope below 0 in hundredths: `LeakyReLU` has 0.01, `LeakyReLU<20>` has 0.2. PyTorch:
    /// `torch.nn.LeakyReLU(P / 100)`.
    LeakyReLU<P = 1>, Activation::LeakyReLU { negative_slope: P as f32 / 100.0 }
}
curve! {
    /// `x` above 0, `a * (exp(x) - 1)` below: [`Activation::ELU`].
    ///
    /// `P` is `a` in hundredths: `ELU` has 1. PyTorch: `torch.nn.ELU(P / 100)`.
    ELU<P = 100>, Activation::ELU { alpha: P as f32 / 100.0 }
}
curve! {
    /// The self-normalizing ELU: [`Activation::SELU`]. PyTorch: `torch.nn.SELU()`.
    SELU, Activation::SELU
}
curve! {
    /// `x * Phi(x)`, the activation of most transformers: [`Activation::GELU`]. PyTorch: `torch.nn.GELU()`.
    GELU, Activation::GELU
}
curve! {
    /// [`GELU`] by a formula with tanh, as in GPT-2: [`Activation::GELUTanh`]. PyTorch:
    /// `torch.nn.GELU(approximate="tanh")`.
    GELUTanh, Activation::GELUTanh
}
curve! {
    /// `x / (1 + exp(-x))`, also called Swish: [`Activation::SiLU`]. PyTorch: `torch.nn.SiLU()`.
    SiLU, Activation::SiLU
}
curve! {
    /// `x * tanh(softplus(x))`: [`Activation::Mish`]. PyTorch: `torch.nn.Mish()`.
    Mish, Activation::Mish
}
curve! {
    /// `ln(1 + exp(x))`: [`Activation::Softplus`]. PyTorch: `torch.nn.Softplus()`.
    Softplus, Activation::Softplus
}
curve! {
    /// `x / (1 + |x|)`: [`Activation::Softsign`]. PyTorch: `torch.nn.Softsign()`.
    Softsign, Activation::Softsign
}
curve! {
    /// `x`, cut off at -1 and 1: [`Activation::Hardtanh`]. PyTorch: `torch.nn.Hardtanh()`.
    Hardtanh, Activation::Hardtanh
}
curve! {
    /// `x / 6 + 1/2`, cut off at 0 and 1: [`Activation::Hardsigmoid`]. PyTorch: `torch.nn.Hardsigmoid()`.
    Hardsigmoid, Activation::Hardsigmoid
}
