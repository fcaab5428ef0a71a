//! Training: a learner around a network, losses, optimizers, schedules and the history of a run.

mod check;
mod history;
mod learner;
mod loss;
mod network;
mod optimizer;
mod predictions;
mod schedule;
mod state_dict;
mod summary;
mod weights;

pub use history::{Epoch, History};
pub use learner::Learner;
pub use loss::Loss;
pub use network::{Scores, Trainable};
pub use optimizer::{Adam, AdamW, Optimizer, RmsProp, Sgd};
pub use predictions::Predictions;
pub use schedule::{OneCycle, Schedule};
pub use state_dict::{LoadReport, StateDict};
pub use summary::Summary;
