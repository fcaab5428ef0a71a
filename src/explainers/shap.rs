//! SHAP: Shapley values of the patches of a picture, or of the features of a row.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::attribution::{Attribution, channels, over_channels};
use super::baseline::Baseline;
use super::judge::Judge;
use super::sample::Sample;
use super::segments::{Segments, Slic};
use super::shapley::Coalitions;
use crate::clock::Instant;
use crate::data::Dataset;
use crate::inspect::trace::Asked;
use crate::train::Learner;
use crate::{Error, Result};

/// Shapley values by Kernel SHAP: a patch of a picture (a feature of a row) gets what it adds to the score, averaged over
/// all orders in which patches may be uncovered.
///
/// The values sum to the difference of the score to that of the baseline. See [`kernel_shap`](super::kernel_shap) for the
/// method, which knows nothing of networks. shap: `KernelExplainer`. Taught in notebook 22.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KernelShap {
    /// How a picture is divided.
    pub slic: Slic,
    /// Coalitions that the network is asked about; where that is as many as there are, the values are exact.
    pub samples: usize,
    /// What covered patches are replaced by.
    pub baseline: Baseline,
    /// The seed of the coalitions.
    pub seed: u64,
}

impl Default for KernelShap {
    /// 25 patches, 256 coalitions, the mean colour, seed 0.
    fn default() -> Self {
        Self {
            slic: Slic::new(25),
            samples: 256,
            baseline: Baseline::Mean,
            seed: 0,
        }
    }
}

impl KernelShap {
    /// Explains the class of a picture. [`values`](Attribution::values) hold one number for each patch.
    ///
    /// # Errors
    /// As [`saliency`](super::saliency) and [`Slic::segment`]; [`Error::Argument`] for too few samples.
    pub fn explain(&self, learner: &Learner, sample: &Sample) -> Result<Attribution> {
        self.on(learner, sample, &self.slic.segment(sample)?)
    }

    /// The same with patches of your own.
    ///
    /// # Errors
    /// As [`KernelShap::explain`]; [`Error::Shape`] where the patches are those of a picture of another size.
    pub fn on(&self, learner: &Learner, sample: &Sample, segments: &Segments) -> Result<Attribution> {
        let begin = Instant::now();
        segments.check(sample)?;
        let judge = Judge::new(learner, sample)?;
        let baseline = self.baseline.values(sample);
        let coalitions = Coalitions::new(segments.len(), self.samples, self.seed)?;
        let scores = judge.scores(coalitions.all.len(), &mut |i, values| {
            segments.hide(&coalitions.all[i], &baseline, values);
        })?;
        let worths: Vec<f64> = scores.iter().map(|s| f64::from(*s)).collect();
        let values: Vec<f32> = coalitions.values(&worths)?.iter().map(|v| *v as f32).collect();
        let heat = segments.spread(&values);
        Ok(Attribution {
            baseline_score: Some(scores[0]),
            signed: true,
            segments: Some(segments.clone()),
            ..Attribution::new("Kernel SHAP", &judge, values, heat, begin)
        })
    }

    /// Explains a row of features, of a table for example: a feature that is left out takes the values that it has in the
    /// rows of `background`, and the scores are averaged over them.
    ///
    /// # Errors
    /// As [`saliency`](super::saliency); [`Error::Shape`] where the rows of `background` are of another length,
    /// [`Error::Argument`] where there are none, or for too few samples.
    pub fn row(&self, learner: &Learner, sample: &Sample, background: &Dataset) -> Result<Attribution> {
        let begin = Instant::now();
        let rows = rows(sample, background)?;
        let judge = Judge::new(learner, sample)?;
        let coalitions = Coalitions::new(sample.values().len(), self.samples, self.seed)?;
        let scores = judge.scores(coalitions.all.len() * rows.len(), &mut |i, values| {
            let (has, row) = (&coalitions.all[i / rows.len()], &rows[i % rows.len()]);
            for (k, value) in values.iter_mut().enumerate().filter(|(k, _)| !has[*k]) {
                *value = row[k];
            }
        })?;
        let mean = |scores: &[f32]| scores.iter().map(|s| f64::from(*s)).sum::<f64>() / scores.len() as f64;
        let worths: Vec<f64> = scores.chunks(rows.len()).map(mean).collect();
        let values: Vec<f32> = coalitions.values(&worths)?.iter().map(|v| *v as f32).collect();
        Ok(Attribution {
            baseline_score: Some(worths[0] as f32),
            signed: true,
            ..Attribution::new("Kernel SHAP", &judge, values.clone(), values, begin)
        })
    }
}

/// [`KernelShap`] of the patches of a picture, with its default settings.
///
/// # Errors
/// As [`KernelShap::explain`].
pub fn shap(learner: &Learner, sample: &Sample) -> Result<Attribution> {
    KernelShap::default().explain(learner, sample)
}

/// SHAP by gradients: integrated gradients averaged over baselines that are drawn from a background set, each at one random
/// point of the way.
///
/// The values sum to the difference of the score to the mean score of the background, but for the error of the sample.
/// Erion et al. 2021, *Improving performance of deep learning models with axiomatic attribution priors and expected
/// gradients*, arXiv:1906.10670. shap: `GradientExplainer`; captum: `GradientShap`. Taught in notebook 22.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedGradients {
    /// Points at which the gradient is taken.
    pub samples: usize,
    /// The seed of baselines and points.
    pub seed: u64,
}

impl Default for ExpectedGradients {
    /// 64 points, seed 0.
    fn default() -> Self {
        Self { samples: 64, seed: 0 }
    }
}

impl ExpectedGradients {
    /// Explains the class of a sample, which must be normalized as `background` is.
    ///
    /// # Errors
    /// As [`saliency`](super::saliency); [`Error::Shape`] where the samples of `background` are of another size,
    /// [`Error::Argument`] where there are none.
    pub fn explain(&self, learner: &Learner, sample: &Sample, background: &Dataset) -> Result<Attribution> {
        let begin = Instant::now();
        if self.samples == 0 {
            return Err(Error::Argument {
                what: "samples of expected gradients".into(),
                expected: "at least 1".into(),
                got: "0".into(),
            });
        }
        check_background(sample, background)?;
        let judge = Judge::new(learner, sample)?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut order: Vec<usize> = (0..background.len()).collect();
        order.shuffle(&mut rng);
        // One point in each of so many equal pieces of the way: less chance, the same mean.
        let mut points: Vec<f32> = (0..self.samples)
            .map(|i| (i as f32 + rng.r#gen::<f32>()) / self.samples as f32)
            .collect();
        points.shuffle(&mut rng);
        let baselines: Vec<Vec<f32>> = (0..self.samples)
            .map(|i| background.values(order[i % order.len()]))
            .collect::<Result<_>>()?;
        let from = judge.scores(self.samples, &mut |i, values| values.copy_from_slice(&baselines[i]))?;
        let mut sum = vec![0f64; sample.values().len()];
        judge.gradients(
            &mut learner.inquiry()?,
            self.samples,
            Asked::default(),
            &mut |i, values| {
                let pairs = values.iter_mut().zip(&baselines[i]);
                pairs.for_each(|(v, b)| *v = b + points[i] * (*v - b));
            },
            &mut |i, gradient| {
                let way = sample.values().iter().zip(&baselines[i]).map(|(x, b)| f64::from(x - b));
                let parts = sum.iter_mut().zip(gradient).zip(way);
                parts.for_each(|((s, g), way)| *s += f64::from(*g) * way);
            },
        )?;
        let values: Vec<f32> = sum.iter().map(|s| (s / self.samples as f64) as f32).collect();
        let heat = over_channels(&values, channels(sample));
        let from: f64 = from.iter().map(|s| f64::from(*s)).sum::<f64>() / self.samples as f64;
        Ok(Attribution {
            baseline_score: Some(from as f32),
            signed: true,
            ..Attribution::new("Expected gradients", &judge, values, heat, begin)
        })
    }
}

fn check_background(sample: &Sample, background: &Dataset) -> Result<()> {
    if background.is_empty() {
        return Err(Error::Argument {
            what: "background".into(),
            expected: "at least one sample".into(),
            got: "none".into(),
        });
    }
    if background.sample_len() != sample.values().len() {
        return Err(Error::Shape {
            layer: "background".into(),
            expected: format!("samples of shape {:?}, as the one that is explained", sample.shape()),
            got: format!("samples of shape {:?}", background.sample_shape()),
        });
    }
    Ok(())
}

/// The rows of a background.
fn rows(sample: &Sample, background: &Dataset) -> Result<Vec<Vec<f32>>> {
    check_background(sample, background)?;
    (0..background.len()).map(|i| background.values(i)).collect()
}
