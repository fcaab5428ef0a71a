//! The Jupyter kernel: how it is started, and the client that talks to it.

pub mod analyzer;
mod client;
pub mod gate;
mod inputs;
mod launch;
pub mod library;
mod settings;
mod slot;

pub use client::{Kernel, Outcome, Ran};
pub use inputs::{VERSION, inputs};
pub use launch::{Launch, become_kernel};
pub use slot::{cell_libraries, mark_warm};
