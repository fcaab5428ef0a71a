//! Recurrent layers step by step, and from a state that comes from outside.

use dfdx::prelude::*;

use super::reading::{Feeds, Reading};
use super::recurrent::{Gru, Lstm, Rnn};
use crate::ops::{Cell, Kernels, Tensor2, read_sequences};
use crate::{Error, Result};

/// What an [`Rnn`](crate::nn::modules::Rnn) or a [`Gru`](crate::nn::modules::Gru) of `H` units knows of `B` sequences.
///
/// PyTorch: `h_n`, without its first axis. Taught in notebook 14.
#[derive(Clone, Debug)]
pub struct State<B: Dim, const H: usize, D: Storage<f32>, T = NoneTape> {
    /// The output after the last step, `(B, H)`.
    pub h: Tensor<(B, Const<H>), f32, D, T>,
}

/// What an [`Lstm`](crate::nn::modules::Lstm) of `H` units knows of `B` sequences.
///
/// PyTorch: `(h_n, c_n)`, without their first axes. Taught in notebook 14.
#[derive(Clone, Debug)]
pub struct LstmState<B: Dim, const H: usize, D: Storage<f32>, T = NoneTape> {
    /// The output after the last step, `(B, H)`.
    pub h: Tensor<(B, Const<H>), f32, D, T>,
    /// The memory, `(B, H)`. What was recorded of it is on the tape of `h`.
    pub c: Tensor<(B, Const<H>), f32, D>,
}

/// A tensor with sizes known at run time, what was recorded of that being added to a tape.
fn loose<const H: usize, B: Dim, D: Kernels, T: Tape<f32, D>>(
    t: Tensor<(B, Const<H>), f32, D>,
    tape: T,
) -> Result<(Tensor2<D>, T)> {
    let batch = t.shape().0.size();
    let t = t.put_tape(tape).try_reshape_like(&(batch, H)).map_err(dfdx)?;
    Ok(t.split_tape())
}

/// The way back of [`loose`].
fn tight<const H: usize, B: Dim, D: Kernels, T: Tape<f32, D>>(
    t: Tensor2<D>,
    batch: B,
    tape: T,
) -> Result<(Tensor<(B, Const<H>), f32, D>, T)> {
    let t = t.put_tape(tape).try_reshape_like(&(batch, Const)).map_err(dfdx)?;
    Ok(t.split_tape())
}

fn dfdx<E: std::fmt::Display>(error: E) -> Error {
    Error::Dfdx(error.to_string())
}

/// Not generic, so that it is not compiled in a cell.
fn check(name: std::fmt::Arguments, sequences: usize, states: usize) -> Result<()> {
    if sequences == states {
        return Ok(());
    }
    Err(Error::Shape {
        layer: name.to_string(),
        expected: format!("a state of {sequences} sequences, as many as there are"),
        got: format!("a state of {states}"),
    })
}

macro_rules! state {
    ($State:ident, $($c:ident)?) => {
        impl<B: Dim, const H: usize, D: Kernels, T: Tape<f32, D>> $State<B, H, D, T> {
            /// The same state, with nothing recorded on its tape.
            pub fn retaped<R: Tape<f32, D>>(&self) -> $State<B, H, D, R> {
                $State {
                    h: self.h.retaped(),
                    $($c: self.$c.clone(),)?
                }
            }

            /// The parts, and the tape.
            fn open(self) -> Result<(Vec<Tensor2<D>>, T)> {
                let (h, tape) = self.h.split_tape();
                let (h, tape) = loose(h, tape)?;
                let parts = vec![h];
                $(
                    let (more, tape) = loose(self.$c, tape)?;
                    let parts = [parts, vec![more]].concat();
                )?
                Ok((parts, tape))
            }

            /// The way back of `open`: the state, with its tape beside it.
            fn close(parts: Vec<Tensor2<D>>, batch: B, tape: T) -> Result<($State<B, H, D>, T)> {
                let mut parts = parts.into_iter();
                let mut next = |tape| match parts.next() {
                    Some(part) => tight(part, batch, tape),
                    None => unreachable!("a cell gives back as many parts of its state as it has"),
                };
                let (h, tape) = next(tape)?;
                $(let ($c, tape) = next(tape)?;)?
                Ok(($State { h, $($c)? }, tape))
            }

            /// With a tape on the output.
            fn with_tape(state: $State<B, H, D>, tape: T) -> Self {
                $State {
                    h: state.h.put_tape(tape),
                    $($c: state.$c,)?
                }
            }
        }
    };
}

state!(State,);
state!(LstmState, c);

macro_rules! layer {
    ($Layer:ident, $State:ident) => {
        impl<const I: usize, const H: usize, D: Kernels> $Layer<I, H, f32, D> {
            /// The state before the first step of `batch` sequences: zeros.
            ///
            /// # Errors
            /// Only where memory runs out.
            pub fn start<B: Dim, T: Tape<f32, D>>(&self, batch: B) -> Result<$State<B, H, D, T>> {
                let zeros = |_| {
                    self.bias_hh
                        .device()
                        .try_zeros_like(&(batch.size(), H))
                        .map_err(dfdx)
                };
                let parts = (0..Cell::$Layer.states())
                    .map(zeros)
                    .collect::<Result<Vec<_>>>()?;
                let (state, tape) = $State::close(parts, batch, T::default())?;
                Ok($State::with_tape(state, tape))
            }

            /// One step of each sequence: from its numbers `(B, I)` and the state before to the state after, whose `h` is the
            /// output. Step by step it gives what the layer gives for whole sequences.
            ///
            /// PyTorch: `RNNCell`, `GRUCell`, `LSTMCell`. Taught in notebook 14.
            ///
            /// # Errors
            /// [`Error::Shape`] where the state is of another number of sequences.
            pub fn step<B: Dim, T: Tape<f32, D>>(
                &self,
                x: Tensor<(B, Const<I>), f32, D, T>,
                state: $State<B, H, D, T>,
            ) -> Result<$State<B, H, D, T>> {
                let batch = x.shape().0;
                let x = x
                    .try_reshape_like(&(batch, Const::<1>, Const::<I>))
                    .map_err(dfdx)?;
                self.read(x, state)
            }

            /// Reads sequences from a state on, and gives the last one: all that is left of them in an encoder.
            ///
            /// `x` is a tensor `(B, T, I)` or [`Padded`](crate::nn::Padded). What was recorded is on the tape of the state.
            /// A sequence of length 0 leaves the state as it was.
            ///
            /// # Errors
            /// [`Error::Shape`] for sequences without a step, and where the state is of another number of sequences.
            pub fn read<X: Reading<D>>(
                &self,
                x: X,
                state: $State<X::Batch, H, D, X::Tape>,
            ) -> Result<$State<X::Batch, H, D, X::Tape>>
            where
                X::Numbers: Feeds<I>,
            {
                let (_, state, tape) = self.go::<X>(x, state)?;
                Ok($State::with_tape(state, tape))
            }

            /// Reads sequences from a state on: the outputs of all steps, and the last state.
            ///
            /// `x` is a tensor `(B, T, I)` or [`Padded`](crate::nn::Padded); the outputs are likewise. What was recorded, of
            /// the state too, is on the tape of the outputs: where nothing is made of these, nothing reaches the weights,
            /// and [`read`](Self::read) is the right method.
            ///
            /// PyTorch: `layer(x, state)`. Taught in notebook 15.
            ///
            /// # Errors
            /// As [`read`](Self::read).
            pub fn forward_from<X: Reading<D>>(
                &self,
                x: X,
                state: $State<X::Batch, H, D, X::Tape>,
            ) -> Result<(X::With<Const<H>>, $State<X::Batch, H, D, X::Tape>)>
            where
                X::Numbers: Feeds<I>,
            {
                let ((y, steps, lengths), state, tape) = self.go::<X>(x, state)?;
                let shape = (state.h.shape().0, steps, Const);
                let y = y.put_tape(tape).try_reshape_like(&shape).map_err(dfdx)?;
                Ok((X::close(y, lengths), state.retaped()))
            }

            /// The outputs, the last state, and what was recorded of both.
            fn go<X: Reading<D>>(
                &self,
                x: X,
                state: $State<X::Batch, H, D, X::Tape>,
            ) -> Result<(Outputs<D, X::Steps>, $State<X::Batch, H, D>, X::Tape)>
            where
                X::Numbers: Feeds<I>,
            {
                let () = X::Numbers::FITS;
                let name = format_args!(concat!(stringify!($Layer), "<{}, {}>"), I, H);
                let (x, lengths) = x.open();
                let (batch, steps, _) = *x.shape();
                check(name, batch.size(), state.h.shape().0.size())?;
                let ((x, tape), (parts, other)) = (x.split_tape(), state.open()?);
                let x = x.put_tape(tape.merge(other));
                let ways = vec![self.way(false, parts)?];
                let (y, ends) = read_sequences(&name, Cell::$Layer, x, ways, lengths.clone(), true)?;
                let (y, tape) = y.split_tape();
                let (state, tape) = $State::close(ends, batch, tape)?;
                Ok(((y, steps, lengths), state, tape))
            }
        }
    };
}

/// Outputs, the steps of the block, and how many of them are real.
type Outputs<D, S> = (
    Tensor<(usize, usize, usize), f32, D>,
    S,
    Option<std::sync::Arc<[usize]>>,
);

layer!(Rnn, State);
layer!(Gru, State);
layer!(Lstm, LstmState);
