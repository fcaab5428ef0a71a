//! How weights are moved: optimizers, what they remember of their steps, and how their rate changes over a run.
//!
//! [`Optimizer`] has the settings, `update` the formulas; [`Stepper`] uses both without a network.

mod net_stepper;
pub(in crate::train) mod optimizer;
pub(in crate::train) mod schedule;
mod stepper;
pub(in crate::train) mod update;

pub use net_stepper::NetStepper;
pub use optimizer::{Adagrad, Adam, AdamW, Optimizer, RmsProp, Sgd};
pub use schedule::{OneCycle, Schedule};
pub use stepper::{Stepper, descend};
