//! Overlap of masks: which pixels belong to an object, in truth and as predicted.

use super::binary::BinaryCounts;
use crate::{Error, Result};

/// Intersection over union of two masks, `TP / (TP + FP + FN)`: 1 if they are equal, 0 if they do not touch.
///
/// Two empty masks are equal: 1. Jaccard 1901. scikit-learn: `jaccard_score` with `zero_division=1`. Taught in
/// notebook 07.
///
/// # Errors
/// [`Error::Argument`] if the masks are empty slices or differ in length.
pub fn iou(truth: &[bool], predicted: &[bool]) -> Result<f64> {
    let counts = overlap(truth, predicted)?;
    let union = counts.true_positives + counts.false_positives + counts.false_negatives;
    Ok(if union == 0 {
        1.0
    } else {
        counts.true_positives as f64 / union as f64
    })
}

/// The Dice coefficient of two masks, `2 TP / (2 TP + FP + FN)`: twice the intersection over the sum of both areas. It is
/// the F1 score of the pixels, and `2 IoU / (1 + IoU)`.
///
/// Two empty masks are equal: 1. Dice 1945. scikit-learn: `f1_score` with `zero_division=1`. Taught in notebook 07.
///
/// # Errors
/// [`Error::Argument`] if the masks are empty slices or differ in length.
pub fn dice(truth: &[bool], predicted: &[bool]) -> Result<f64> {
    let counts = overlap(truth, predicted)?;
    let empty = counts.true_negatives == counts.total();
    Ok(if empty { 1.0 } else { counts.f1() })
}

fn overlap(truth: &[bool], predicted: &[bool]) -> Result<BinaryCounts> {
    if truth.is_empty() || truth.len() != predicted.len() {
        return Err(Error::Argument {
            what: "masks".into(),
            expected: "as many pixels in one as in the other, at least one".into(),
            got: format!("{} and {}", truth.len(), predicted.len()),
        });
    }
    Ok(BinaryCounts::of(truth, predicted))
}
