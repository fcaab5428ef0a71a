//! What a network answered.

use crate::data::Targets;
use crate::metrics::ConfusionMatrix;
use crate::{Error, Result};

/// The scores of a network on a set of samples, next to the truth.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    pub(super) scores: Vec<f32>,
    pub(super) width: usize,
    pub(super) truth: Targets,
    pub(super) class_names: Vec<String>,
}

impl Predictions {
    /// The number of samples.
    pub fn len(&self) -> usize {
        self.scores.len() / self.width.max(1)
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The raw scores (logits, or predicted values) of sample `i`.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no sample `i`.
    pub fn scores(&self, i: usize) -> Result<&[f32]> {
        if i >= self.len() {
            return Err(Error::Argument {
                what: "index of a prediction".into(),
                expected: format!("less than {}", self.len()),
                got: i.to_string(),
            });
        }
        Ok(&self.scores[i * self.width..(i + 1) * self.width])
    }

    /// The probabilities of the classes for sample `i`: the softmax of its scores. They sum to 1.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no sample `i`.
    pub fn probabilities(&self, i: usize) -> Result<Vec<f32>> {
        let scores = self.scores(i)?;
        let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f32> = scores.iter().map(|s| (s - top).exp()).collect();
        let sum: f32 = powers.iter().sum();
        Ok(powers.iter().map(|p| p / sum).collect())
    }

    /// The class with the highest score, for every sample.
    pub fn classes(&self) -> Vec<usize> {
        let best = |row: &[f32]| {
            let mut best = 0;
            for (class, score) in row.iter().enumerate() {
                if *score > row[best] {
                    best = class;
                }
            }
            best
        };
        self.scores.chunks(self.width.max(1)).map(best).collect()
    }

    /// The true classes.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, not classes.
    pub fn labels(&self) -> Result<&[usize]> {
        match &self.truth {
            Targets::Classes(classes) => Ok(classes),
            other => Err(Error::Argument {
                what: "targets of the predictions".into(),
                expected: "classes".into(),
                got: other.kind(),
            }),
        }
    }

    /// The share of samples whose highest score is that of the true class, 0 to 1.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, not classes.
    pub fn accuracy(&self) -> Result<f64> {
        let right = self
            .classes()
            .iter()
            .zip(self.labels()?)
            .filter(|(a, b)| a == b)
            .count();
        Ok(right as f64 / self.len().max(1) as f64)
    }

    /// The samples that were classified wrongly, those first where the network was surest of its error.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, not classes.
    pub fn mistakes(&self) -> Result<Vec<usize>> {
        let classes = self.classes();
        let labels = self.labels()?;
        let mut wrong = Vec::new();
        for i in 0..self.len() {
            if classes[i] != labels[i] {
                wrong.push((i, self.probabilities(i)?[classes[i]]));
            }
        }
        wrong.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(wrong.into_iter().map(|(i, _)| i).collect())
    }

    /// How often each true class was taken for each class.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, not classes.
    pub fn confusion(&self) -> Result<ConfusionMatrix> {
        let names: Vec<&str> = self.class_names.iter().map(String::as_str).collect();
        ConfusionMatrix::new(self.labels()?, &self.classes(), &names)
    }

    /// The mean of `|prediction - target|`; for classes, the share of wrong answers.
    pub(super) fn mean_absolute_error(&self) -> f64 {
        match &self.truth {
            Targets::Values { data, .. } => {
                let sum: f64 = self
                    .scores
                    .iter()
                    .zip(data)
                    .map(|(s, t)| f64::from((s - t).abs()))
                    .sum();
                sum / data.len().max(1) as f64
            }
            _ => 1.0 - self.accuracy().unwrap_or(0.0),
        }
    }
}
