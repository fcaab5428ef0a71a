//! What attention along edges weighs nodes with, as the kernels take it.

use dfdx::prelude::*;

use crate::ops::tensors::Tensor1;

/// Vectors with as many numbers for each head, and what belongs to them.
pub(crate) struct Vectors<D: Storage<f32>> {
    pub heads: usize,
    /// What the node that hears is weighed with.
    pub to: Tensor1<D>,
    /// What the node that is heard is weighed with.
    pub from: Tensor1<D>,
    pub bias: Tensor1<D>,
    /// The slope of the leaky ReLU where its argument is negative.
    pub slope: f32,
}
