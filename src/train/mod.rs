//! Training: a learner around a network, losses, optimizers, schedules, callbacks and the history of a run.
//!
//! [`Learner`] holds the network and its settings; its methods stand in the rooms that they belong to.
//!
//! | room | what is in it |
//! |---|---|
//! | `runs` | `fit`, the step, clipping and constraints, `lr_find` |
//! | `losses` | [`Loss`], and [`CustomLoss`] for one of your own |
//! | `optimizers` | [`Optimizer`], its formulas, [`Schedule`] |
//! | `transforms` | what happens to a batch before: augmentation, noise, [`Mixup`] |
//! | `callbacks` | [`Callback`], [`Checkpoint`], [`EarlyStopping`], logs |
//! | `results` | `evaluate`, `predict`, [`Predictions`], [`History`], [`Metric`] |
//! | `tensors` | `init`, `freeze`, `state_dict` and what loads one |
//! | `insight` | `summary`, `diagnose`, gradients for explanations |
//! | `networks` | a network whose type has been forgotten, and its files |
//!
//! Texts and other sequences train like pictures. How their batches look, which targets they have and how losses count
//! steps is told in one place, in the docs of [`Dataset`](crate::data::Dataset)'s constructors and of
//! [`Targets`](crate::data::Targets); [`Scores`] is what a network may answer. For several networks or losses at once there is a
//! loop of your own, with [`NetStepper`] and [`Loss::forward`].

mod callbacks;
mod insight;
mod learner;
mod losses;
mod networks;
mod optimizers;
mod results;
mod runs;
mod tensors;
mod transforms;

pub use crate::nn::StateDict;
pub use callbacks::{BatchEnd, Callback, Control, EpochEnd, FitBegin, FitEnd, Memo, RunState};
pub use callbacks::{Checkpoint, CsvLog, EarlyStopping, Monitor, NetAverage, TensorBoard, WeightAverage};
pub(crate) use insight::inquiry;
pub use insight::{Diagnosis, LayerOutput, Summary, WeightHealth};
pub use learner::Learner;
pub use losses::{BinaryCrossEntropy, CrossEntropy, CustomLoss, Focal, Loss, SampleCosts};
pub use networks::{Scores, Trainable};
pub use optimizers::{Adagrad, Adam, AdamW, NetStepper, OneCycle, Optimizer, RmsProp, Schedule, Sgd, Stepper, descend};
pub use results::{Better, Epoch, History, Metric, Predictions, TopLoss};
pub use runs::{Constraint, Sweep, was_cut_short};
pub use tensors::LoadReport;
pub use transforms::{BatchInfo, BatchTransform, InputNoise, Mixup};
