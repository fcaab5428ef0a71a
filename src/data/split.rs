//! Shuffling and splitting.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::dataset::Dataset;
use crate::{Error, Result};

/// The numbers `0..n` in an order that depends on the seed alone.
pub(super) fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    order
}

impl Dataset {
    /// Two sets out of one: the first gets `fraction` of the samples, the second the rest, drawn at random with
    /// seed 0. No sample is in both.
    ///
    /// PyTorch: `torch.utils.data.random_split`; scikit-learn: `train_test_split`. Taught in notebook 06.
    ///
    /// # Errors
    /// If `fraction` is not between 0 and 1, or if one of the two sets would be empty.
    pub fn split(&self, fraction: f64) -> Result<(Dataset, Dataset)> {
        self.split_seeded(fraction, 0)
    }

    /// [`split`](Self::split) with a seed of one's own.
    ///
    /// # Errors
    /// As for [`split`](Self::split).
    pub fn split_seeded(&self, fraction: f64, seed: u64) -> Result<(Dataset, Dataset)> {
        let first = self.first_part(fraction)?;
        let order = permutation(self.len(), seed);
        Ok((self.view(&order[..first]), self.view(&order[first..])))
    }

    /// How many samples the first part of a split gets.
    pub(super) fn first_part(&self, fraction: f64) -> Result<usize> {
        if !(fraction > 0.0 && fraction < 1.0) {
            return Err(Error::Argument {
                what: "fraction of a split".into(),
                expected: "a number above 0 and below 1, such as 0.9".into(),
                got: fraction.to_string(),
            });
        }
        let first = (self.len() as f64 * fraction).round() as usize;
        if first == 0 || first == self.len() {
            return Err(Error::Argument {
                what: format!("split of {} samples", self.len()),
                expected: "a fraction that leaves samples on both sides".into(),
                got: format!("{fraction}, which gives {first} and {}", self.len() - first),
            });
        }
        Ok(first)
    }

    /// The same samples in an order that depends on the seed alone.
    #[must_use]
    pub fn shuffle(&self, seed: u64) -> Dataset {
        self.view(&permutation(self.len(), seed))
    }
}
