//! A network as a learner holds it: without its type, with its tensors in files.
//!
//! `network` has the trait that a learner sees, `erased` what stands behind it, `walker` the way through its tensors, `numbers` how the numbers of
//! a tensor are reached on either device, `weights` and `tensor_file` the files.

mod erased;
pub(in crate::train) mod network;
mod numbers;
pub(in crate::train) mod tensor_file;
pub(in crate::train) mod walker;
pub(in crate::train) mod weights;

pub use network::{Scores, Trainable};
