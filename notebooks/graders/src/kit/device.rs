//! Where a grader computes.

use super::{Failure, Graded};
use gradus::device::{Dev, device};

/// The device with its random numbers started from `seed`, as [`device`], in the words of a grader.
///
/// # Errors
/// A [`Failure`] that says why there is no device.
pub fn open_device(seed: u64) -> Graded<Dev> {
    device(seed).map_err(|error| Failure::new("", "a device", error))
}
