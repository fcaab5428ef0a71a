//! Which epoch is the best.

use super::events::EpochEnd;
use crate::train::results::metric::{Better, Metric};

/// The figure by which epochs are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Monitor {
    /// The loss on the validation set: the lower, the better.
    #[default]
    ValidLoss,
    /// The metric on the validation set: the higher, the better for accuracy and IoU, the lower, the better
    /// for an error, as the [metric](crate::train::Metric) says.
    Metric,
}

impl Monitor {
    /// The figure of an epoch, turned so that higher is better.
    pub(super) fn score(self, event: &EpochEnd, metric: Metric) -> f64 {
        match (self, metric.better) {
            (Self::ValidLoss, _) => -event.epoch.valid_loss,
            (Self::Metric, Better::Higher) => event.epoch.metric,
            (Self::Metric, Better::Lower) => -event.epoch.metric,
        }
    }
}
