//! The tasks of chapter 18, generative adversarial networks.

mod best;
mod cover;
mod game;
mod sigma;
mod slopes;

pub use best::best;
pub use cover::{Coverage, cover};
pub use game::{Maker, game, places};
pub use sigma::sigma;
pub use slopes::slopes;
