//! The tensors of a learner's network: how they begin, which of them stand still, and how they come from a file.

mod freeze;
mod init;
mod load_report;
pub(in crate::train) mod parts;
mod state;

pub use load_report::LoadReport;
