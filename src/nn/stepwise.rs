//! Layers that work step by step, on sequences with lengths: the steps change, the lengths stay.

use dfdx::prelude::*;

use super::activation::{ReLU, ReLU6, Sigmoid, Tanh};
use super::around::Residual;
use super::curves::{ELU, GELU, GELUTanh, Hardsigmoid, Hardtanh, LeakyReLU, Mish, SELU, SiLU, Softplus, Softsign};
use super::input::Steps;
use super::layer_norm::LayerNorm;
use super::linear::Linear;
use super::padded::Padded;
use super::regularize::{ActivityL1, ActivityL2, Dropout};
use super::softmax::{LogSoftmax, Softmax};
use crate::ops::{Kernels, add_onto};

/// `stepwise!([generics] Layer<..>; ...)`: layers that do the same in training and in evaluation.
macro_rules! stepwise {
    ($([$($G:tt)*] $Layer:ty;)*) => {$(
        impl<$($G)* Z: Shape, D: Kernels, T: Tape<f32, D>> Module<Padded<Tensor<Z, f32, D, T>>> for $Layer
        where
            Self: Module<Tensor<Z, f32, D, T>, Error = D::Err>,
        {
            type Output = Padded<<Self as Module<Tensor<Z, f32, D, T>>>::Output>;
            type Error = D::Err;

            fn try_forward(&self, x: Padded<Tensor<Z, f32, D, T>>) -> Result<Self::Output, D::Err> {
                let Padded { steps, lengths } = x;
                let steps = self.try_forward(steps)?;
                Ok(Padded { steps, lengths })
            }
        }
    )*};
}

/// The other half for layers that know training.
macro_rules! stepwise_mut {
    ($([$($G:tt)*] $Layer:ty;)*) => {$(
        impl<$($G)* Z: Shape, D: Kernels> ModuleMut<Padded<Tensor<Z, f32, D, OwnedTape<f32, D>>>> for $Layer
        where
            Self: ModuleMut<Tensor<Z, f32, D, OwnedTape<f32, D>>, Error = D::Err>,
        {
            type Output = Padded<<Self as ModuleMut<Tensor<Z, f32, D, OwnedTape<f32, D>>>>::Output>;
            type Error = D::Err;

            fn try_forward_mut(
                &mut self,
                x: Padded<Tensor<Z, f32, D, OwnedTape<f32, D>>>,
            ) -> Result<Self::Output, D::Err> {
                let Padded { steps, lengths } = x;
                let steps = self.try_forward_mut(steps)?;
                Ok(Padded { steps, lengths })
            }
        }
    )*};
}

stepwise! {
    [] ReLU;
    [] ReLU6;
    [] Sigmoid;
    [] Tanh;
    [] ELU;
    [] GELU;
    [] GELUTanh;
    [] Hardsigmoid;
    [] Hardtanh;
    [] LeakyReLU;
    [] Mish;
    [] SELU;
    [] SiLU;
    [] Softplus;
    [] Softsign;
    [] Softmax;
    [] LogSoftmax;
    [const N: usize,] Steps<N>;
    [const I: usize, const O: usize,] Linear<I, O, f32, D>;
    [const N: usize,] LayerNorm<N, f32, D>;
    [const PERCENT: usize,] Dropout<PERCENT>;
    [const M: usize, const E: usize,] ActivityL1<M, E>;
    [const M: usize, const E: usize,] ActivityL2<M, E>;
}

stepwise_mut! {
    [const PERCENT: usize,] Dropout<PERCENT>;
    [const M: usize, const E: usize,] ActivityL1<M, E>;
    [const M: usize, const E: usize,] ActivityL2<M, E>;
}

impl<Z: Shape, D: Kernels, T: Tape<f32, D> + Merge<T>, F> Module<Padded<Tensor<Z, f32, D, T>>> for Residual<F>
where
    F: Module<Padded<Tensor<Z, f32, D, T>>, Output = Padded<Tensor<Z, f32, D, T>>, Error = D::Err>,
{
    type Output = Padded<Tensor<Z, f32, D, T>>;
    type Error = D::Err;

    fn try_forward(&self, x: Padded<Tensor<Z, f32, D, T>>) -> Result<Self::Output, D::Err> {
        let y = self.0.try_forward(x.with(x.steps.with_empty_tape()))?;
        around(y, x).map_err(D::to_device_error)
    }
}

impl<Z: Shape, D: Kernels, F> ModuleMut<Padded<Tensor<Z, f32, D, OwnedTape<f32, D>>>> for Residual<F>
where
    F: ModuleMut<
            Padded<Tensor<Z, f32, D, OwnedTape<f32, D>>>,
            Output = Padded<Tensor<Z, f32, D, OwnedTape<f32, D>>>,
            Error = D::Err,
        >,
{
    type Output = Padded<Tensor<Z, f32, D, OwnedTape<f32, D>>>;
    type Error = D::Err;

    fn try_forward_mut(&mut self, x: Padded<Tensor<Z, f32, D, OwnedTape<f32, D>>>) -> Result<Self::Output, D::Err> {
        let y = self.0.try_forward_mut(x.with(x.steps.with_empty_tape()))?;
        around(y, x).map_err(D::to_device_error)
    }
}

/// What was learned, and the steps themselves.
fn around<Z: Shape, D: Kernels, T: Tape<f32, D> + Merge<T>>(
    y: Padded<Tensor<Z, f32, D, T>>,
    x: Padded<Tensor<Z, f32, D, T>>,
) -> crate::Result<Padded<Tensor<Z, f32, D, T>>> {
    let Padded { steps, lengths } = y;
    let steps = add_onto(steps, x.steps)?;
    Ok(Padded { steps, lengths })
}
