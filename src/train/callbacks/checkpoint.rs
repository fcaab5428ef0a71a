//! Checkpoints: a run that is interrupted can be taken up again.

use std::path::{Path, PathBuf};

use super::callback::Callback;
use super::checkpoint_file::{self, Saved};
use super::events::{Control, EpochEnd, FitBegin, Memo, RunState};
use super::monitor::Monitor;
use crate::train::learner::Learner;
use crate::train::networks::weights;
use crate::{Error, Result};

const LAST: &str = "last.safetensors";
const BEST: &str = "best.safetensors";

/// Writes two files into a folder after every epoch: `last.safetensors`, from which [`Learner::resume`] takes up the run,
/// and `best.safetensors`, the weights of the best epoch so far, which [`Learner::load`] reads.
///
/// Each file replaces the one before in a single move: whenever the program is killed, a whole file stands there. Keras:
/// `ModelCheckpoint` with `BackupAndRestore`. Taught in notebook 12.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path();
/// type Net = (Linear<2, 16>, ReLU, Linear<16, 2>);
/// let data = data::moons(200, 0.1, 0)?;
/// let mut learner = Learner::classifier::<Net>(&device(0)?, Adam::default())?;
/// learner.quiet().add(Checkpoint::new(folder)).fit(&data, &data, 2)?; // and the power fails
///
/// let mut learner = Learner::classifier::<Net>(&device(0)?, Adam::default())?;
/// learner.quiet().resume(folder)?;
/// let history = learner.fit(&data, &data, 5)?; // trains for 3 epochs
/// assert_eq!(history.epochs().len(), 5);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Checkpoint {
    folder: PathBuf,
    monitor: Monitor,
    best: Option<f64>,
}

impl Checkpoint {
    /// Checkpoints in `folder`, which is made where there is none.
    pub fn new(folder: impl AsRef<Path>) -> Self {
        Self {
            folder: folder.as_ref().to_path_buf(),
            monitor: Monitor::default(),
            best: None,
        }
    }

    /// Finds the best epoch by another figure than the validation loss.
    #[must_use]
    pub fn monitor(mut self, monitor: Monitor) -> Self {
        self.monitor = monitor;
        self
    }
}

impl Callback for Checkpoint {
    /// Checkpoints know it by this name, wherever its file stands.
    fn name(&self) -> String {
        "gradus::train::checkpoint::Checkpoint".into()
    }

    fn fit_begin(&mut self, _: &mut Learner, event: &FitBegin) -> Result<()> {
        if event.done == 0 {
            self.best = None;
        }
        std::fs::create_dir_all(&self.folder).map_err(|source| Error::Io {
            path: self.folder.clone(),
            source,
        })
    }

    fn epoch_end(&mut self, learner: &mut Learner, event: &EpochEnd) -> Result<Control> {
        let score = self.monitor.score(event, learner.metric());
        if self.best.is_none_or(|best| score > best) {
            weights::save(learner.net.as_ref(), &learner.known(), &self.folder.join(BEST))?;
            self.best = Some(score);
        }
        Ok(Control::Continue)
    }

    fn memo(&self) -> Memo {
        Memo {
            numbers: self.best.into_iter().collect(),
            ..Memo::default()
        }
    }

    fn remember(&mut self, _: &Learner, memo: Memo) -> Result<()> {
        self.best = memo.numbers.first().copied();
        Ok(())
    }

    fn wants_state(&self) -> bool {
        true
    }

    fn state(&mut self, learner: &mut Learner, event: &EpochEnd, state: &RunState) -> Result<()> {
        checkpoint_file::write(learner, event, state, &self.folder.join(LAST))
    }
}

impl Learner {
    /// Takes up a run that was interrupted, from the last [`Checkpoint`] in `folder`. Returns how many epochs it had done.
    ///
    /// Make the learner as the program that was interrupted did (same network, optimizer, settings, callbacks), call this,
    /// and then `fit`, `fit_one_cycle` or `fit_schedule` with the same arguments as then: epochs that were done are not
    /// done again, and weights and history become what they would have been without the interruption, bit for bit. The
    /// weights, what optimizer and callbacks remember, the learning rate, the batch size and the seed come from the
    /// checkpoint, all else from the program. Every epoch draws its order and dropout from the seed and its own number (on
    /// a GPU, dropout goes on with the GPU's random numbers, and only the order is the same).
    ///
    /// To train on with other settings, [load](Learner::load) `last.safetensors` or `best.safetensors` instead: that is a
    /// new run. Taught in notebook 12.
    ///
    /// # Errors
    /// [`Error::Io`] where there is no checkpoint, [`Error::File`] where it is cut short or belongs to another network or
    /// optimizer; the learner is as it was before.
    pub fn resume(&mut self, folder: impl AsRef<Path>) -> Result<usize> {
        let path = folder.as_ref().join(LAST);
        let Saved {
            weights,
            optimizer,
            seed,
            batch_size,
            epochs_done,
            base_lr,
            run,
        } = checkpoint_file::read(self, &path)?;
        self.net.set_values(&weights)?;
        self.state = optimizer;
        self.parts.forget();
        self.seed = seed;
        self.batch_size = batch_size;
        self.epochs_done = epochs_done;
        self.optimizer.set_lr(base_lr);
        let done = run.state.history.epochs().len();
        self.resumed = Some(run);
        Ok(done)
    }
}
