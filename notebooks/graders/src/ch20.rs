//! The tasks of chapter 20, graphs.

mod attend;
mod exam;
mod normalize;
mod pool;
mod relative;

pub use attend::attend;
pub use exam::exam;
pub use normalize::normalize;
pub use pool::pool;
pub use relative::relative;
