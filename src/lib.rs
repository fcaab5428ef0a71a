//! Deep learning, step by step, in Rust notebooks.
#![warn(missing_docs)]

pub mod data;
pub mod error;
pub mod metrics;
pub mod plot;

pub use error::{Error, Result};
