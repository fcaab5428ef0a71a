//! The tasks of chapter 15, attention and a GPT.

mod bleu;
mod cache;
mod echo;
mod look;
mod plane;

pub use bleu::two_runs;
pub use cache::{Cache, remember};
pub use echo::{LAG, SYMBOLS, echo, echoes};
pub use look::look;
pub use plane::out_of_plane;
