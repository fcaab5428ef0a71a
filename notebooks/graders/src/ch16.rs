//! The tasks of chapter 16, vision transformers.

mod count;
mod patches;
mod places;
mod resize;
mod rollout;

pub use count::{Plan, count};
pub use patches::patches;
pub use places::{SHAPES, above, places};
pub use resize::resize;
pub use rollout::{Map, rollout};
