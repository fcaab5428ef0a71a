//! Loss and metric of a set whose every step has a class, batch by batch: all scores at once would not fit into memory.

use dfdx::prelude::*;

use super::highest::highest;
use super::metric::Metric;
use crate::data::{Dataset, IGNORE, Targets};
use crate::train::learner::Learner;
use crate::train::losses::loss::Loss;
use crate::train::runs::check;
use crate::{Result, metrics};

/// Sequences that are scored at once in evaluation.
pub(super) const SEQUENCES: usize = 32;

/// Sums over batches.
#[derive(Default)]
struct Tally {
    loss: f64,
    /// What the loss is divided by: steps, or the weights of their classes.
    divisor: f64,
    /// The cross-entropy, where it is asked for.
    surprise: f64,
    right: usize,
    counted: usize,
}

impl Learner {
    /// The loss on `data`, in evaluation mode, and the metric. Either may be refused where the other is not. That the classes are
    /// those of the training set is the caller's to check.
    pub(in crate::train) fn figures(&self, data: &Dataset, metric: Metric) -> Result<(Result<f64>, Result<f64>)> {
        if !data.asks_every_step() || ![Metric::ACCURACY, Metric::PERPLEXITY].contains(&metric) {
            let predictions = self.predict(data)?;
            return Ok((predictions.loss(), predictions.measured(metric)));
        }
        check::samples("data", data)?;
        let (mut tally, mut ordered) = (Tally::default(), Ok(()));
        for batch in data.batches(SEQUENCES, None)? {
            let y = self.net.forward(batch.inputs, &batch.sample_shape)?;
            let (scores, width) = (y.as_vec(), y.shape().1);
            tally.add(&self.loss, &scores, width, &batch.targets, metric)?;
            ordered = ordered.and(metrics::check_order(&scores, width));
        }
        let value = ordered.and_then(|()| tally.measured(metric));
        Ok((Ok(tally.mean()), value))
    }
}

impl Tally {
    fn add(&mut self, loss: &Loss, scores: &[f32], width: usize, targets: &Targets, metric: Metric) -> Result<()> {
        let (mean, divisor) = (loss.mean(scores, width, targets)?, loss.divisor(targets));
        let counted = targets.counted();
        self.loss += mean * divisor;
        self.divisor += divisor;
        self.counted += counted;
        if metric == Metric::PERPLEXITY {
            let mean = if *loss == Loss::CrossEntropy {
                mean
            } else {
                Loss::CrossEntropy.mean(scores, width, targets)?
            };
            self.surprise += mean * counted as f64;
        }
        if let Targets::Steps { classes, .. } = targets {
            let rows = scores.chunks(width.max(1)).zip(classes);
            let asked = rows.filter(|(_, class)| **class != IGNORE);
            self.right += asked.filter(|(row, class)| highest(row) == **class).count();
        }
        Ok(())
    }

    fn mean(&self) -> f64 {
        if self.divisor == 0.0 {
            0.0
        } else {
            self.loss / self.divisor
        }
    }

    fn measured(&self, metric: Metric) -> Result<f64> {
        match self.counted {
            // As the loss, which is 0 where nothing is asked.
            0 if metric == Metric::PERPLEXITY => Ok(1.0),
            n if metric == Metric::PERPLEXITY => metrics::perplexity(&[self.surprise / n as f64]),
            n => Ok(self.right as f64 / n.max(1) as f64),
        }
    }
}
