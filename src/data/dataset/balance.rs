//! Classes of unequal size: weights, and sets drawn anew.

use rand::distributions::{Distribution, WeightedIndex};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::set::Dataset;
use crate::{Error, Result};

impl Dataset {
    /// A weight per class that makes all classes count the same: the number of samples over the number of classes that
    /// have any and over the class's own. Classes without samples get 0; empty for a regression. Where every step has a
    /// class, steps count in the place of samples.
    ///
    /// scikit-learn: `compute_class_weight("balanced")`. Taught in notebook 07.
    pub fn class_weights(&self) -> Vec<f32> {
        let counts = self.class_counts();
        let all: usize = counts.iter().sum();
        let present = counts.iter().filter(|count| **count > 0).count();
        let weight = |count: usize| match count {
            0 => 0.0,
            count => all as f32 / (present * count) as f32,
        };
        counts.into_iter().map(weight).collect()
    }

    /// All samples, and of each class so many of its samples again, drawn at random, that all classes are as large as the
    /// largest. For training sets only, and after the split: a copy in the validation set would be a sample that the network
    /// has seen.
    ///
    /// imbalanced-learn: `RandomOverSampler`. Taught in notebook 07.
    ///
    /// # Errors
    /// If the set is a regression.
    pub fn oversample(&self, seed: u64) -> Result<Dataset> {
        let classes = self.shuffled_classes("oversampling", seed)?;
        let most = classes.iter().map(Vec::len).max().unwrap_or(0);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut chosen = Vec::new();
        for class in classes.iter().filter(|class| !class.is_empty()) {
            chosen.extend(class);
            chosen.extend((class.len()..most).map(|_| class[random.gen_range(0..class.len())]));
        }
        Ok(self.mixed(&chosen, seed))
    }

    /// Of each class as many samples, drawn at random without repeats, as the smallest class has that has any.
    ///
    /// imbalanced-learn: `RandomUnderSampler`. Taught in notebook 07.
    ///
    /// # Errors
    /// If the set is a regression.
    pub fn undersample(&self, seed: u64) -> Result<Dataset> {
        let classes = self.shuffled_classes("undersampling", seed)?;
        let sizes = classes.iter().map(Vec::len).filter(|n| *n > 0);
        let least = sizes.min().unwrap_or(0);
        let chosen: Vec<usize> = classes
            .iter()
            .flat_map(|class| class.iter().take(least))
            .copied()
            .collect();
        Ok(self.mixed(&chosen, seed))
    }

    /// `n` samples drawn at random with repeats, sample `i` with a probability in proportion to `weights[i]`.
    ///
    /// PyTorch: `torch.utils.data.WeightedRandomSampler`. Taught in notebook 07.
    ///
    /// # Errors
    /// If there is not one weight per sample, or if the weights are not finite, not below 0 and not all 0.
    pub fn weighted_sample(&self, weights: &[f64], n: usize, seed: u64) -> Result<Dataset> {
        let fine = weights.len() == self.len() && weights.iter().sum::<f64>().is_finite();
        let index = fine.then(|| WeightedIndex::new(weights).ok()).flatten();
        let Some(index) = index else {
            return Err(Error::Argument {
                what: "weights of the samples".into(),
                expected: format!("{} finite numbers, none below 0 and not all 0", self.len()),
                got: format!("{} weights: {weights:.3?}", weights.len())
                    .chars()
                    .take(120)
                    .collect(),
            });
        };
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        Ok(self.view(&(0..n).map(|_| index.sample(&mut random)).collect::<Vec<_>>()))
    }

    /// Of each class `per_class[class]` samples, drawn at random without repeats; all of a class that has fewer. A way to
    /// make a set imbalanced on purpose.
    ///
    /// # Errors
    /// If there is not one number per class, or if the set has not one class per sample.
    pub fn sample_per_class(&self, per_class: &[usize], seed: u64) -> Result<Dataset> {
        if per_class.len() != self.num_classes() {
            return Err(Error::Argument {
                what: "samples per class".into(),
                expected: format!("{} numbers, one per class", self.num_classes()),
                got: per_class.len().to_string(),
            });
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let labels = self.one_class_each("samples per class")?;
        let mut chosen = Vec::new();
        for (class, n) in per_class.iter().enumerate() {
            let members: Vec<usize> = (0..self.len()).filter(|i| labels[*i] == class).collect();
            chosen.extend(members.choose_multiple(&mut random, *n));
        }
        Ok(self.mixed(&chosen, seed))
    }
}
