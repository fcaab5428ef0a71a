//! Training: a learner around a network, losses, optimizers, schedules and the history of a run.

mod check;
mod cost;
mod history;
mod learner;
mod loss;
mod network;
mod optimizer;
mod predictions;
mod schedule;
mod summary;
mod weights;

pub use history::{Epoch, History};
pub use learner::Learner;
pub use loss::{BinaryCrossEntropy, CrossEntropy, Focal, Loss};
pub use network::{Scores, Trainable};
pub use optimizer::{Adam, AdamW, Optimizer, RmsProp, Sgd};
pub use predictions::{Predictions, TopLoss};
pub use schedule::{OneCycle, Schedule};
pub use summary::Summary;
