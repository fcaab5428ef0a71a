//! What recurrent layers read: sequences of one length, or of several.

use std::sync::Arc;

use dfdx::prelude::*;

use super::padded::Padded;
use crate::ops::Times;

/// Sequences that a recurrent layer reads: a tensor `(B, T, N)`, or [`Padded`] where they have different lengths.
pub trait Reading<D: Storage<f32>>: Sized {
    /// How many sequences there are.
    type Batch: Dim;
    /// How many steps the longest has.
    type Steps: Dim;
    /// How many numbers a step has.
    type Numbers: Dim;
    /// What records the way back.
    type Tape: Tape<f32, D>;
    /// As many steps of `N` numbers each, of the same lengths.
    type With<N: Dim>;

    /// The tensor, and how many steps of each sequence are real, where that is not all of them.
    fn open(
        self,
    ) -> (
        Tensor<(Self::Batch, Self::Steps, Self::Numbers), f32, D, Self::Tape>,
        Option<Arc<[usize]>>,
    );

    /// The way back from [`open`](Self::open), for what a layer made of the steps.
    fn close<N: Dim>(
        y: Tensor<(Self::Batch, Self::Steps, N), f32, D, Self::Tape>,
        lengths: Option<Arc<[usize]>>,
    ) -> Self::With<N>;
}

impl<B: Dim, S: Dim, N: Dim, D: Storage<f32>, T: Tape<f32, D>> Reading<D> for Tensor<(B, S, N), f32, D, T> {
    type Batch = B;
    type Steps = S;
    type Numbers = N;
    type Tape = T;
    type With<O: Dim> = Tensor<(B, S, O), f32, D, T>;

    fn open(self) -> (Self, Option<Arc<[usize]>>) {
        (self, None)
    }

    fn close<O: Dim>(y: Tensor<(B, S, O), f32, D, T>, _: Option<Arc<[usize]>>) -> Self::With<O> {
        y
    }
}

impl<B: Dim, S: Dim, N: Dim, D: Storage<f32>, T: Tape<f32, D>> Reading<D> for Padded<Tensor<(B, S, N), f32, D, T>> {
    type Batch = B;
    type Steps = S;
    type Numbers = N;
    type Tape = T;
    type With<O: Dim> = Padded<Tensor<(B, S, O), f32, D, T>>;

    fn open(self) -> (Tensor<(B, S, N), f32, D, T>, Option<Arc<[usize]>>) {
        (self.steps, Some(self.lengths))
    }

    fn close<O: Dim>(y: Tensor<(B, S, O), f32, D, T>, lengths: Option<Arc<[usize]>>) -> Self::With<O> {
        Padded {
            steps: y,
            lengths: lengths.unwrap_or_default(),
        }
    }
}

/// A number of features that a layer of `I` inputs takes: `I` itself, or blocks of features that are `I` together, as a
/// layer that reads in both directions makes them.
#[diagnostic::on_unimplemented(
    message = "a layer that reads {I} numbers per step is fed steps of `{Self}`",
    note = "the first number of a recurrent layer says how many numbers each step has; behind a layer that reads in both \
            directions that is twice its number of units"
)]
pub trait Feeds<const I: usize>: Dim {
    /// Checked by the compiler where a layer is used.
    const FITS: ();
}

impl<const I: usize> Feeds<I> for Const<I> {
    const FITS: () = ();
}

impl<const K: usize, const N: usize, const I: usize> Feeds<I> for Times<K, N> {
    const FITS: () = assert!(
        K * N == I,
        "behind a layer that reads in both directions, the first number of a layer is twice the number of its units"
    );
}
