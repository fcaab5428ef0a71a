//! Training for less time than was asked for, so that a whole course can be run through in minutes.
//!
//! With the variable `GRADUS_BUDGET=2` no run of `fit` takes much more than two seconds of training: a copy of the learner
//! tries a few steps, and if all steps at that pace would take longer, every epoch gets fewer batches. The run says so in a
//! line that begins with `BUDGET:`. The number of epochs, the schedule and the shape of the history are as they would be.
//! Runs of as many batches and epochs are all cut alike, by the pace of the first, so that their curves can be drawn into one
//! chart. `cargo course run --budget 2` sets the variable, and asserts no claim of a notebook from there on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::Result;
use crate::clock::Instant;
use crate::data::{Batch, Batches};
use crate::train::learner::Learner;

/// Steps that are timed, after one that is not: the first one asks for memory.
const TRIED: usize = 3;

/// Whether a training of this process got fewer batches than it should have had.
static CUT: AtomicBool = AtomicBool::new(false);

/// How many batches of each epoch runs get, by their batches and epochs.
static ALLOWED: LazyLock<Mutex<HashMap<(usize, usize), usize>>> = LazyLock::new(Mutex::default);

/// Whether a training of this process was cut short because of `GRADUS_BUDGET`.
#[doc(hidden)]
pub fn was_cut_short() -> bool {
    CUT.load(Ordering::Relaxed)
}

/// The seconds that a run may take; nothing unless the variable holds a number above 0.
fn seconds() -> Option<f64> {
    let seconds = std::env::var("GRADUS_BUDGET").ok()?.parse().ok()?;
    (seconds > 0.0).then_some(seconds)
}

/// How many batches of each epoch the budget allows, of `all`.
pub(super) fn batches(learner: &Learner, batches: Batches, epochs: usize) -> usize {
    let all = batches.len();
    let Some(seconds) = seconds() else { return all };
    let known = || ALLOWED.lock().unwrap_or_else(PoisonError::into_inner);
    let before = known().get(&(all, epochs)).copied();
    let allowed = match before {
        Some(allowed) => allowed,
        None => {
            // What goes wrong with the copy goes wrong in the training too, and is told there.
            let Ok(pace) = pace(learner, batches) else { return all };
            allowed(seconds, pace, epochs, all)
        }
    };
    known().insert((all, epochs), allowed);
    if allowed < all {
        CUT.store(true, Ordering::Relaxed);
        println!("BUDGET: {allowed} of {all} batches in each of {epochs} epochs (GRADUS_BUDGET={seconds})");
    }
    allowed
}

/// Seconds of a step, tried on a copy.
fn pace(learner: &Learner, mut batches: Batches) -> Result<f64> {
    let mut copy = learner.copy()?;
    let mut step = |batch: Batch| copy.train_batch(batch).map(drop);
    if let Some(first) = batches.next() {
        step(first)?;
    }
    let (start, mut steps) = (Instant::now(), 0);
    for batch in batches.take(TRIED) {
        step(batch)?;
        steps += 1;
    }
    Ok(start.elapsed().as_secs_f64() / f64::from(steps.max(1)))
}

/// So many batches that `epochs` epochs of them take `seconds`, and one at least.
fn allowed(seconds: f64, pace: f64, epochs: usize, all: usize) -> usize {
    // A pace of 0 gives infinity, which becomes the largest number.
    ((seconds / (pace * epochs.max(1) as f64)) as usize).clamp(1, all.max(1))
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn as_many_batches_as_the_time_allows_and_one_at_least() {
        assert_eq!(allowed(2.0, 0.01, 4, 235), 50);
        assert_eq!(allowed(2.0, 0.01, 4, 30), 30, "not more than there are");
        assert_eq!(allowed(2.0, 9.0, 4, 30), 1);
        assert_eq!(allowed(2.0, 0.0, 4, 30), 30);
        assert_eq!(allowed(2.0, 0.01, 0, 300), 200);
    }
}
