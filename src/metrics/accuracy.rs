//! How many predictions are right.

use super::share::share;
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
/// `k` is 0; [`Error::NotFinite`] if a score is NaN, which has no place in any order.
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
    check_order(scores, classes)?;
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

/// Refuses scores that cannot be put in order, in rows of `width`. Infinite ones can.
///
/// # Errors
/// [`Error::NotFinite`] for the first that is NaN.
pub(crate) fn check_order(scores: &[f32], width: usize) -> Result<()> {
    match scores.iter().position(|score| score.is_nan()) {
        None => Ok(()),
        Some(at) => Err(Error::NotFinite {
            what: format!("score of sample {}", at / width.max(1)),
            value: f64::NAN,
            hint: "Scores must be numbers that can be put in order.".into(),
        }),
    }
}

/// Refuses truth and predictions that do not belong together.
///
/// # Errors
/// [`Error::Argument`] if there are none, or not as many of one as of the other.
pub(super) fn check_pair(truth: &[usize], predicted: &[usize]) -> Result<()> {
    if truth.is_empty() || truth.len() != predicted.len() {
        return Err(Error::Argument {
            what: "truth and predictions".into(),
            expected: "the same number of classes in both, at least one".into(),
            got: format!("{} and {}", truth.len(), predicted.len()),
        });
    }
    Ok(())
}
