//! Deep learning, step by step, in Rust notebooks.
#![warn(missing_docs)]

pub mod data;
pub mod device;
pub mod error;
pub mod metrics;
pub mod nn;
pub mod ops;
pub mod plot;
pub mod prelude;
pub mod show;
pub mod train;

pub use dfdx;
pub use error::{Error, Result};
