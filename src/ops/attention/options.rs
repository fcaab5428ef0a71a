//! How many heads, and what a step may see.

use std::fmt::Display;

use crate::{Error, Result};

/// Who looks at whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttentionOptions {
    /// Parts that the features are cut into; each attends by itself.
    pub heads: usize,
    /// Whether a step sees itself and earlier steps only.
    pub causal: bool,
}

impl AttentionOptions {
    /// So many heads, each step sees all.
    pub fn new(heads: usize) -> Self {
        Self { heads, causal: false }
    }

    /// The head's size, where the features can be cut so.
    pub(super) fn check(self, layer: &dyn Display, features: usize) -> Result<()> {
        if self.heads > 0 && features.is_multiple_of(self.heads) {
            return Ok(());
        }
        Err(Error::Argument {
            what: format!("heads of {layer}"),
            expected: format!("a number that divides {features} features"),
            got: self.heads.to_string(),
        })
    }
}
