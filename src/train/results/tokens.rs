//! Predictions for sequences of which every step has a class: one for each step that counts.

use std::borrow::Cow;
use std::ops::Range;

use super::predictions::Predictions;
use crate::data::{IGNORE, Targets};
use crate::train::losses::loss::Loss;
use crate::{Error, Result, metrics};

impl Predictions {
    /// The number of samples that were predicted; for sequences with a class for every step, the number of sequences, where
    /// [`len`](Self::len) is that of their steps.
    pub fn samples(&self) -> usize {
        if self.ends.is_empty() {
            self.len()
        } else {
            self.ends.len()
        }
    }

    /// Which predictions belong to sample `i`: its own, or, for sequences with a class for every step, those of its steps
    /// that count.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no sample `i`.
    pub fn of_sample(&self, i: usize) -> Result<Range<usize>> {
        if i >= self.samples() {
            return Err(Error::Argument {
                what: "index of a sample".into(),
                expected: format!("less than {}", self.samples()),
                got: i.to_string(),
            });
        }
        if self.ends.is_empty() {
            return Ok(i..i + 1);
        }
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        Ok(start..self.ends[i])
    }

    /// The exponential of the mean of `-log(softmax(scores)[class])`, whatever loss the network was trained with: among how
    /// many equally likely classes the network seems to choose. 1 is certainty; a network that knows nothing has as many as
    /// there are classes.
    ///
    /// torcheval: `torcheval.metrics.Perplexity`. Taught in notebook 15.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, or there are none, [`Error::NotFinite`] where a score is NaN.
    pub fn perplexity(&self) -> Result<f64> {
        metrics::check_order(&self.scores, self.width)?;
        self.labels()?;
        let losses = Loss::CrossEntropy.per_sample(&self.scores, self.width, &self.asked())?;
        metrics::perplexity(&losses)
    }

    /// The targets as the loss takes them.
    pub(super) fn asked(&self) -> Cow<'_, Targets> {
        match &self.truth {
            Targets::Classes(classes) if !self.ends.is_empty() => Cow::Owned(Targets::Steps {
                classes: classes.clone(),
                steps: 1,
            }),
            other => Cow::Borrowed(other),
        }
    }
}

/// The scores and targets of a batch without the steps that do not count, and where each sample ends in them.
pub(super) fn counted(scores: Vec<f32>, width: usize, targets: Targets) -> (Vec<f32>, Targets, Vec<usize>) {
    let Targets::Steps { classes, steps } = targets else {
        return (scores, targets, Vec::new());
    };
    let (mut kept, mut asked, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for (i, (row, class)) in scores.chunks(width.max(1)).zip(&classes).enumerate() {
        if *class != IGNORE {
            kept.extend_from_slice(row);
            asked.push(*class);
        }
        if (i + 1) % steps == 0 {
            ends.push(asked.len());
        }
    }
    (kept, Targets::Classes(asked), ends)
}
