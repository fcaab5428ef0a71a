//! Looking for a learning rate.

use std::fmt;

use super::check;
use super::learner::Learner;
use super::step::WHOLE;
use super::transform::{BatchInfo, mix};
use crate::data::Dataset;
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
        check::samples("training set", train)?;
        let mut copy = self.copy()?;
        copy.accumulate = 1;
        let mut sweep = Sweep {
            rates: Vec::new(),
            losses: Vec::new(),
            smoothed: Vec::new(),
        };
        let (mut mean, mut lowest) = (0.0, f64::INFINITY);
        while sweep.rates.len() < STEPS {
            let order = copy.order();
            for batch in copy.training_batches(train, order)? {
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

    /// A learning rate to try: the middle of the longest valley of the smoothed losses, which is where the loss falls
    /// well and the end of the fall is still some way off. (fastai's rule of the same name.) For
    /// [`Learner::fit_one_cycle`], it is a good highest rate.
    pub fn suggestion(&self) -> f32 {
        self.rates[self.suggested()]
    }

    /// The place of the suggestion among the rates.
    pub(crate) fn suggested(&self) -> usize {
        let (start, end) = self.valley();
        start + (end - start) / 2
    }

    /// The longest run of losses, not necessarily neighbours, of which each is below the one before: its end, and its end
    /// less its length.
    fn valley(&self) -> (usize, usize) {
        let n = self.smoothed.len();
        let mut length = vec![1; n];
        let mut end = 0;
        for i in 0..n {
            for j in 0..i {
                if self.smoothed[i] < self.smoothed[j] {
                    length[i] = length[i].max(length[j] + 1);
                }
            }
            if length[i] > length[end] {
                end = i;
            }
        }
        (end + 1 - length.get(end).copied().unwrap_or(1), end)
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
