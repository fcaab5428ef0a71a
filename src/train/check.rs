//! What a learner refuses.

use super::optimizer::Optimizer;
use super::schedule::Schedule;
use crate::data::Dataset;
use crate::{Error, Result};

/// A set without samples has no loss.
pub(super) fn samples(what: &str, data: &Dataset) -> Result<()> {
    if data.is_empty() {
        return Err(Error::Argument {
            what: what.into(),
            expected: "at least one sample".into(),
            got: "none".into(),
        });
    }
    Ok(())
}

/// A rate that is NaN would make every weight NaN in one step.
pub(super) fn rate(schedule: Schedule, optimizer: &Optimizer) -> Result<()> {
    let rate = match schedule {
        Schedule::Constant => optimizer.lr(),
        Schedule::OneCycle(cycle) => cycle.max_lr,
    };
    if rate.is_finite() && rate >= 0.0 {
        return Ok(());
    }
    Err(Error::Argument {
        what: "learning rate".into(),
        expected: "a finite number, not below 0".into(),
        got: rate.to_string(),
    })
}

/// Training cannot go on, and its figures mean nothing, once a loss is NaN or infinite, or too large for an f32.
pub(super) fn loss(what: impl FnOnce() -> String, value: f64) -> Result<()> {
    if (value as f32).is_finite() {
        return Ok(());
    }
    Err(Error::NotFinite {
        what: what(),
        value,
        hint: "The weights have run away: make the learner anew with a lower learning rate".into(),
    })
}
