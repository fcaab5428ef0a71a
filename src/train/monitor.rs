//! Which epoch is the best.

use super::callback::EpochEnd;

/// The figure by which epochs are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Monitor {
    /// The loss on the validation set: the lower, the better.
    #[default]
    ValidLoss,
    /// The metric on the validation set: the higher, the better for an accuracy, the lower, the better for an error.
    Metric,
}

impl Monitor {
    /// The figure of an epoch, turned so that higher is better.
    pub(super) fn score(self, event: &EpochEnd) -> f64 {
        match self {
            Self::ValidLoss => -event.epoch.valid_loss,
            Self::Metric if event.metric == "accuracy" => event.epoch.metric,
            Self::Metric => -event.epoch.metric,
        }
    }
}
