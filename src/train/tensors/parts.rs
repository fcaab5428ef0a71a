//! Which tensors of a network stand still, and at which rates the others move.

use crate::train::networks::network::TensorInfo;

/// How the tensors of a network differ in training.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::train) struct Parts {
    /// For each tensor, whether it stands still.
    pub frozen: Vec<bool>,
    /// For each tensor, what its learning rate is multiplied by.
    pub rates: Vec<f32>,
    /// The numbers of the frozen tensors that no optimizer moves, such as running statistics: a forward pass in training
    /// mode moves them, and they are put back after it. Empty until the first step, and for other tensors.
    pub kept: Vec<Vec<f32>>,
}

impl Parts {
    pub fn new(tensors: usize) -> Self {
        Self {
            frozen: vec![false; tensors],
            rates: vec![1.0; tensors],
            kept: Vec::new(),
        }
    }

    /// What a tensor's learning rate is multiplied by.
    pub fn rate(&self, index: usize) -> f32 {
        self.rates[index]
    }

    /// Forgets the running statistics of the frozen parts: others have come in their place.
    pub fn forget(&mut self) {
        self.kept.clear();
    }

    /// For each tensor, whether an optimizer moves it.
    pub fn moving(&self, layout: &[TensorInfo]) -> Vec<bool> {
        let pairs = layout.iter().zip(&self.frozen);
        pairs.map(|(info, frozen)| info.trainable && !frozen).collect()
    }

    /// For each tensor, whether it has to be put back after a forward pass.
    pub fn standing(&self, layout: &[TensorInfo]) -> Vec<bool> {
        let pairs = layout.iter().zip(&self.frozen);
        pairs.map(|(info, frozen)| !info.trainable && *frozen).collect()
    }
}
