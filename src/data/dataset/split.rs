//! Shuffling and splitting.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::set::Dataset;
use crate::{Error, Result};

/// The numbers `0..n` in an order that depends on the seed alone.
pub(in crate::data) fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    order
}

/// The numbers `0..n` in two parts, the first of `fraction * n`, drawn at random.
pub(in crate::data) fn two_parts(n: usize, fraction: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
    let first = first_part(n, fraction)?;
    let mut order = permutation(n, seed);
    let second = order.split_off(first);
    Ok((order, second))
}

/// How many of `n` the first part of a split gets.
fn first_part(n: usize, fraction: f64) -> Result<usize> {
    if !(fraction > 0.0 && fraction < 1.0) {
        return Err(Error::Argument {
            what: "fraction of a split".into(),
            expected: "a number above 0 and below 1, such as 0.9".into(),
            got: fraction.to_string(),
        });
    }
    let first = (n as f64 * fraction).round() as usize;
    if first == 0 || first == n {
        return Err(Error::Argument {
            what: format!("split of {n} samples"),
            expected: "a fraction that leaves samples on both sides".into(),
            got: format!("{fraction}, which gives {first} and {}", n - first),
        });
    }
    Ok(first)
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
        let (first, second) = two_parts(self.len(), fraction, seed)?;
        Ok((self.view(&first), self.view(&second)))
    }

    /// How many samples the first part of a split gets.
    pub(super) fn first_part(&self, fraction: f64) -> Result<usize> {
        first_part(self.len(), fraction)
    }

    /// The same samples in an order that depends on the seed alone.
    #[must_use]
    pub fn shuffle(&self, seed: u64) -> Dataset {
        self.view(&permutation(self.len(), seed))
    }
}
