//! The training itself: the loop, one step of it, the limits that a step keeps, and the search for a learning rate.

mod budget;
pub(in crate::train) mod check;
pub(in crate::train) mod clip;
pub(in crate::train) mod constraint;
mod fit;
mod l1;
mod last_batch;
mod limits;
mod lr_find;
mod step;

pub use budget::was_cut_short;
pub use constraint::Constraint;
pub use lr_find::Sweep;
