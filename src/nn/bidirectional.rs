//! Recurrent layers in both directions.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::conv::uniform;
use super::reading::{Feeds, Reading};
use super::recurrent::{Gru, Lstm, Rnn, builder};
use crate::ops::{Cell, Kernels, Times, read_sequences};

/// A recurrent layer that reads each sequence from its beginning, beside one that reads it from its end: at each step the
/// two know all of it.
///
/// Around an [`Rnn`](crate::nn::builders::Rnn), [`Gru`](crate::nn::builders::Gru) or [`Lstm`](crate::nn::builders::Lstm)
/// of `H` units, it maps `(B, T, I)` to `(B, T, 2 H)`: the `H` numbers of the layer that reads forward, then those of the
/// other. The one that reads backward begins with the last real step of each sequence. The last axis has the type
/// [`Times<2, H>`](crate::ops::Times), which says that two directions stand beside each other:
/// [`LastState`](crate::nn::builders::LastState) takes of each what it knows at last, [`Linear`](crate::nn::builders::Linear)
/// and recurrent layers take it as `2 H` numbers, and [`Beside`](crate::nn::builders::Beside) makes it an axis of
/// `2 H` numbers for any other layer.
///
/// In files, the weights have PyTorch's names, those of the second layer with `_reverse` behind.
///
/// Schuster & Paliwal 1997, *Bidirectional recurrent neural networks*. PyTorch: `bidirectional=True`. Taught in notebook 14.
///
/// ```
/// use gradus::prelude::*;
///
/// // Two layers, each in both directions: PyTorch's `nn.LSTM(5, 8, num_layers=2, bidirectional=True)`.
/// type Reader = (Bidirectional<Lstm<5, 8>>, Bidirectional<Lstm<16, 8>>);
///
/// # fn main() -> gradus::Result<()> {
/// let dev = device(0)?;
/// let net = dev.build_module::<(Reader, LastState, Linear<16, 3>), f32>();
/// let steps: Tensor<Rank3<4, 7, 5>, f32, _> = dev.sample_normal();
/// let lengths = [7, 2, 0, 5].into();
/// assert_eq!(net.try_forward(Padded { steps, lengths })?.shape().concrete(), [4, 3]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Bidirectional<L> {
    /// Reads from the beginning.
    pub forward: L,
    /// Reads from the end.
    pub backward: L,
}

/// The eight tensors of a layer and its twin.
macro_rules! fields {
    ($E:ident, $H:ident, $($name:literal $way:ident $field:ident),*) => {
        ($(Self::tensor(
            $name,
            |s| &s.$way.$field,
            |s| &mut s.$way.$field,
            TensorOptions::reset_with(|t| t.try_fill_with_distr(uniform::<$E>($H))),
        ),)*)
    };
}

macro_rules! layer {
    ($Layer:ident) => {
        impl<const I: usize, const H: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E>
            for Bidirectional<builder::$Layer<I, H>>
        where
            Bidirectional<$Layer<I, H, E, D>>: BuildModule<D, E>,
        {
            type Built = Bidirectional<$Layer<I, H, E, D>>;
        }

        impl<const I: usize, const H: usize, E: Dtype, D: Storage<E>> NonMutableModule
            for Bidirectional<$Layer<I, H, E, D>>
        {
        }

        impl<const I: usize, const H: usize, E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D>
            for Bidirectional<$Layer<I, H, E, D>>
        {
            type To<E2: Dtype, D2: Device<E2>> = Bidirectional<$Layer<I, H, E2, D2>>;

            fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                let forward = fields!(E, H,
                    "weight_ih_l0" forward weight_ih, "weight_hh_l0" forward weight_hh,
                    "bias_ih_l0" forward bias_ih, "bias_hh_l0" forward bias_hh);
                let backward = fields!(E, H,
                    "weight_ih_l0_reverse" backward weight_ih, "weight_hh_l0_reverse" backward weight_hh,
                    "bias_ih_l0_reverse" backward bias_ih, "bias_hh_l0_reverse" backward bias_hh);
                visitor.visit_fields((forward, backward), |(forward, backward)| {
                    let [forward, backward] = [forward, backward].map(|(weight_ih, weight_hh, bias_ih, bias_hh)| {
                        $Layer { weight_ih, weight_hh, bias_ih, bias_hh }
                    });
                    Bidirectional { forward, backward }
                })
            }
        }

        impl<const I: usize, const H: usize, D: Kernels, X: Reading<D>> Module<X>
            for Bidirectional<$Layer<I, H, f32, D>>
        where
            X::Numbers: Feeds<I>,
        {
            type Output = X::With<Times<2, H>>;
            type Error = D::Err;

            fn try_forward(&self, x: X) -> Result<Self::Output, D::Err> {
                let () = X::Numbers::FITS;
                let name = format_args!(concat!("Bidirectional<", stringify!($Layer), "<{}, {}>>"), I, H);
                let (x, lengths) = x.open();
                let (b, s, _) = *x.shape();
                let ways = || Ok(vec![self.forward.way(false, Vec::new())?, self.backward.way(true, Vec::new())?]);
                let read = |ways| read_sequences(&name, Cell::$Layer, x, ways, lengths.clone(), false);
                let (y, _) = ways().and_then(read).map_err(D::to_device_error)?;
                Ok(X::close(y.try_reshape_like(&(b, s, Times))?, lengths))
            }
        }
    };
}

layer!(Rnn);
layer!(Gru);
layer!(Lstm);
