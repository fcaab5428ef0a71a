//! LIME: a simple model in place of the network, near one picture.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::attribution::Attribution;
use super::baseline::Baseline;
use super::judge::Judge;
use super::sample::Sample;
use super::segments::{Segments, Slic};
use super::solve::least_squares;
use crate::clock::Instant;
use crate::train::Learner;
use crate::{Error, Result};

/// Hides random patches of the picture and fits a linear model to the score: the weight of a patch says what it adds.
///
/// Pictures with few hidden patches count more; [`Attribution::fidelity`] says how well the linear model follows the
/// network. Ribeiro, Singh & Guestrin 2016, *"Why Should I Trust You?"*, arXiv:1602.04938. lime: `LimeImageExplainer`, which
/// hides a patch under its own mean colour. Taught in notebook 22.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lime {
    /// How the picture is divided.
    pub slic: Slic,
    /// Pictures with hidden patches that the network is asked about.
    pub samples: usize,
    /// How far from the picture a sample may be to count, in units of the cosine distance of what is shown to all.
    pub width: f64,
    /// How strongly weights are pulled to 0 (ridge regression).
    pub ridge: f64,
    /// What hidden patches are replaced by.
    pub baseline: Baseline,
    /// The seed of what is hidden.
    pub seed: u64,
}

impl Default for Lime {
    /// 40 patches, 200 samples, width 0.25, ridge 1, the mean colour, seed 0.
    fn default() -> Self {
        Self {
            slic: Slic::default(),
            samples: 200,
            width: 0.25,
            ridge: 1.0,
            baseline: Baseline::Mean,
            seed: 0,
        }
    }
}

impl Lime {
    /// Explains the class of a picture. [`values`](Attribution::values) hold one weight for each patch.
    ///
    /// # Errors
    /// As [`saliency`](super::saliency) and [`Slic::segment`]; [`Error::Argument`] for fewer than two samples, or a width
    /// or ridge that is not above 0.
    pub fn explain(&self, learner: &Learner, sample: &Sample) -> Result<Attribution> {
        self.on(learner, sample, &self.slic.segment(sample)?)
    }

    /// The same with patches of your own.
    ///
    /// # Errors
    /// As [`Lime::explain`]; [`Error::Shape`] where the patches are those of a picture of another size.
    pub fn on(&self, learner: &Learner, sample: &Sample, segments: &Segments) -> Result<Attribution> {
        let begin = Instant::now();
        let above = |v: f64| v.is_finite() && v > 0.0;
        if self.samples < 2 || !above(self.width) || !above(self.ridge) {
            return Err(Error::Argument {
                what: "LIME".into(),
                expected: "at least two samples, width and ridge above 0".into(),
                got: format!("{} samples, width {}, ridge {}", self.samples, self.width, self.ridge),
            });
        }
        segments.check(sample)?;
        let judge = Judge::new(learner, sample)?;
        let baseline = self.baseline.values(sample);
        let shown = self.draw(segments.len());
        let scores = judge.scores(shown.len(), &mut |i, values| {
            segments.hide(&shown[i], &baseline, values)
        })?;
        let scores: Vec<f64> = scores.iter().map(|s| f64::from(*s)).collect();
        let (weights, fidelity) = self.fit(&shown, &scores)?;
        let values: Vec<f32> = weights.iter().map(|w| *w as f32).collect();
        let heat = segments.spread(&values);
        Ok(Attribution {
            signed: true,
            segments: Some(segments.clone()),
            fidelity: Some(fidelity),
            ..Attribution::new("LIME", &judge, values, heat, begin)
        })
    }

    /// What is shown: first all, then each patch with probability one half.
    fn draw(&self, segments: usize) -> Vec<Vec<bool>> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut shown = vec![vec![true; segments]];
        shown.extend((1..self.samples).map(|_| (0..segments).map(|_| rng.gen_bool(0.5)).collect()));
        shown
    }

    /// The weights of the linear model, and its R² on the samples.
    fn fit(&self, shown: &[Vec<bool>], scores: &[f64]) -> Result<(Vec<f64>, f64)> {
        let near = |has: &Vec<bool>| {
            let share = has.iter().filter(|h| **h).count() as f64 / has.len() as f64;
            let distance = 1.0 - share.sqrt();
            (-distance * distance / (self.width * self.width)).exp().sqrt()
        };
        let nearness: Vec<f64> = shown.iter().map(near).collect();
        let total: f64 = nearness.iter().sum();
        let mean = |of: &dyn Fn(usize) -> f64| (0..shown.len()).map(|i| nearness[i] * of(i)).sum::<f64>() / total;
        let number = |i: usize, k: usize| f64::from(u8::from(shown[i][k]));
        let means: Vec<f64> = (0..shown[0].len()).map(|k| mean(&|i| number(i, k))).collect();
        let middle = mean(&|i| scores[i]);
        let row = |i: usize| (0..means.len()).map(|k| number(i, k) - means[k]).collect();
        let rows: Vec<Vec<f64>> = (0..shown.len()).map(row).collect();
        let y: Vec<f64> = scores.iter().map(|s| s - middle).collect();
        let weights = least_squares(&rows, &y, &nearness, self.ridge)?;
        let guess = |i: usize| rows[i].iter().zip(&weights).map(|(x, w)| x * w).sum::<f64>();
        let (off, all) = (mean(&|i| (y[i] - guess(i)).powi(2)), mean(&|i| y[i] * y[i]));
        Ok((weights, if all > 0.0 { 1.0 - off / all } else { 1.0 }))
    }
}

/// [`Lime`] with its default settings.
///
/// # Errors
/// As [`Lime::explain`].
pub fn lime(learner: &Learner, sample: &Sample) -> Result<Attribution> {
    Lime::default().explain(learner, sample)
}
