//! What a learner answers: predictions, losses, metrics. Nothing here changes it.

use dfdx::prelude::*;

use super::predictions::Predictions;
use super::tally::SEQUENCES;
use super::tokens::counted;
use crate::Result;
use crate::data::{Dataset, Targets};
use crate::metrics::ConfusionMatrix;
use crate::train::learner::Learner;
use crate::train::runs::check;

/// Samples that are scored at once in evaluation.
const EVAL_BATCH: usize = 256;

impl Learner {
    /// The scores of every sample of `data`, in order, in evaluation mode. Where every step of a sequence has a class, those of
    /// every step that counts: see [`Predictions::of_sample`].
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape) where the samples do not fit the network, [`Error::Argument`](crate::Error::Argument) for an empty set.
    pub fn predict(&self, data: &Dataset) -> Result<Predictions> {
        check::samples("data", data)?;
        let (mut scores, mut width, mut truth) = (Vec::with_capacity(data.len()), 1, None);
        let mut ends: Vec<usize> = Vec::new();
        let size = if data.asks_every_step() { SEQUENCES } else { EVAL_BATCH };
        for batch in data.batches(size, None)? {
            let y = self.net.forward(batch.inputs, &batch.sample_shape)?;
            width = y.shape().1;
            check::answers(y.shape().0, &batch.targets)?;
            let (rows, targets, more) = counted(y.as_vec(), width, batch.targets);
            let before = ends.last().copied().unwrap_or(0);
            ends.extend(more.iter().map(|end| before + end));
            scores.extend(rows);
            truth = Some(match truth {
                None => targets,
                Some(before) => join(before, targets),
            });
        }
        Ok(Predictions {
            scores,
            width,
            truth: truth.unwrap_or(Targets::Classes(Vec::new())),
            ends,
            class_names: data.class_names().to_vec(),
            loss: self.loss.clone(),
            trained: match &self.classes {
                trained if trained == data.class_names() => Vec::new(),
                trained => trained.clone(),
            },
        })
    }

    /// Loss and metric on `data`, in evaluation mode: accuracy (0 to 1) for classes (per step, where every step has one), mean absolute error for values, mean
    /// IoU of the boxes for a detector, or what a loss of your own [measures](crate::train::CustomLoss::metric).
    ///
    /// # Errors
    /// As [`Learner::predict`]; [`Error::Argument`](crate::Error::Argument) where the loss or the network has no use for the
    /// targets, or where the data have other classes than the training set had.
    pub fn evaluate(&self, data: &Dataset) -> Result<(f64, f64)> {
        self.same_meaning(data)?;
        let (loss, metric) = self.figures(data, self.metric())?;
        let metric = metric?;
        Ok((loss?, metric))
    }

    /// What the network makes of every sample of `data`, in evaluation mode, as a set of its own: rows of numbers with the
    /// same targets.
    ///
    /// With a network that is the body of another, these are *features*. A body that is not trained gives the same ones in
    /// every epoch; computed once, they train a small head in moments. Taught in notebook 13.
    ///
    /// # Errors
    /// As [`Learner::predict`].
    pub fn features(&self, data: &Dataset) -> Result<Dataset> {
        let rows = self.predict(data)?;
        data.with_inputs(rows.scores, &[rows.width])
    }

    /// The confusion matrix on `data`: rows are the true classes, columns the predicted ones.
    ///
    /// # Errors
    /// As [`Learner::predict`]; [`Error::Argument`](crate::Error::Argument) where the targets are values, or where the data
    /// have other classes than the training set had.
    pub fn confusion(&self, data: &Dataset) -> Result<ConfusionMatrix> {
        self.same_meaning(data)?;
        self.predict(data)?.confusion()
    }

    /// That the data have the classes, and features of the meaning, that the weights were trained on.
    fn same_meaning(&self, data: &Dataset) -> Result<()> {
        let what = format!("{:?}", data.name());
        check::classes(&what, data.class_names(), "the training set", &self.classes)?;
        check::features(&what, data.features(), "the training set", &self.meanings)
    }
}

fn join(a: Targets, b: Targets) -> Targets {
    match (a, b) {
        (Targets::Classes(mut a), Targets::Classes(b)) => {
            a.extend(b);
            Targets::Classes(a)
        }
        (Targets::Values { mut data, dim }, Targets::Values { data: more, .. }) => {
            data.extend(more);
            Targets::Values { data, dim }
        }
        (Targets::Probabilities { mut data, classes }, Targets::Probabilities { data: more, .. }) => {
            data.extend(more);
            Targets::Probabilities { data, classes }
        }
        // All batches of one set have targets of one kind.
        (a, _) => a,
    }
}
