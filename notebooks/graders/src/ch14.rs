//! The tasks of chapter 14, recurrent networks.

mod gru;
mod order;
mod padded;
mod sampling;
mod windows;

pub use gru::{Gate, GruCell, cell, read};
pub use order::{EVENTS, events, order};
pub use padded::{States, padded};
pub use sampling::sampling;
pub use windows::{Pair, windows};
