//! Training batches that are a little different each time: noise on the inputs, and mixtures of samples.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, StandardNormal};

use super::transform::{BatchInfo, BatchTransform};
use crate::data::{Batch, Targets};
use crate::train::learner::Learner;
use crate::{Error, Result};

/// Adds a random number with mean 0 and standard deviation `std` to every input, anew in every step.
///
/// The inputs are normalized before, so `std` is in units of their own spread. To first order this is a penalty on the
/// slope of the network: Bishop 1995, *Training with Noise is Equivalent to Tikhonov Regularization*. Keras:
/// `keras.layers.GaussianNoise(std)`. Taught in notebook 08.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputNoise {
    /// The standard deviation of the noise, 0 for none.
    pub std: f32,
}

/// Replaces every sample of a batch by a mixture with another one of the batch, targets included: `t x + (1 - t) x'` and
/// `t y + (1 - t) y'`, with one `t` per batch, drawn from a Beta distribution.
///
/// Zhang et al. 2018, *mixup: Beyond Empirical Risk Minimization*, arXiv:1710.09412. torchvision:
/// `torchvision.transforms.v2.MixUp(alpha=alpha)`. Targets that are classes become probabilities; values are mixed as they
/// are. Taught in notebook 08.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixup {
    /// Both parameters of the Beta distribution, 0 for no mixing. Small ones keep `t` near 0 or 1 most of the time; with 1
    /// every `t` is equally likely.
    pub alpha: f32,
}

impl Learner {
    /// Adds noise to the inputs of every training batch from now on: see [`InputNoise`]. 0 ends it.
    pub fn set_input_noise(&mut self, std: f32) -> &mut Self {
        self.add_transform(InputNoise { std })
    }

    /// Mixes the samples of every training batch from now on: see [`Mixup`]. 0 ends it.
    pub fn set_mixup(&mut self, alpha: f32) -> &mut Self {
        self.add_transform(Mixup { alpha })
    }
}

/// A setting that must be finite and not negative.
fn check(what: &str, value: f32) -> Result<()> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(Error::Argument {
        what: what.into(),
        expected: "a finite number, not below 0".into(),
        got: value.to_string(),
    })
}

impl BatchTransform for InputNoise {
    fn transform(&self, mut batch: Batch, info: &BatchInfo) -> Result<Batch> {
        check("standard deviation of the input noise", self.std)?;
        if self.std > 0.0 {
            let mut random = ChaCha8Rng::seed_from_u64(info.seed);
            for x in &mut batch.inputs {
                let noise: f32 = StandardNormal.sample(&mut random);
                *x += self.std * noise;
            }
        }
        Ok(batch)
    }
}

impl BatchTransform for Mixup {
    fn transform(&self, batch: Batch, info: &BatchInfo) -> Result<Batch> {
        check("alpha of mixup", self.alpha)?;
        if self.alpha == 0.0 {
            return Ok(batch);
        }
        let mut random = ChaCha8Rng::seed_from_u64(info.seed);
        let beta = Beta::new(self.alpha, self.alpha).map_err(|e| Error::Argument {
            what: "alpha of mixup".into(),
            expected: "a number that a Beta distribution can have".into(),
            got: format!("{}: {e}", self.alpha),
        })?;
        let share = beta.sample(&mut random);
        let mut partners: Vec<usize> = (0..batch.len()).collect();
        partners.shuffle(&mut random);
        let mixed = |rows: &[f32]| mix(rows, &partners, share);
        let targets = match &batch.targets {
            Targets::Values { data, dim } => Targets::Values {
                data: mixed(data),
                dim: *dim,
            },
            Targets::Probabilities { data, classes } => Targets::Probabilities {
                data: mixed(data),
                classes: *classes,
            },
            Targets::Classes(_) => Targets::Probabilities {
                data: mixed(&batch.targets.probabilities(info.classes)?),
                classes: info.classes,
            },
            Targets::Steps { .. } => return Err(whole("mixup", "targets that are a class for every step")),
        };
        if batch.inputs.iter().any(|x| x.is_nan()) {
            return Err(whole("mixup", "sequences of different lengths"));
        }
        let inputs = mixed(&batch.inputs);
        Ok(Batch {
            inputs,
            targets,
            ..batch
        })
    }
}

fn whole(what: &str, got: &str) -> Error {
    Error::Argument {
        what: format!("batch for {what}"),
        expected: "samples of one shape, with one class or the same number of values each".into(),
        got: got.into(),
    }
}

/// `share * row + (1 - share) * partner's row`, for each row of a table with a row per sample.
fn mix(rows: &[f32], partners: &[usize], share: f32) -> Vec<f32> {
    let width = rows.len() / partners.len().max(1);
    let row = |i: usize| rows[i * width..(i + 1) * width].iter();
    let pairs = partners.iter().enumerate().flat_map(|(i, &j)| row(i).zip(row(j)));
    pairs.map(|(a, b)| share * a + (1.0 - share) * b).collect()
}
