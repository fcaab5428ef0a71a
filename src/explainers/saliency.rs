//! Gradients of the score with respect to the pixels.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use super::attribution::{Attribution, channels, largest_of_channels};
use super::judge::Judge;
use super::sample::Sample;
use crate::clock::Instant;
use crate::inspect::trace::Asked;
use crate::train::Learner;
use crate::{Error, Result};

/// How steeply the score changes with each pixel: the gradient of the class's score, the largest absolute value over the
/// channels.
///
/// [`values`](Attribution::values) hold the gradient itself, `(C, H, W)`, with respect to what the network sees. Simonyan,
/// Vedaldi & Zisserman 2014, *Deep Inside Convolutional Networks*, arXiv:1312.6034. captum: `Saliency`. Taught in notebook 22.
///
/// # Errors
/// [`Error::Shape`] where the sample does not fit the network, [`Error::Argument`] where the class is not one of the
/// network's, or where a layer has no gradient in evaluation mode, [`Error::NotFinite`] where the sample holds NaN.
pub fn saliency(learner: &Learner, sample: &Sample) -> Result<Attribution> {
    gradient(learner, sample, "Saliency", false)
}

/// Saliency with every ReLU letting only positive gradients pass: what is left are the pixels that speak for the class
/// through units that are all for it. Sharp edges, but see the sanity check.
///
/// Springenberg et al. 2015, *Striving for Simplicity*, arXiv:1412.6806. captum: `GuidedBackprop`. Taught in notebook 22.
///
/// # Errors
/// As [`saliency`].
pub fn guided_backprop(learner: &Learner, sample: &Sample) -> Result<Attribution> {
    gradient(learner, sample, "Guided backprop", true)
}

fn gradient(learner: &Learner, sample: &Sample, name: &str, guided: bool) -> Result<Attribution> {
    let begin = Instant::now();
    let judge = Judge::new(learner, sample)?;
    let asked = Asked { layer: None, guided };
    let slopes = judge.slopes(&mut learner.inquiry()?, asked)?;
    let heat = largest_of_channels(&slopes.input, channels(sample));
    Ok(Attribution::new(name, &judge, slopes.input, heat, begin))
}

/// The mean of the gradient over noisy copies of the sample: what a gradient owes to the noise of the network is averaged
/// away.
///
/// Smilkov et al. 2017, *SmoothGrad*, arXiv:1706.03825. captum: `NoiseTunnel(Saliency)`. Taught in notebook 22.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothGrad {
    /// Noisy copies.
    pub samples: usize,
    /// The standard deviation of the noise, as a part of the range of the sample's values.
    pub noise: f32,
    /// The seed of the noise.
    pub seed: u64,
}

impl Default for SmoothGrad {
    /// 24 copies, noise of 15 %, seed 0.
    fn default() -> Self {
        Self {
            samples: 24,
            noise: 0.15,
            seed: 0,
        }
    }
}

impl SmoothGrad {
    /// Explains the class of a sample.
    ///
    /// # Errors
    /// As [`saliency`]; [`Error::Argument`] for no samples, or noise that is negative or not finite.
    pub fn explain(&self, learner: &Learner, sample: &Sample) -> Result<Attribution> {
        let begin = Instant::now();
        if self.samples == 0 || !self.noise.is_finite() || self.noise < 0.0 {
            return Err(Error::Argument {
                what: "SmoothGrad".into(),
                expected: "at least one sample, noise not below 0".into(),
                got: format!("{} samples, noise {}", self.samples, self.noise),
            });
        }
        let judge = Judge::new(learner, sample)?;
        let range = sample
            .values()
            .iter()
            .fold((f32::MAX, f32::MIN), |(l, h), &v| (l.min(v), h.max(v)));
        let noise = Normal::new(0.0, self.noise * (range.1 - range.0)).map_err(|error| Error::Argument {
            what: "noise of SmoothGrad".into(),
            expected: "a finite number".into(),
            got: error.to_string(),
        })?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut sum = vec![0f64; sample.values().len()];
        judge.gradients(
            &mut learner.inquiry()?,
            self.samples,
            Asked::default(),
            &mut |_, values| values.iter_mut().for_each(|v| *v += noise.sample(&mut rng)),
            &mut |_, gradient| sum.iter_mut().zip(gradient).for_each(|(s, g)| *s += f64::from(*g)),
        )?;
        let values: Vec<f32> = sum.iter().map(|s| (s / self.samples as f64) as f32).collect();
        let heat = largest_of_channels(&values, channels(sample));
        Ok(Attribution::new("SmoothGrad", &judge, values, heat, begin))
    }
}

/// [`SmoothGrad`] with its default settings.
///
/// # Errors
/// As [`saliency`].
pub fn smooth_grad(learner: &Learner, sample: &Sample) -> Result<Attribution> {
    SmoothGrad::default().explain(learner, sample)
}
