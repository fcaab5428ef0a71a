//! What a network is trained on: samples with noise, and the noise.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::schedule::{NoiseSchedule, wrong};
use crate::Result;

/// Samples at random steps of the chain, and the noise that is in them: what a network is trained on. Taught in notebook 19.
#[derive(Clone, Debug, PartialEq)]
pub struct Noised {
    /// The samples with their noise, row after row.
    pub inputs: Vec<f32>,
    /// The step of each sample, from 1 to `T`.
    pub steps: Vec<usize>,
    /// The noise, with variance 1, number by number: what is to be found.
    pub noise: Vec<f32>,
}

impl NoiseSchedule {
    /// Takes each sample, `width` numbers of `clean`, to a step of its own, every step from 1 to `T` with the same chance.
    ///
    /// The same seed gives the same steps and the same noise. Algorithm 1 of Ho, Jain & Abbeel 2020, arXiv:2006.11239.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) where `clean` is no whole number of samples.
    pub fn noised(&self, clean: &[f32], width: usize, seed: u64) -> Result<Noised> {
        if width == 0 || !clean.len().is_multiple_of(width) {
            let expected = format!("samples of {width} numbers, at least 1 each");
            return Err(wrong(
                "samples for noise",
                &expected,
                format!("{} numbers", clean.len()),
            ));
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (mut inputs, mut steps) = (Vec::with_capacity(clean.len()), Vec::new());
        let mut all = Vec::with_capacity(clean.len());
        for sample in clean.chunks(width) {
            let t = random.gen_range(1..=self.steps());
            let z: Vec<f32> = (0..width).map(|_| StandardNormal.sample(&mut random)).collect();
            inputs.extend(self.add_noise(sample, t, &z)?);
            steps.push(t);
            all.extend(z);
        }
        Ok(Noised {
            inputs,
            steps,
            noise: all,
        })
    }
}

/// `n` numbers of the standard normal distribution: mean 0, variance 1. The same seed, the same numbers.
pub fn normal(n: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|_| StandardNormal.sample(&mut random)).collect()
}
