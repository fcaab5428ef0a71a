//! Recurrent layers.
//!
//! They read tensors `(B, T, I)`, or [`Padded`](super::padded::Padded) ones where sequences have different lengths: each is
//! then read to its end, outputs behind it are 0, and what fills the block up has no gradient (PyTorch:
//! `pack_padded_sequence` in front, `pad_packed_sequence` behind). Several layers are a tuple,
//! `(Lstm<28, 16>, Lstm<16, 16>)`. A [`Bidirectional`](super::bidirectional::Bidirectional) one reads from both ends.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::conv::uniform;
use super::reading::{Feeds, Reading};
use crate::ops::{Cell, Kernels, RecurrentWay, Tensor2, Times, read_sequences, way_of};

/// The structure of the layers, without device and number type.
pub mod builder {
    /// Elman's recurrent network of `H` units with tanh, over sequences of `I` numbers per step.
    ///
    /// Maps `(B, T, I)` to `(B, T, H)`, the state after each step; [`LastState`](crate::nn::builders::LastState) behind it
    /// takes the last. The formula: [`ops::rnn`](crate::ops::rnn). Elman 1990, *Finding structure in time*. PyTorch:
    /// `torch.nn.RNN(I, H, batch_first=True)`, its first result. Taught in notebook 14.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Rnn<const I: usize, const H: usize>;

    /// The gated recurrent unit: `H` units, over sequences of `I` numbers per step.
    ///
    /// Maps `(B, T, I)` to `(B, T, H)`, the state after each step; [`LastState`](crate::nn::builders::LastState) behind it
    /// takes the last. The formula: [`ops::gru`](crate::ops::gru). Cho et al. 2014, arXiv:1406.1078. PyTorch:
    /// `torch.nn.GRU(I, H, batch_first=True)`, its first result. Taught in notebook 14.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// type Reader = (Gru<28, 16>, LastState, Linear<16, 10>);
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let net = dev.build_module::<Reader, f32>();
    /// let rows: Tensor<Rank3<4, 28, 28>, f32, _> = dev.sample_normal();
    /// assert_eq!(net.try_forward(rows)?.shape().concrete(), [4, 10]);
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Gru<const I: usize, const H: usize>;

    /// Long short-term memory: `H` units, over sequences of `I` numbers per step.
    ///
    /// Maps `(B, T, I)` to `(B, T, H)`, the output after each step; [`LastState`](crate::nn::builders::LastState) behind it
    /// takes the last. The formula: [`ops::lstm`](crate::ops::lstm). Hochreiter & Schmidhuber 1997, *Long short-term
    /// memory*. PyTorch: `torch.nn.LSTM(I, H, batch_first=True)`, its first result. Taught in notebook 14.
    ///
    /// Sequences of different lengths in one block, two layers, and one step after the other:
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let net = dev.build_module::<((Lstm<3, 8>, Lstm<8, 8>), LastState, Linear<8, 2>), f32>();
    /// let steps: Tensor<Rank3<2, 5, 3>, f32, _> = dev.sample_normal();
    /// let read = net.try_forward(Padded { steps, lengths: [5, 3].into() })?;
    /// assert_eq!(read.shape().concrete(), [2, 2]);
    ///
    /// let lstm = &net.0.0;
    /// let mut state = lstm.start(Const::<1>)?;
    /// for _ in 0..4 {
    ///     let step: Tensor<Rank2<1, 3>, f32, _> = dev.sample_normal();
    ///     state = lstm.step(step, state)?;
    /// }
    /// assert_eq!((state.h.shape().concrete(), state.c.shape().concrete()), ([1, 8], [1, 8]));
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Lstm<const I: usize, const H: usize>;
}

macro_rules! layer {
    ($(#[$doc:meta])* $Layer:ident, $gates:literal) => {
        $(#[$doc])*
        /// Starts uniform in `[-1 / sqrt(H), 1 / sqrt(H)]`, biases too, and has PyTorch's names in weight files.
        #[derive(Clone, Debug)]
        pub struct $Layer<const I: usize, const H: usize, E: Dtype, D: Storage<E>> {
            /// The weights of the inputs, gate below gate. `weight_ih_l0` in files.
            pub weight_ih: Tensor<(Times<$gates, H>, Const<I>), E, D>,
            /// The weights of the state. `weight_hh_l0` in files.
            pub weight_hh: Tensor<(Times<$gates, H>, Const<H>), E, D>,
            /// Added to the products with the inputs. `bias_ih_l0` in files.
            pub bias_ih: Tensor<(Times<$gates, H>,), E, D>,
            /// Added to the products with the state. `bias_hh_l0` in files.
            pub bias_hh: Tensor<(Times<$gates, H>,), E, D>,
        }

        impl<const I: usize, const H: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::$Layer<I, H>
        where
            $Layer<I, H, E, D>: BuildModule<D, E>,
        {
            type Built = $Layer<I, H, E, D>;
        }

        impl<const I: usize, const H: usize, E: Dtype, D: Storage<E>> NonMutableModule for $Layer<I, H, E, D> {}

        impl<const I: usize, const H: usize, E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D>
            for $Layer<I, H, E, D>
        {
            type To<E2: Dtype, D2: Device<E2>> = $Layer<I, H, E2, D2>;

            fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                let weight_ih = TensorOptions::reset_with(|t| t.try_fill_with_distr(uniform::<E>(H)));
                let weight_hh = TensorOptions::reset_with(|t| t.try_fill_with_distr(uniform::<E>(H)));
                let bias_ih = TensorOptions::reset_with(|t| t.try_fill_with_distr(uniform::<E>(H)));
                let bias_hh = TensorOptions::reset_with(|t| t.try_fill_with_distr(uniform::<E>(H)));
                visitor.visit_fields(
                    (
                        Self::tensor("weight_ih_l0", |s| &s.weight_ih, |s| &mut s.weight_ih, weight_ih),
                        Self::tensor("weight_hh_l0", |s| &s.weight_hh, |s| &mut s.weight_hh, weight_hh),
                        Self::tensor("bias_ih_l0", |s| &s.bias_ih, |s| &mut s.bias_ih, bias_ih),
                        Self::tensor("bias_hh_l0", |s| &s.bias_hh, |s| &mut s.bias_hh, bias_hh),
                    ),
                    |(weight_ih, weight_hh, bias_ih, bias_hh)| $Layer {
                        weight_ih,
                        weight_hh,
                        bias_ih,
                        bias_hh,
                    },
                )
            }
        }

        impl<const I: usize, const H: usize, D: Kernels> $Layer<I, H, f32, D> {
            /// One way through sequences with these weights.
            pub(super) fn way(&self, backward: bool, start: Vec<Tensor2<D>>) -> crate::Result<RecurrentWay<D>> {
                let way = way_of(&self.weight_ih, &self.weight_hh, [&self.bias_ih, &self.bias_hh])?;
                Ok(RecurrentWay { backward, start, ..way })
            }
        }

        impl<const I: usize, const H: usize, D: Kernels, X: Reading<D>> Module<X> for $Layer<I, H, f32, D>
        where
            X::Numbers: Feeds<I>,
        {
            type Output = X::With<Const<H>>;
            type Error = D::Err;

            fn try_forward(&self, x: X) -> Result<Self::Output, D::Err> {
                let () = X::Numbers::FITS;
                let name = format_args!(concat!(stringify!($Layer), "<{}, {}>"), I, H);
                let (x, lengths) = x.open();
                let (b, s, _) = *x.shape();
                let ways = vec![self.way(false, Vec::new()).map_err(D::to_device_error)?];
                let y = read_sequences(&name, Cell::$Layer, x, ways, lengths.clone(), false);
                let (y, _) = y.map_err(D::to_device_error)?;
                Ok(X::close(y.try_reshape_like(&(b, s, Const))?, lengths))
            }
        }
    };
}

layer! {
    /// [`builder::Rnn`] on a device.
    Rnn, 1
}
layer! {
    /// [`builder::Gru`] on a device. The gates stand in the order reset, update, new.
    Gru, 3
}
layer! {
    /// [`builder::Lstm`] on a device. The gates stand in the order input, forget, cell, output.
    Lstm, 4
}
