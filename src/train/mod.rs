//! Training: a learner around a network, losses, optimizers, schedules, callbacks and the history of a run.

mod answer;
mod augment;
mod callback;
mod check;
mod clip;
mod constraint;
mod cost;
mod erased;
mod fit;
mod history;
mod l1;
mod learner;
mod loss;
mod network;
mod noise;
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
pub use loss::{BinaryCrossEntropy, CrossEntropy, Focal, Loss};
pub use network::{Scores, Trainable};
pub use noise::{InputNoise, Mixup};
pub use optimizer::{Adam, AdamW, Optimizer, RmsProp, Sgd};
pub use predictions::{Predictions, TopLoss};
pub use schedule::{OneCycle, Schedule};
pub use summary::Summary;
pub use transform::{BatchInfo, BatchTransform};
