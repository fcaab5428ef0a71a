//! What a recurrent layer learns.

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor1, Tensor2};

/// The weights of a recurrent layer of `G` gates: `(G * H, I)`, `(G * H, H)`, `(G * H,)`, `(G * H,)`.
#[derive(Clone, Debug)]
pub struct Weights<D: Storage<f32>> {
    /// Of the inputs.
    pub ih: Tensor2<D>,
    /// Of the state.
    pub hh: Tensor2<D>,
    /// Added to the products with the inputs.
    pub bias_ih: Tensor1<D>,
    /// Added to the products with the state.
    pub bias_hh: Tensor1<D>,
}
