//! Sequences with or without lengths, for layers that take two of them.

use std::sync::Arc;

use dfdx::prelude::*;

use super::padded::Padded;

/// Sequences of one length, `Tensor<(B, T, N), ...>`, or of several, [`Padded`].
pub trait MaybePadded: Sized {
    /// The tensor of the steps.
    type Steps;

    /// The steps, and how many of each sequence are real, where that is not all of them.
    fn split(self) -> (Self::Steps, Option<Arc<[usize]>>);

    /// The way back from [`split`](Self::split): other steps of the same lengths.
    fn join(steps: Self::Steps, lengths: Option<Arc<[usize]>>) -> Self;
}

impl<B: Dim, S: Dim, N: Dim, D: Storage<f32>, T> MaybePadded for Tensor<(B, S, N), f32, D, T> {
    type Steps = Self;

    fn split(self) -> (Self, Option<Arc<[usize]>>) {
        (self, None)
    }

    fn join(steps: Self, _: Option<Arc<[usize]>>) -> Self {
        steps
    }
}

impl<B: Dim, S: Dim, N: Dim, D: Storage<f32>, T> MaybePadded for Padded<Tensor<(B, S, N), f32, D, T>> {
    type Steps = Tensor<(B, S, N), f32, D, T>;

    fn split(self) -> (Self::Steps, Option<Arc<[usize]>>) {
        (self.steps, Some(self.lengths))
    }

    fn join(steps: Self::Steps, lengths: Option<Arc<[usize]>>) -> Self {
        let lengths = lengths.unwrap_or_default();
        Self { steps, lengths }
    }
}
