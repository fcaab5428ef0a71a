//! The tasks of chapter 19, diffusion.

mod best;
mod draw;
mod leap;
mod schedule;
mod velocity;

pub use best::best;
pub use draw::{Guess, draw};
pub use leap::leap;
pub use schedule::schedule;
pub use velocity::velocity;
