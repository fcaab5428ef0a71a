//! Looking for a learning rate.

use std::fmt;

use super::check;
use super::step::WHOLE;
use crate::data::Dataset;
use crate::train::learner::Learner;
use crate::train::optimizers::schedule::Schedule;
use crate::train::transforms::transform::{BatchInfo, mix};
use crate::{Error, Result};

/// Steps of a sweep.
const STEPS: usize = 100;
/// Lowest and highest rate of a sweep.
const RANGE: [f64; 2] = [1e-7, 10.0];
/// How much of the smoothed loss carries over from step to step.
const SMOOTH: f64 = 0.9;
/// A loss this many times the lowest one ends the sweep.
const RUNAWAY: f64 = 4.0;

/// What [`Learner::lr_find`] has seen: the loss at every learning rate. `plot()` draws it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    rates: Vec<f32>,
    losses: Vec<f32>,
    smoothed: Vec<f32>,
}

impl Learner {
    /// Trains a copy for some steps with a learning rate that grows from step to step, from a ten-millionth to 10 or until
    /// the loss runs away, and returns the loss at every rate. The learner is left as it is. Taught in notebook 12.
    ///
    /// Smith 2015, *Cyclical Learning Rates*, arXiv:1506.01186. fastai: `Learner.lr_find`.
    ///
    /// # Errors
    /// As [`Learner::fit`](Learner::fit), but a loss that is not finite only ends the sweep;
    /// [`Error::NotFinite`] where the first loss is that.
    pub fn lr_find(&self, train: &Dataset) -> Result<Sweep> {
        self.check(&Schedule::Constant)?;
        check::samples("training set", train)?;
        let mut copy = self.copy()?;
        copy.accumulate = 1;
        let batches = self.whole_batches(train)?;
        self.check_last_batch(train, batches)?;
        let mut sweep = Sweep {
            rates: Vec::new(),
            losses: Vec::new(),
            smoothed: Vec::new(),
        };
        let (mut mean, mut lowest) = (0.0, f64::INFINITY);
        while sweep.rates.len() < STEPS {
            let order = copy.order();
            for batch in copy.training_batches(train, order)?.take(batches) {
                let step = sweep.rates.len();
                let part = step as f64 / (STEPS - 1) as f64;
                let rate = RANGE[0] * (RANGE[1] / RANGE[0]).powf(part);
                let info = BatchInfo {
                    epoch: copy.epochs_done,
                    step,
                    classes: train.num_classes(),
                    seed: mix(order, step as u64),
                };
                let batch = copy.transforms.apply(batch, &info)?;
                let mut optimizer = copy.optimizer;
                optimizer.set_lr(rate as f32);
                let loss = match copy.step(batch, WHOLE, &optimizer, step) {
                    Ok((loss, _)) => f64::from(loss),
                    Err(Error::NotFinite { .. }) if step > 0 => return Ok(sweep),
                    Err(error) => return Err(error),
                };
                mean = SMOOTH * mean + (1.0 - SMOOTH) * loss;
                let smoothed = mean / (1.0 - SMOOTH.powi(step as i32 + 1));
                lowest = lowest.min(smoothed);
                sweep.rates.push(rate as f32);
                sweep.losses.push(loss as f32);
                sweep.smoothed.push(smoothed as f32);
                if sweep.rates.len() == STEPS || (step >= 10 && smoothed > RUNAWAY * lowest) {
                    return Ok(sweep);
                }
            }
            copy.epochs_done += 1;
        }
        Ok(sweep)
    }
}

impl Sweep {
    /// The rates that were tried, ascending.
    pub fn rates(&self) -> &[f32] {
        &self.rates
    }

    /// The loss of the batch at each rate, before the step.
    pub fn losses(&self) -> &[f32] {
        &self.losses
    }

    /// The losses without most of the noise: their exponential moving average, corrected for its start.
    pub fn smoothed(&self) -> &[f32] {
        &self.smoothed
    }

    /// A learning rate to try: a tenth of the one at which the smoothed loss was lowest. There the loss still fell well,
    /// and the rate from which it rises is some way off. (fastai calls this rule `minimum`.) It is a good highest rate for
    /// [`Learner::fit_one_cycle`].
    pub fn suggestion(&self) -> f32 {
        self.rates[self.suggested()]
    }

    /// The place of the suggestion among the rates.
    pub(crate) fn suggested(&self) -> usize {
        let all = 0..self.smoothed.len();
        let lowest = all
            .min_by(|&a, &b| self.smoothed[a].total_cmp(&self.smoothed[b]))
            .unwrap_or(0);
        self.rates.partition_point(|rate| *rate < 0.1 * self.rates[lowest])
    }
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (n, first) = (self.rates.len(), self.rates[0]);
        let (last, suggestion) = (self.rates[n - 1], self.suggestion());
        write!(
            f,
            "{n} rates from {first:.1e} to {last:.1e}, suggestion {suggestion:.1e}"
        )
    }
}
