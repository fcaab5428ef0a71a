//! One way through the sequences.

use dfdx::prelude::*;

use super::weights::Weights;
use crate::ops::tensors::Tensor2;

/// One way through the sequences, from their beginning or from their end.
#[derive(Clone, Debug)]
pub struct Way<D: Storage<f32>> {
    /// What is learned.
    pub weights: Weights<D>,
    /// Whether it begins with the last real step of each sequence and ends with the first.
    pub backward: bool,
    /// The state before the first step that is read, `(B, H)`: the output, and LSTM's memory. Zeros where it is empty.
    pub start: Vec<Tensor2<D>>,
}
