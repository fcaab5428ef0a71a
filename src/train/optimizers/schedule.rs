//! How the learning rate changes over a run.

use std::f64::consts::PI;

use super::optimizer::Optimizer;
use crate::{Error, Result};

/// The learning rate over a run. Where it counts, it counts epochs. Taught in notebook 12.
///
/// Each is PyTorch's schedule of the same purpose: [`Step`](Self::Step) and [`Exponential`](Self::Exponential) stepped
/// once per epoch, [`Cosine`](Self::Cosine), [`Warmup`](Self::Warmup) and [`OneCycle`](Self::OneCycle) once per batch.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// The optimizer's own rate throughout.
    Constant,
    /// The rate is multiplied by `gamma` after every `epochs` epochs. PyTorch: `StepLR`.
    Step {
        /// Epochs from one drop to the next.
        epochs: usize,
        /// What the rate is multiplied by.
        gamma: f32,
    },
    /// The rate is multiplied by `gamma` after every epoch. PyTorch: `ExponentialLR`.
    Exponential {
        /// What the rate is multiplied by.
        gamma: f32,
    },
    /// The rate falls along half a cosine wave, to `end` times the optimizer's rate after the last batch.
    ///
    /// Loshchilov & Hutter 2017, *SGDR*, arXiv:1608.03983. PyTorch: `CosineAnnealingLR`.
    Cosine {
        /// What is left of the rate at the end, 0 to 1.
        end: f32,
    },
    /// The rate climbs in a straight line from `start` times what it should be, during the first `epochs` epochs; the
    /// epochs that are left follow another schedule. See [`Schedule::warmup`].
    ///
    /// Goyal et al. 2017, arXiv:1706.02677. PyTorch: `LinearLR`, then the other one, by `SequentialLR`.
    Warmup {
        /// How long the rate climbs, in epochs, such as 0.5.
        epochs: f32,
        /// Where it begins, as a part of the optimizer's rate.
        start: f32,
        /// What follows.
        then: Box<Schedule>,
    },
    /// See [`OneCycle`].
    OneCycle(OneCycle),
}

/// The one-cycle policy: the rate climbs to `max_lr` in the first 30 % of the steps and then falls far below where it
/// began, both along a cosine; the momentum does the opposite between 0.85 and 0.95.
///
/// Smith & Topin 2018, *Super-Convergence*, arXiv:1708.07120. PyTorch: `torch.optim.lr_scheduler.OneCycleLR`, with its
/// defaults, but SGD without momentum stays without. Taught in notebook 12.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneCycle {
    /// The highest learning rate.
    pub max_lr: f32,
    /// Steps of the whole run; 0 for as many as the run has.
    pub steps: usize,
}

impl Schedule {
    /// This schedule after a warm-up: the rate climbs from a hundredth in a straight line during the first `epochs` epochs.
    #[must_use]
    pub fn warmup(self, epochs: f32) -> Self {
        Self::Warmup {
            epochs,
            start: 0.01,
            then: Box::new(self),
        }
    }

    /// The learning rate of every batch of a run of `epochs` epochs with `batches` batches each, for an optimizer whose
    /// own rate is `base_lr`.
    ///
    /// ```
    /// # use gradus::prelude::*;
    /// let halved = Schedule::Step { epochs: 1, gamma: 0.5 };
    /// assert_eq!(halved.rates(0.1, 3, 2), [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]);
    /// ```
    pub fn rates(&self, base_lr: f32, epochs: usize, batches: usize) -> Vec<f32> {
        let steps = epochs * batches;
        (0..steps)
            .map(|step| self.rate(base_lr, step, steps, batches))
            .collect()
    }

    /// The learning rate of batch `step` of a run of `steps` batches, `batches` in an epoch.
    pub(in crate::train) fn rate(&self, base_lr: f32, step: usize, steps: usize, batches: usize) -> f32 {
        match self {
            Self::OneCycle(cycle) => cycle.over(steps).lr(step),
            other => (f64::from(base_lr) * other.factor(step, steps, batches)) as f32,
        }
    }

    /// What the optimizer's rate is multiplied by.
    fn factor(&self, step: usize, steps: usize, batches: usize) -> f64 {
        let epoch = step / batches.max(1);
        match self {
            Self::Constant | Self::OneCycle(_) => 1.0,
            Self::Step { epochs, gamma } => f64::from(*gamma).powi((epoch / epochs.max(&1)) as i32),
            Self::Exponential { gamma } => f64::from(*gamma).powi(epoch as i32),
            Self::Cosine { end } => {
                let (end, part) = (f64::from(*end), step as f64 / steps.max(1) as f64);
                end + (1.0 - end) * 0.5 * (1.0 + (PI * part).cos())
            }
            Self::Warmup { epochs, start, then } => {
                let climb = (f64::from(*epochs) * batches as f64).round() as usize;
                if step < climb {
                    let start = f64::from(*start);
                    start + (1.0 - start) * step as f64 / climb as f64
                } else {
                    then.factor(step - climb, steps.saturating_sub(climb), batches)
                }
            }
        }
    }

    /// The optimizer with the settings that it has for batch `step` of a run.
    pub(in crate::train) fn settings(
        &self,
        optimizer: &Optimizer,
        step: usize,
        steps: usize,
        batches: usize,
    ) -> Optimizer {
        let mut now = *optimizer;
        now.set_lr(self.rate(optimizer.lr(), step, steps, batches));
        if let Self::OneCycle(cycle) = self {
            now.set_momentum(cycle.over(steps).momentum(step));
        }
        now
    }

    /// Refuses what has no meaning. A rate that is NaN would make every weight NaN in one step.
    pub(in crate::train) fn check(&self, base_lr: f32) -> Result<()> {
        let (what, value, expected) = match self {
            Self::Constant => ("learning rate", base_lr, "a finite number, not below 0"),
            Self::OneCycle(cycle) => ("learning rate", cycle.max_lr, "a finite number, not below 0"),
            Self::Step { epochs: 0, .. } => ("epochs of a Step schedule", 0.0, "at least 1"),
            Self::Step { gamma, .. } | Self::Exponential { gamma } => ("gamma", *gamma, "a finite number, not below 0"),
            Self::Cosine { end } => ("end of a Cosine schedule", *end, "a number from 0 to 1"),
            Self::Warmup { epochs, .. } => ("epochs of a warm-up", *epochs, "a finite number, not below 0"),
        };
        let most = if matches!(self, Self::Cosine { .. }) {
            1.0
        } else {
            f32::MAX
        };
        let refused = matches!(self, Self::Step { epochs: 0, .. }) || !(0.0..=most).contains(&value);
        if refused {
            return Err(Error::Argument {
                what: what.into(),
                expected: expected.into(),
                got: value.to_string(),
            });
        }
        match self {
            Self::Constant | Self::OneCycle(_) => Ok(()),
            Self::Warmup { then, .. } if matches!(**then, Self::OneCycle(_) | Self::Warmup { .. }) => {
                Err(Error::Argument {
                    what: "schedule after a warm-up".into(),
                    expected: "Constant, Step, Exponential or Cosine".into(),
                    got: "one that has a climb of its own".into(),
                })
            }
            Self::Warmup { start, then, .. } => {
                if !(0.0..=1.0).contains(start) {
                    return Err(Error::Argument {
                        what: "start of a warm-up".into(),
                        expected: "a number from 0 to 1".into(),
                        got: start.to_string(),
                    });
                }
                then.check(base_lr)
            }
            _ => Self::Constant.check(base_lr),
        }
    }
}

impl OneCycle {
    const CLIMB: f64 = 0.3;
    const START_DIVISOR: f64 = 25.0;
    const FINAL_DIVISOR: f64 = 1e4;
    const MOMENTA: [f64; 2] = [0.85, 0.95];

    /// The policy over a run of `steps` steps, where it has no length of its own.
    fn over(self, steps: usize) -> Self {
        if self.steps == 0 { Self { steps, ..self } } else { self }
    }

    /// The learning rate in step `step`, which counts from 0.
    pub fn lr(&self, step: usize) -> f32 {
        let peak = f64::from(self.max_lr);
        let start = peak / Self::START_DIVISOR;
        self.anneal(step, start, peak, start / Self::FINAL_DIVISOR)
    }

    /// The momentum in step `step`, which counts from 0.
    pub fn momentum(&self, step: usize) -> f32 {
        let [low, high] = Self::MOMENTA;
        self.anneal(step, high, low, high)
    }

    /// Along a cosine from `start` to `peak` at the end of the climb, and on to `end` in the last step.
    ///
    /// In f64: the last rates are a millionth of the peak, and `from - to` would leave few of their digits in f32.
    fn anneal(&self, step: usize, start: f64, peak: f64, end: f64) -> f32 {
        let climb = Self::CLIMB * self.steps as f64 - 1.0;
        let last = self.steps as f64 - 1.0;
        let step = (step as f64).min(last);
        let (from, to, part) = if step <= climb {
            (start, peak, step / climb.max(1.0))
        } else {
            (peak, end, (step - climb) / (last - climb))
        };
        (to + (from - to) * 0.5 * (1.0 + (PI * part).cos())) as f32
    }
}
