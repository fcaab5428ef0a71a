//! The tasks of chapter 23, deployment.

mod batches;
mod fold;
mod percentile;
mod quantize;
mod size;

pub use batches::{batches, served};
pub use fold::{fold, layer_and_norm};
pub use percentile::percentile;
pub use quantize::quantize;
pub use size::size;
