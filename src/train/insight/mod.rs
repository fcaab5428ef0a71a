//! A look inside a learner: its tensors as a table, its layers while it trains, and what its scores depend on.

mod diagnose;
pub(crate) mod inquiry;
pub(in crate::train) mod summary;

pub use diagnose::{Diagnosis, LayerOutput, WeightHealth};
pub use summary::Summary;
