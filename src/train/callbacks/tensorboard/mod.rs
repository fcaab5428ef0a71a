//! Event files that TensorBoard reads.

mod event;
mod record;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::train::callbacks::callback::Callback;
use crate::train::callbacks::events::{BatchEnd, Control, EpochEnd, FitBegin, FitEnd};
use crate::train::learner::Learner;
use crate::{Error, Result};
use event::{Event, Histogram};

/// Writes the course of a run into a folder, for TensorBoard (`tensorboard --logdir runs`): losses and metric of every
/// epoch, loss and learning rate of every batch, and the distribution of every tensor of the network as a histogram.
///
/// Every run adds a file of its own; a run that is [resumed](Learner::resume) or continued goes on where the steps of the
/// one before ended. PyTorch: `torch.utils.tensorboard.SummaryWriter`. Taught in notebook 12.
#[derive(Debug)]
pub struct TensorBoard {
    folder: PathBuf,
    histograms: bool,
    /// Epochs of the learner before the run.
    before: usize,
    batches: usize,
    file: Option<File>,
    path: PathBuf,
}

impl TensorBoard {
    /// Event files in `folder`, which is made where there is none. TensorBoard takes its name for the name of the run.
    pub fn new(folder: impl AsRef<Path>) -> Self {
        Self {
            folder: folder.as_ref().to_path_buf(),
            histograms: true,
            before: 0,
            batches: 0,
            file: None,
            path: PathBuf::new(),
        }
    }

    /// Leaves the histograms of the weights out.
    #[must_use]
    pub fn without_histograms(mut self) -> Self {
        self.histograms = false;
        self
    }

    /// Opens a file that was not there before: TensorBoard reads those of a folder in the order of their names.
    fn open(&mut self) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let seconds = now() as u64;
        for number in 0.. {
            self.path = self
                .folder
                .join(format!("events.out.tfevents.{seconds:010}.gradus.{number:04}"));
            match File::create_new(&self.path) {
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => continue,
                Err(e) => return Err(e),
                Ok(file) => {
                    self.file = Some(file);
                    break;
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, event: &Event) -> Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        // One write for each record, so that a reader never sees half of one for long.
        file.write_all(&record::frame(&event.encode()))
            .map_err(|source| Error::Io {
                path: self.path.clone(),
                source,
            })
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |time| time.as_secs_f64())
}

impl Callback for TensorBoard {
    /// Checkpoints know it by this name, wherever its file stands.
    fn name(&self) -> String {
        "gradus::train::tensorboard::TensorBoard".into()
    }

    fn fit_begin(&mut self, learner: &mut Learner, event: &FitBegin) -> Result<()> {
        self.before = learner.epochs_done - event.done;
        self.batches = event.batches;
        self.open().map_err(|source| Error::Io {
            path: self.folder.clone(),
            source,
        })?;
        self.write(&Event::version(now()))
    }

    fn batch_end(&mut self, _: &mut Learner, event: &BatchEnd) -> Result<Control> {
        let mut scalars = vec![("batch/loss", event.loss), ("batch/learning rate", event.lr)];
        scalars.extend(event.gradient_norm.map(|norm| ("batch/gradient norm", norm)));
        let step = self.before * self.batches + event.step;
        self.write(&Event::scalars(now(), step as i64, &scalars))?;
        Ok(Control::Continue)
    }

    fn epoch_end(&mut self, learner: &mut Learner, event: &EpochEnd) -> Result<Control> {
        let step = (self.before + event.epoch.number) as i64;
        let epoch = &event.epoch;
        let metric = format!("epoch/{}", event.metric);
        let scalars = [
            ("epoch/training loss", epoch.train_loss as f32),
            ("epoch/validation loss", epoch.valid_loss as f32),
            (&metric, epoch.metric as f32),
        ];
        self.write(&Event::scalars(now(), step, &scalars))?;
        if self.histograms {
            let mut all = Vec::new();
            learner
                .net
                .read(&mut |name, _, values, _| all.push((name, Histogram::of(&values))))?;
            self.write(&Event::histograms(now(), step, &all))?;
        }
        Ok(Control::Continue)
    }

    fn fit_end(&mut self, _: &mut Learner, _: &FitEnd) -> Result<()> {
        self.file = None;
        Ok(())
    }
}
