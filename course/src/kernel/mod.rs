//! The Jupyter kernel: how it is started, and the client that talks to it.

pub mod analyzer;
mod client;
mod launch;
mod settings;
mod slot;

pub use client::{Kernel, Outcome, Ran};
pub use launch::{Launch, become_kernel};
pub use slot::{cell_libraries, mark_warm};
