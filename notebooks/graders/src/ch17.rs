//! The tasks of chapter 17, autoencoders.

mod active;
mod cleaner;
mod divergence;
mod draw;
mod rebuild;

pub use active::active;
pub use cleaner::{NOISE, cleaner, lines, spoilt};
pub use divergence::divergence;
pub use draw::draw;
pub use rebuild::rebuild;
