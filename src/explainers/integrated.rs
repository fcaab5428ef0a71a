//! Integrated gradients.

use super::attribution::{Attribution, channels, over_channels};
use super::baseline::Baseline;
use super::judge::Judge;
use super::sample::Sample;
use crate::clock::Instant;
use crate::inspect::trace::Asked;
use crate::train::Learner;
use crate::{Error, Result};

/// The difference of the score to that of a baseline, shared out over the pixels: each gets its own difference to the
/// baseline times the mean gradient along the straight way from the baseline to the sample.
///
/// The values sum to the difference (completeness) but for the error of the sum that stands for the integral:
/// [`Attribution::gap`] measures it, and more steps make it smaller. Sundararajan, Taly & Yan 2017, *Axiomatic Attribution
/// for Deep Networks*, arXiv:1703.01365. captum: `IntegratedGradients(method="riemann_middle")`. Taught in notebook 22.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntegratedGradients {
    /// Points of the way at which the gradient is taken, in the middle of as many equal pieces.
    pub steps: usize,
    /// Where the way begins.
    pub baseline: Baseline,
}

impl Default for IntegratedGradients {
    /// 32 steps from black.
    fn default() -> Self {
        Self {
            steps: 32,
            baseline: Baseline::Black,
        }
    }
}

impl IntegratedGradients {
    /// Explains the class of a sample.
    ///
    /// # Errors
    /// As [`saliency`](super::saliency); [`Error::Argument`] for no steps.
    pub fn explain(&self, learner: &Learner, sample: &Sample) -> Result<Attribution> {
        let begin = Instant::now();
        if self.steps == 0 {
            return Err(Error::Argument {
                what: "steps of integrated gradients".into(),
                expected: "at least 1".into(),
                got: "0".into(),
            });
        }
        let judge = Judge::new(learner, sample)?;
        let baseline = self.baseline.values(sample);
        let from = judge.scores(1, &mut |_, values| values.copy_from_slice(&baseline))?[0];
        let mut sum = vec![0f64; baseline.len()];
        judge.gradients(
            &mut learner.inquiry()?,
            self.steps,
            Asked::default(),
            &mut |step, values| {
                let part = (step as f32 + 0.5) / self.steps as f32;
                values
                    .iter_mut()
                    .zip(&baseline)
                    .for_each(|(v, b)| *v = b + part * (*v - b));
            },
            &mut |_, gradient| sum.iter_mut().zip(gradient).for_each(|(s, g)| *s += f64::from(*g)),
        )?;
        let way = sample.values().iter().zip(&baseline);
        let value = |(s, (x, b)): (&f64, (&f32, &f32))| (s / self.steps as f64 * f64::from(x - b)) as f32;
        let values: Vec<f32> = sum.iter().zip(way).map(value).collect();
        let heat = over_channels(&values, channels(sample));
        Ok(Attribution {
            baseline_score: Some(from),
            signed: true,
            ..Attribution::new("Integrated gradients", &judge, values, heat, begin)
        })
    }
}

/// [`IntegratedGradients`] with its default settings.
///
/// # Errors
/// As [`saliency`](super::saliency).
pub fn integrated_gradients(learner: &Learner, sample: &Sample) -> Result<Attribution> {
    IntegratedGradients::default().explain(learner, sample)
}
