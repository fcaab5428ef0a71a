//! Deep learning, step by step, in Rust notebooks.
#![warn(missing_docs)]

pub mod data;
pub mod error;

pub use error::{Error, Result};
