//! What happened in a run.

use std::fmt;

use super::metric::Metric;

/// The figures of one epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// Counts from 1.
    pub number: usize,
    /// Mean training loss over the epoch, measured while the weights moved.
    pub train_loss: f64,
    /// Loss on the validation set after the epoch.
    pub valid_loss: f64,
    /// The metric on the validation set after the epoch: accuracy (0 to 1) for classes, mean absolute error for
    /// values.
    pub metric: f64,
    /// Wall time, in seconds.
    pub seconds: f64,
}

/// The epochs of a run, in order.
///
/// Shown in a notebook it is a table; `plot()` draws the learning curves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    pub(in crate::train) epochs: Vec<Epoch>,
    pub(in crate::train) metric: Metric,
    pub(in crate::train) batch_losses: Vec<f32>,
}

impl History {
    /// The epochs, in order.
    pub fn epochs(&self) -> &[Epoch] {
        &self.epochs
    }

    /// The last epoch, if there was one.
    pub fn last(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// The training loss of every batch, in order.
    pub fn batch_losses(&self) -> &[f32] {
        &self.batch_losses
    }

    /// What [`Epoch::metric`] is: `accuracy`, `mean abs. error`, `mean IoU` for a detector, or what a [loss
    /// of your own](crate::train::CustomLoss) measures.
    pub fn metric_name(&self) -> &'static str {
        self.metric.name
    }

    /// Wall time of all epochs, in seconds.
    pub fn seconds(&self) -> f64 {
        self.epochs.iter().map(|e| e.seconds).sum()
    }

    pub(in crate::train) fn header(&self) -> String {
        format!("epoch  train loss  valid loss  {:>15}  seconds", self.metric_name())
    }

    pub(in crate::train) fn line(&self, e: &Epoch) -> String {
        let metric = match self.metric {
            Metric::ACCURACY => format!("{:.2} %", 100.0 * e.metric),
            _ => format!("{:.4}", e.metric),
        };
        let Epoch {
            number,
            train_loss,
            valid_loss,
            seconds,
            ..
        } = e;
        format!("{number:>5}  {train_loss:>10.4}  {valid_loss:>10.4}  {metric:>15}  {seconds:>7.1}")
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.header())?;
        self.epochs.iter().try_for_each(|e| write!(f, "\n{}", self.line(e)))
    }
}
