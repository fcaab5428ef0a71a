//! The Jupyter kernel: how it is started, and the client that talks to it.

pub mod analyzer;
mod client;
mod ending;
pub mod gate;
mod inputs;
mod launch;
pub mod library;
mod session;
mod settings;
mod side_by_side;
mod slot;

pub use client::{Kernel, Outcome, Ran};
pub use inputs::{VERSION, inputs};
pub use launch::{Launch, become_kernel};
pub use session::{Open, Session};
pub use side_by_side::side_by_side;
pub use slot::{cell_libraries, mark_warm};
