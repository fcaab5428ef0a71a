//! What training makes small: the losses that there are, and the way to one of your own.
//!
//! [`Loss`] is any of them. Those over classes have their settings in types of their own; [`CustomLoss`] is the trait for
//! what the enum does not hold, as the loss of a detector is.

pub(in crate::train) mod classes;
mod cost;
pub(in crate::train) mod custom;
pub(in crate::train) mod loss;
mod steps;

pub use classes::{BinaryCrossEntropy, CrossEntropy, Focal};
pub use custom::{CustomLoss, SampleCosts};
pub use loss::Loss;
