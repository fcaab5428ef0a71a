//! What is measured on the validation set besides the loss.

use std::fmt;

/// Which way a figure is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The higher, the better: accuracy, IoU, R².
    Higher,
    /// The lower, the better: an error, a loss, a perplexity.
    Lower,
}

/// A figure that says in words of the task how good a network is, where its loss says what training makes small.
///
/// It stands in the history of a run beside the loss, and [`Monitor::Metric`](crate::train::Monitor::Metric) compares epochs
/// by it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name, which heads its column: at most 15 letters stay in line.
    pub name: &'static str,
    /// Which way it is better.
    pub better: Better,
}

impl Metric {
    /// The share of right answers, 0 to 1: the metric of every loss over classes.
    pub const ACCURACY: Self = Self {
        name: "accuracy",
        better: Better::Higher,
    };
    /// The mean of `|prediction - target|`: the metric of every loss over values.
    pub const MEAN_ABSOLUTE_ERROR: Self = Self {
        name: "mean abs. error",
        better: Better::Lower,
    };
    /// The exponential of the mean cross-entropy: see [`perplexity`](fn@crate::metrics::perplexity). For language models, by
    /// [`Learner::set_metric`](crate::train::Learner::set_metric).
    pub const PERPLEXITY: Self = Self {
        name: "perplexity",
        better: Better::Lower,
    };
}

impl Default for Metric {
    fn default() -> Self {
        Self::ACCURACY
    }
}

/// The name as one word, `MeanIou` for `mean IoU`: so checkpoints have it.
impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::MEAN_ABSOLUTE_ERROR {
            return f.write_str("MeanAbsoluteError");
        }
        self.name.split_whitespace().try_for_each(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string());
            write!(f, "{}{}", first.unwrap_or_default(), letters.as_str().to_lowercase())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_keep_the_words_that_they_had() {
        let iou = Metric {
            name: "mean IoU",
            better: Better::Higher,
        };
        let words = [Metric::ACCURACY, Metric::MEAN_ABSOLUTE_ERROR, iou].map(|metric| format!("{metric:?}"));
        assert_eq!(words, ["Accuracy", "MeanAbsoluteError", "MeanIou"]);
    }
}
