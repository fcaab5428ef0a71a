//! A network as a learner holds it: without its type, with its tensors in files.
//!
//! `network` has the trait that a learner sees, `erased` what stands behind it, `weights` and `tensor_file` the files.

mod erased;
pub(in crate::train) mod network;
pub(in crate::train) mod tensor_file;
pub(in crate::train) mod weights;

pub use network::{Scores, Trainable};
