//! The tasks of chapter 24, a project of one's own.

mod apart;
mod card;
mod exam;
mod temperature;
mod threshold;

pub use apart::apart;
pub use card::card;
pub use exam::exam;
pub use temperature::temperature;
pub use threshold::threshold;
