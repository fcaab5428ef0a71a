//! Sentences with their translation.

use std::fmt;

use crate::{Error, Result};

/// Sentences with their translation: sentence `i` of the one language is sentence `i` of the other. Taught in notebook 15.
#[derive(Clone, PartialEq, Eq)]
pub struct Pairs {
    name: String,
    sources: Vec<String>,
    targets: Vec<String>,
}

impl Pairs {
    /// Pairs of sentences, `sources[i]` with `targets[i]`.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are not as many of one as of the other.
    pub fn new(name: &str, sources: Vec<String>, targets: Vec<String>) -> Result<Self> {
        if sources.len() != targets.len() {
            return Err(Error::Argument {
                what: format!("sentences of {name}"),
                expected: "as many translations as sentences".into(),
                got: format!("{} sentences and {} translations", sources.len(), targets.len()),
            });
        }
        Ok(Self {
            name: name.into(),
            sources,
            targets,
        })
    }

    /// What the set is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The sentences that are translated.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// Their translations.
    pub fn targets(&self) -> &[String] {
        &self.targets
    }

    /// All pairs, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.sources.iter().zip(&self.targets);
        pairs.map(|(source, target)| (source.as_str(), target.as_str()))
    }

    /// The pairs for which `keep(sentence, translation)` says yes: short ones, say.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&str, &str) -> bool) -> Self {
        let kept = self.iter().filter(|(source, target)| keep(source, target));
        let (sources, targets) = kept
            .map(|(source, target)| (source.to_string(), target.to_string()))
            .unzip();
        Self {
            name: self.name.clone(),
            sources,
            targets,
        }
    }
}

impl fmt::Display for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} pairs of sentences", self.name, self.len())
    }
}

impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pairs({self})")
    }
}
