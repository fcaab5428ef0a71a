//! Training: a learner around a network, losses, optimizers, schedules, callbacks and the history of a run.

mod answer;
mod callback;
mod check;
mod clip;
mod constraint;
mod erased;
mod fit;
mod history;
mod learner;
mod loss;
mod network;
mod optimizer;
mod parts;
mod predictions;
mod schedule;
mod step;
mod summary;
mod transform;
mod update;
mod weights;

pub use callback::{BatchEnd, Callback, Control, EpochEnd, FitBegin, FitEnd};
pub use constraint::Constraint;
pub use history::{Epoch, History};
pub use learner::Learner;
pub use loss::Loss;
pub use network::{Scores, Trainable};
pub use optimizer::{Adam, AdamW, Optimizer, RmsProp, Sgd};
pub use predictions::Predictions;
pub use schedule::{OneCycle, Schedule};
pub use summary::Summary;
pub use transform::{BatchInfo, BatchTransform};
