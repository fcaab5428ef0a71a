//! Numbers that say how good predictions are: accuracy, the confusion matrix, precision, recall and F1, curves over all
//! thresholds, calibration, errors of values, overlap of masks.
//!
//! Scores are fractions from 0 to 1. Where a score divides by a class without members (recall of a class that never
//! occurs, precision of a class that is never predicted) it is **0**, as scikit-learn's `zero_division` has it. Two
//! exceptions, each for its reason: a curve over all thresholds that lacks a kind of sample is an error, because its area
//! would look like a result; and two empty masks overlap by 1, because nothing was there and nothing was marked.

mod binary;
mod calibration;
mod confusion;
mod curves;
mod detection;
mod mask;
mod regression;
mod report;

pub use binary::{BinaryCounts, BinaryPredictions, ThresholdSweep};
pub use calibration::{Calibration, CalibrationBin};
pub use confusion::{Confusion, ConfusionMatrix};
pub use curves::{PrecisionRecallCurve, RocCurve};
pub use detection::{DetectionReport, Matches, match_boxes};
pub use mask::{dice, iou};
pub use regression::Regression;
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

/// The fraction of samples whose class is among the `k` highest of its scores; `scores` is `(N, classes)`, row after row
/// (scikit-learn's `top_k_accuracy_score`).
///
/// Of equal scores the lower class comes first (scikit-learn takes the higher).
///
/// # Errors
/// [`Error::Argument`] if there is no sample, if the scores do not make one row per sample, if a class has no score, or if
/// `k` is 0.
pub fn top_k_accuracy(truth: &[usize], scores: &[f32], k: usize) -> Result<f64> {
    let classes = scores.len() / truth.len().max(1);
    let fits = !truth.is_empty() && classes * truth.len() == scores.len() && truth.iter().all(|t| *t < classes);
    if !fits || k == 0 {
        return Err(Error::Argument {
            what: format!("top-{k} accuracy of {} samples", truth.len()),
            expected: "k at least 1, and one row of scores per sample, which has a score for each class".into(),
            got: format!("{} scores", scores.len()),
        });
    }
    let found = |(truth, row): (&usize, &[f32])| {
        let ahead = row.iter().enumerate().filter(|(class, score)| {
            let own = row[*truth];
            **score > own || (**score == own && class < truth)
        });
        ahead.count() < k
    };
    let hits = truth
        .iter()
        .zip(scores.chunks(classes))
        .filter(|pair| found(*pair))
        .count();
    Ok(share(hits, truth.len()))
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
