//! What a learner refuses.

use crate::data::{Dataset, Targets, same_classes};
use crate::{Error, Result};

/// A set without samples has no loss.
pub(in crate::train) fn samples(what: &str, data: &Dataset) -> Result<()> {
    some(what, data.len())
}

/// Of two sets with other lists of classes, the same number means two things: every figure would be wrong.
pub(in crate::train) fn classes(what: &str, names: &[String], whose: &str, expected: &[String]) -> Result<()> {
    let hint = "Make both of one list: ImageFolder::classes for folders, the training table's Encoding for tables, \
                Dataset::with_classes for any set";
    same_classes(what, names, whose, expected, hint)
}

/// Of two tables that were encoded by themselves, the same column can mean two things: one-hot features of other levels.
pub(in crate::train) fn features(what: &str, names: &[String], whose: &str, expected: &[String]) -> Result<()> {
    let unsaid = names.is_empty() || expected.is_empty();
    // Another number of features is the network's business, which says so.
    let pairs = names.iter().zip(expected).enumerate();
    let differ = pairs.into_iter().find(|(_, (a, b))| a != b);
    let Some((place, (name, expected))) = differ.filter(|_| !unsaid && names.len() == expected.len()) else {
        return Ok(());
    };
    Err(Error::Argument {
        what: format!("features of {what}"),
        expected: format!("those of {whose}, where feature {place} is {expected:?}"),
        got: format!("{name:?}. Encode both tables with one Encoding: the one that was made of the training table"),
    })
}

/// Nor has a batch.
pub(in crate::train) fn some(what: &str, samples: usize) -> Result<()> {
    if samples > 0 {
        return Ok(());
    }
    Err(Error::Argument {
        what: what.into(),
        expected: "at least one sample".into(),
        got: "none".into(),
    })
}

/// Refuses a network that answers step by step where one answer is asked, and the other way round.
pub(in crate::train) fn answers(rows: usize, targets: &Targets) -> Result<()> {
    if rows == targets.rows() {
        return Ok(());
    }
    let advice = match targets {
        Targets::Steps { .. } => "The targets are a class for every step: the network must answer with (B, T, classes)",
        _ => "Where a sample has one target, a network of sequences ends with LastStep or MeanSteps and a Linear",
    };
    Err(Error::Shape {
        layer: "the last layer of the network".into(),
        expected: format!("{} rows of scores for {} samples", targets.rows(), targets.len()),
        got: format!("{rows}. {advice}"),
    })
}

/// A step needs at least one batch.
pub(in crate::train) fn accumulate(batches: usize) -> Result<()> {
    if batches > 0 {
        return Ok(());
    }
    Err(Error::Argument {
        what: "batches per step (accumulate)".into(),
        expected: "at least 1".into(),
        got: "0".into(),
    })
}

/// Training cannot go on, and its figures mean nothing, once a loss is NaN or infinite, or too large for an f32.
pub(in crate::train) fn loss(what: impl FnOnce() -> String, value: f64) -> Result<()> {
    if (value as f32).is_finite() {
        return Ok(());
    }
    Err(Error::NotFinite {
        what: what(),
        value,
        hint: "The weights have run away: make the learner anew with a lower learning rate".into(),
    })
}
