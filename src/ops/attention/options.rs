//! How many heads, and what a step may see.

use std::fmt::Display;
use std::sync::Arc;

use crate::{Error, Result};

/// How many keys of each sample count, from the first on; all of them where there is none.
pub(crate) type Lengths = Option<Arc<[usize]>>;

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

/// Whether there is a length for each of the sequences, `[sequences, steps]`, none above the number of steps.
pub(super) fn check_lengths(layer: &dyn Display, lengths: &Lengths, [batch, steps]: [usize; 2]) -> Result<()> {
    let Some(lengths) = lengths else { return Ok(()) };
    let got = match lengths.iter().find(|length| **length > steps) {
        _ if lengths.len() != batch => format!("{} lengths", lengths.len()),
        Some(length) => format!("a length of {length}"),
        None => return Ok(()),
    };
    Err(Error::Argument {
        what: format!("lengths of {layer}"),
        expected: format!("a number from 0 to {steps} for each of {batch} sequences"),
        got,
    })
}
