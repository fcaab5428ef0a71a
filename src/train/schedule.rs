//! How the learning rate changes over a run.

use std::f64::consts::PI;

/// The learning rate over the steps of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// The optimizer's own rate throughout.
    Constant,
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
    /// Steps of the whole run.
    pub steps: usize,
}

impl OneCycle {
    const CLIMB: f64 = 0.3;
    const START_DIVISOR: f64 = 25.0;
    const FINAL_DIVISOR: f64 = 1e4;
    const MOMENTA: [f64; 2] = [0.85, 0.95];

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
