//! What comes out of training: the history of a run, predictions, losses and metrics on a set.

mod answer;
mod highest;
pub(in crate::train) mod history;
pub(in crate::train) mod metric;
pub(in crate::train) mod predictions;
mod tally;
mod tokens;

pub use history::{Epoch, History};
pub use metric::{Better, Metric};
pub use predictions::{Predictions, TopLoss};
