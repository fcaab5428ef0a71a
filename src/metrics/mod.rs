//! Numbers that say how good predictions are: accuracy, the confusion matrix, precision, recall and F1.
//!
//! Scores are fractions from 0 to 1. Where a score divides by a class without members (recall of a class that never
//! occurs, precision of a class that is never predicted) it is **0**, as scikit-learn's `zero_division` has it.

mod confusion;
mod report;

pub use confusion::{Confusion, ConfusionMatrix};
pub use report::{Report, Scores};

use crate::{Error, Result};

/// The fraction of `predicted` classes that equal `truth` (scikit-learn's `accuracy_score`).
///
/// # Errors
/// [`Error::Argument`] if the slices are empty or differ in length.
pub fn accuracy(truth: &[usize], predicted: &[usize]) -> Result<f64> {
    check_pair(truth, predicted)?;
    let right = truth.iter().zip(predicted).filter(|(t, p)| t == p).count();
    Ok(right as f64 / truth.len() as f64)
}

fn check_pair(truth: &[usize], predicted: &[usize]) -> Result<()> {
    if truth.is_empty() || truth.len() != predicted.len() {
        return Err(Error::Argument {
            what: "truth and predictions".into(),
            expected: "the same number of classes in both, at least one".into(),
            got: format!("{} and {}", truth.len(), predicted.len()),
        });
    }
    Ok(())
}

/// `part / whole`, and 0 where there is no whole: the module's rule for empty classes.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
