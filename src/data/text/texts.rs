//! Texts with a class each.

use std::fmt;
use std::sync::Arc;

use crate::data::dataset::{permutation, two_parts};
use crate::{Error, Result};

/// Texts with a class each: surnames and their language, sentences and whether they praise.
///
/// A text is no sample yet: cut it with [`characters`](super::characters), [`words`](super::words) or a
/// [`Bpe`](super::Bpe), and give the ids to [`Dataset`](crate::data::Dataset). Taught in notebook 14.
#[derive(Clone, PartialEq, Eq)]
pub struct Texts {
    name: Arc<str>,
    texts: Vec<String>,
    labels: Vec<usize>,
    class_names: Arc<[String]>,
}

impl Texts {
    /// Texts with a class each: `labels[i]` is an index into `class_names`.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is not one label for each text, or if a label names no class.
    pub fn new(texts: Vec<String>, labels: Vec<usize>, class_names: &[&str]) -> Result<Self> {
        if texts.len() != labels.len() {
            return Err(Error::Argument {
                what: "labels".into(),
                expected: format!("{} labels, one for each text", texts.len()),
                got: format!("{} labels", labels.len()),
            });
        }
        if let Some((i, label)) = labels
            .iter()
            .enumerate()
            .find(|(_, label)| **label >= class_names.len())
        {
            return Err(Error::Argument {
                what: format!("label of text {i}"),
                expected: format!("a number below the number of class names, {}", class_names.len()),
                got: label.to_string(),
            });
        }
        Ok(Self {
            name: "texts".into(),
            texts,
            labels,
            class_names: class_names.iter().map(|name| (*name).to_string()).collect(),
        })
    }

    /// The same texts under another name, for headings and messages.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// What the set is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// All texts, in order.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The class of each text, in order.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// The names of the classes.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// How many texts each class has.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.class_names.len()];
        for label in &self.labels {
            counts[*label] += 1;
        }
        counts
    }

    /// Two sets out of one: the first gets `fraction` of the texts of **each class**, the second the rest, drawn at random
    /// with a seed. So a rare class is in both. A class of one text goes to the first.
    ///
    /// scikit-learn: `train_test_split(stratify=labels)`. Taught in notebook 14.
    ///
    /// # Errors
    /// [`Error::Argument`] if `fraction` is not between 0 and 1, or if one of the sets would be empty.
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self)> {
        // Refuses what cannot be a fraction, and sets that one cannot divide.
        two_parts(self.len(), fraction, seed)?;
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for class in 0..self.class_names.len() {
            let members: Vec<usize> = (0..self.len()).filter(|i| self.labels[*i] == class).collect();
            let kept = ((members.len() as f64 * fraction).round() as usize).clamp(1, members.len().max(2) - 1);
            let order = permutation(members.len(), seed.wrapping_add(class as u64));
            for (place, i) in order.into_iter().enumerate() {
                if place < kept { &mut first } else { &mut second }.push(members[i]);
            }
        }
        if second.is_empty() {
            return Err(Error::Argument {
                what: format!("split of {}", self.name),
                expected: "a class with at least two texts".into(),
                got: format!("{} texts, each of a class of its own", self.len()),
            });
        }
        first.sort_unstable();
        second.sort_unstable();
        Ok((self.pick(&first, "training set"), self.pick(&second, "test set")))
    }

    fn pick(&self, rows: &[usize], part: &str) -> Self {
        Self {
            name: format!("{}, {part}", self.name).into(),
            texts: rows.iter().map(|row| self.texts[*row].clone()).collect(),
            labels: rows.iter().map(|row| self.labels[*row]).collect(),
            class_names: self.class_names.clone(),
        }
    }
}

impl fmt::Display for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} texts, {} classes",
            self.name,
            self.len(),
            self.class_names.len()
        )
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Texts({self})")
    }
}
