//! How a set keeps its samples.

use std::sync::Arc;

/// The samples, one after the other.
#[derive(Clone)]
pub(super) enum Inputs {
    /// Pixels, 0..=255.
    Pixels(Arc<Vec<u8>>),
    /// Any numbers.
    Values(Arc<Vec<f32>>),
}

/// The targets, one after the other.
pub(super) enum TargetStore {
    Classes(Vec<usize>),
    Values { data: Vec<f32>, dim: usize },
}
