//! A set of samples, and what is done with it on its way to a network.
//!
//! [`Dataset`] keeps samples with their targets and gives views of them: splits, folds, balanced classes. [`Batches`]
//! are one epoch of it, [`Batch`] is what one step sees; pixels become numbers, and are augmented and normalized, only when
//! a batch is made.

mod augmented;
mod balance;
mod batch;
mod batches;
mod build;
mod classes;
mod encode;
mod features;
mod folds;
mod gather;
mod normalize;
mod ragged;
mod sequences;
mod set;
mod split;
mod steps;
mod store;

pub use batch::{Batch, IGNORE, PAD, Targets};
pub use batches::Batches;
pub(crate) use classes::same_classes;
pub use encode::one_hot;
pub use normalize::Normalization;
pub use set::Dataset;
pub(in crate::data) use split::{permutation, two_parts};
