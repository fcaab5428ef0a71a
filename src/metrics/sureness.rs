//! What a classifier makes of generated samples.

use super::share::share;
use crate::{Error, Result};

/// How many generated samples a classifier is sure of, and which classes it finds among them: quality and variety of a generator
/// in two numbers, where a classifier of real data is at hand.
///
/// A sample counts for the class that has the highest probability, where that is at least a threshold; of the others the
/// classifier is not sure. Neither number says that a sample looks real: a classifier can be sure of noise. State both beside
/// those of real samples. The inception score (Salimans et al. 2016, arXiv:1606.03498, section 4) puts the same two wishes into
/// one number. Taught in notebook 18.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let probabilities = [0.96, 0.04, 0.00, 0.02, 0.97, 0.01, 0.40, 0.35, 0.25, 0.99, 0.00, 0.01];
/// let found = metrics::Sureness::of(&probabilities, 3, 0.95)?;
/// assert_eq!(found.share(), 0.75);
/// assert_eq!(found.counts(), [2, 1, 0]);
/// assert_eq!(found.coverage(1), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sureness {
    counts: Vec<usize>,
    samples: usize,
}

impl Sureness {
    /// Counts the samples whose highest probability is at least `threshold`, 0 to 1. `probabilities` is `(N, classes)`, row after
    /// row, as [`Predictions::probabilities`](crate::train::Predictions::probabilities) returns one.
    ///
    /// # Errors
    /// [`Error::Argument`] for no sample, no class, a length that is no whole number of rows, a threshold outside 0 to 1, and a row
    /// that is not made of probabilities: each from 0 to 1, together 1.
    pub fn of(probabilities: &[f32], classes: usize, threshold: f32) -> Result<Self> {
        let wrong = |what: String, expected: &str, got: String| Error::Argument {
            what,
            expected: expected.into(),
            got,
        };
        if classes == 0 || probabilities.is_empty() || !probabilities.len().is_multiple_of(classes) {
            let expected = format!("a row of {classes} for each sample, at least one row of at least one");
            let got = format!("{} numbers", probabilities.len());
            return Err(wrong("probabilities of the classes".into(), &expected, got));
        }
        if !(0.0..=1.0).contains(&threshold) {
            let expected = "a probability from 0 to 1";
            return Err(wrong("threshold of being sure".into(), expected, threshold.to_string()));
        }
        let mut counts = vec![0; classes];
        for (i, row) in probabilities.chunks(classes).enumerate() {
            let sum: f32 = row.iter().sum();
            if !row.iter().all(|p| (0.0..=1.0).contains(p)) || (sum - 1.0).abs() > 1e-3 {
                let expected = "numbers from 0 to 1 whose sum is 1. Of scores, take the softmax";
                let got = format!("{row:?}, whose sum is {sum}");
                return Err(wrong(format!("probabilities of sample {i}"), expected, got));
            }
            let mut best = 0;
            for (class, p) in row.iter().enumerate() {
                if *p > row[best] {
                    best = class;
                }
            }
            counts[best] += usize::from(row[best] >= threshold);
        }
        let samples = probabilities.len() / classes;
        Ok(Self { counts, samples })
    }

    /// The share of the samples that the classifier is sure of, 0 to 1.
    pub fn share(&self) -> f64 {
        share(self.counts.iter().sum(), self.samples)
    }

    /// How many samples it is surely each class.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// How many classes have at least `least` samples that it is sure of; with 0 all of them.
    pub fn coverage(&self, least: usize) -> usize {
        self.counts.iter().filter(|count| **count >= least).count()
    }
}
