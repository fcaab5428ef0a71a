//! Making a vocabulary out of a training text.

use std::collections::HashMap;

use super::vocabulary::{SPECIAL, Vocabulary};
use crate::{Error, Result};

/// How a [`Vocabulary`] is made; see [`Vocabulary::builder`].
#[derive(Clone, Debug, Default)]
pub struct VocabularyBuilder {
    min_count: usize,
    max_size: Option<usize>,
    bounds: bool,
}

impl Vocabulary {
    /// All tokens of a text, each once, the most frequent first (among equals, the one that came first).
    ///
    /// # Errors
    /// [`Error::Argument`] where there are no tokens.
    pub fn new<T: AsRef<str>>(tokens: impl IntoIterator<Item = T>) -> Result<Self> {
        VocabularyBuilder::default().build(tokens)
    }

    /// A vocabulary with limits, or with `<bos>` and `<eos>`.
    pub fn builder() -> VocabularyBuilder {
        VocabularyBuilder::default()
    }
}

impl VocabularyBuilder {
    /// Leaves out tokens that come less than `n` times; they are unknown then. Unless set, every token counts.
    #[must_use]
    pub fn min_count(mut self, n: usize) -> Self {
        self.min_count = n;
        self
    }

    /// Keeps the most frequent tokens only, so many that there are `n` with the special ones.
    #[must_use]
    pub fn max_size(mut self, n: usize) -> Self {
        self.max_size = Some(n);
        self
    }

    /// Adds `<bos>` and `<eos>`, ids 2 and 3.
    #[must_use]
    pub fn bounds(mut self) -> Self {
        self.bounds = true;
        self
    }

    /// The vocabulary of these tokens. Build it from the training text alone: what only the test text has is unknown.
    ///
    /// The names of the special tokens (`<unk>`) are not counted, and empty tokens are passed over.
    ///
    /// # Errors
    /// [`Error::Argument`] where no token is left.
    pub fn build<T: AsRef<str>>(&self, tokens: impl IntoIterator<Item = T>) -> Result<Vocabulary> {
        // How often a token came, and where it came first.
        let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
        let special = &SPECIAL[..if self.bounds { 4 } else { 2 }];
        let mut seen = 0;
        for token in tokens {
            let token = token.as_ref();
            seen += 1;
            if token.is_empty() || special.contains(&token) {
                continue;
            }
            match counts.get_mut(token) {
                Some((count, _)) => *count += 1,
                None => {
                    counts.insert(token.to_string(), (1, seen));
                }
            }
        }
        let different = counts.len();
        let mut kept: Vec<(String, (usize, usize))> = counts.into_iter().collect();
        kept.retain(|(_, (count, _))| *count >= self.min_count);
        kept.sort_unstable_by_key(|(_, (count, first))| (usize::MAX - count, *first));
        if let Some(size) = self.max_size {
            kept.truncate(size.saturating_sub(special.len()));
        }
        if kept.is_empty() {
            return Err(self.nothing_left(different));
        }
        Ok(Vocabulary::of(self.bounds, kept.into_iter().map(|(token, _)| token)))
    }

    fn nothing_left(&self, different: usize) -> Error {
        let special = if self.bounds { 4 } else { 2 };
        let limits = match self.max_size {
            Some(size) if size <= special => format!("a max_size above {special}, the number of special tokens"),
            _ if different > 0 => format!("a min_count that some token reaches, not {}", self.min_count),
            _ => "a text with at least one token".into(),
        };
        Error::Argument {
            what: "tokens for a vocabulary".into(),
            expected: limits,
            got: format!("{different} different tokens, of which none is kept"),
        }
    }
}
