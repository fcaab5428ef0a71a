//! Looking into a network while it runs.
//!
//! Operations and layers report here what they compute: as long as nobody looks, that costs one check. [`probe`] sees the
//! results of a forward pass (is the signal dying?); [`trace`] keeps them with the gradient of a score (what does the answer
//! depend on?), for the explainers.

pub(crate) mod probe;
pub(crate) mod trace;
