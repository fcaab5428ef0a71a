//! Lengths of axes, some of which wait for the batch.

use std::fmt;

/// The length of an axis of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// So many.
    Fixed(usize),
    /// So many for each sample of the batch.
    Batch(usize),
}

impl Size {
    /// The length for a batch of `batch` samples.
    pub fn of(self, batch: usize) -> usize {
        match self {
            Self::Fixed(n) => n,
            Self::Batch(n) => n * batch,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(n) => write!(f, "{n}"),
            Self::Batch(1) => f.write_str("B"),
            Self::Batch(n) => write!(f, "{n} B"),
        }
    }
}

/// A shape in words: `(B, 16, 28, 28)`.
pub(super) fn words(shape: &[Size]) -> String {
    let sizes: Vec<String> = shape.iter().map(Size::to_string).collect();
    format!("({})", sizes.join(", "))
}

/// How many numbers there are for a batch of `batch` samples.
pub(super) fn count(shape: &[Size], batch: usize) -> usize {
    shape.iter().map(|size| size.of(batch)).product()
}

/// Axes that no batch changes.
pub(super) fn fixed(sizes: &[usize]) -> Vec<Size> {
    sizes.iter().map(|n| Size::Fixed(*n)).collect()
}
