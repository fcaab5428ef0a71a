//! A run that is taken up again.

use std::path::PathBuf;

use super::events::RunState;
use crate::{Error, Result};

/// An interrupted run that the next call of `fit` takes up.
#[derive(Debug)]
pub(in crate::train) struct Resumed {
    pub state: RunState,
    /// The file that it came from.
    pub path: PathBuf,
    /// The learning rate of the last step.
    pub lr: f32,
}

impl Resumed {
    /// Refuses to go on as a run of `epochs` epochs with `batches` batches each that had the rate `lr` where the
    /// interrupted one had its last.
    pub fn check(&self, epochs: usize, batches: usize, lr: f32) -> Result<()> {
        let done = self.state.history.epochs().len();
        let (expected, got) = if self.state.batches != batches {
            (format!("{} batches per epoch", self.state.batches), batches.to_string())
        } else if epochs < done {
            (format!("at least the {done} epochs that were done"), epochs.to_string())
        } else if (lr - self.lr).abs() > 1e-6 * self.lr.abs() {
            (
                format!("a learning rate of {} in the last step that was done", self.lr),
                format!("a schedule that has {lr} there"),
            )
        } else {
            return Ok(());
        };
        Err(Error::Argument {
            what: format!("run that goes on from {}", self.path.display()),
            expected,
            got,
        })
    }
}
