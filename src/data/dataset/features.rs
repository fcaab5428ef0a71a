//! What the features of a set are, where a table said it.

use super::set::Dataset;

impl Dataset {
    /// What each number of a sample means: `age`, `smoker=yes of no, yes`; empty where nobody said it. Sets of which both
    /// say it, and not the same, do not belong to one network.
    pub(crate) fn features(&self) -> &[String] {
        &self.features
    }

    /// The same set with a meaning for each of its numbers.
    pub(in crate::data) fn with_features(mut self, meanings: Vec<String>) -> Self {
        self.features = meanings.into();
        self
    }
}
