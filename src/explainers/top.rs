//! What a network takes a sample for.

use std::fmt;

use super::sample::{Sample, finite};
use crate::train::Learner;
use crate::{Error, Result};

/// One class with the network's opinion of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// The class.
    pub class: usize,
    /// Its name; its number where it has none.
    pub name: String,
    /// Its probability, 0 to 1.
    pub probability: f32,
    /// Its score, before softmax.
    pub score: f32,
}

/// The classes that a network holds to be the most probable, the first one first. Shown in a notebook it is a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Guesses {
    /// The classes.
    pub all: Vec<Guess>,
}

/// The `n` most probable classes of a sample, the most probable first; of equals, the lower number.
///
/// Taught in notebook 22.
///
/// # Errors
/// [`Error::Shape`] where the sample does not fit the network, [`Error::Argument`] where `n` is 0.
pub fn top(learner: &Learner, sample: &Sample, n: usize) -> Result<Guesses> {
    if n == 0 {
        return Err(Error::Argument {
            what: "number of classes".into(),
            expected: "at least 1".into(),
            got: "0".into(),
        });
    }
    finite("sample", sample.values())?;
    let (mut scores, width) = learner.scores(sample.values().to_vec(), sample.shape())?;
    finite("network's scores", &scores)?;
    if width == 1 && sample.classes() == 2 {
        scores.insert(0, 0.0);
    }
    let probabilities = softmax(&scores);
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    order.truncate(n);
    let guess = |class: usize| Guess {
        class,
        name: sample.class_name(class),
        probability: probabilities[class],
        score: scores[class],
    };
    Ok(Guesses {
        all: order.into_iter().map(guess).collect(),
    })
}

impl Guesses {
    /// The most probable class.
    pub fn first(&self) -> &Guess {
        &self.all[0]
    }
}

impl fmt::Display for Guesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self
            .all
            .iter()
            .map(|g| g.name.chars().count())
            .max()
            .unwrap_or(0)
            .max(5);
        write!(f, "{:<name$}  class  probability   score", "name")?;
        for g in &self.all {
            write!(
                f,
                "\n{:<name$}  {:>5}  {:>11.3}  {:>6.2}",
                g.name, g.class, g.probability, g.score
            )?;
        }
        Ok(())
    }
}

/// The probabilities that belong to scores.
pub(super) fn softmax(scores: &[f32]) -> Vec<f32> {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = scores.iter().map(|s| (s - top).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|p| p / sum).collect()
}
