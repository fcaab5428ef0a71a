//! The figures of every epoch in a CSV file.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::callback::Callback;
use super::events::{Control, EpochEnd, FitBegin, Memo};
use crate::train::learner::Learner;
use crate::train::results::history::Epoch;
use crate::{Error, Result};

/// Writes a line per epoch to a CSV file: its number, the losses, the metric, the learning rate of its last step and its
/// seconds. A run that begins writes the file anew, one that is [resumed](Learner::resume) goes on with it.
///
/// Keras: `CSVLogger`. Taught in notebook 12.
#[derive(Clone, Debug)]
pub struct CsvLog {
    path: PathBuf,
    rates: Vec<f64>,
}

impl CsvLog {
    /// A log in the file `path`; its folder is made where there is none.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_path_buf(),
            rates: Vec::new(),
        }
    }

    fn io(&self, source: std::io::Error) -> Error {
        Error::Io {
            path: self.path.clone(),
            source,
        }
    }
}

fn line(epoch: &Epoch, lr: f64) -> String {
    let Epoch {
        number,
        train_loss,
        valid_loss,
        metric,
        seconds,
    } = epoch;
    format!("{number},{train_loss},{valid_loss},{metric},{lr},{seconds:.3}\n")
}

impl Callback for CsvLog {
    /// Checkpoints know it by this name, wherever its file stands.
    fn name(&self) -> String {
        "gradus::train::csv_log::CsvLog".into()
    }

    fn fit_begin(&mut self, _: &mut Learner, event: &FitBegin) -> Result<()> {
        // Written anew from what the run remembers: a line of an epoch that is done again must not stand there twice.
        self.rates.truncate(event.done);
        let metric = event.history.metric_name().replace([' ', '.'], "_");
        let mut text = format!("epoch,train_loss,valid_loss,{metric},lr,seconds\n");
        for (i, epoch) in event.history.epochs().iter().enumerate() {
            text += &line(epoch, self.rates.get(i).copied().unwrap_or(f64::NAN));
        }
        let write = || {
            if let Some(folder) = self.path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&self.path, text)
        };
        write().map_err(|e| self.io(e))
    }

    fn epoch_end(&mut self, _: &mut Learner, event: &EpochEnd) -> Result<Control> {
        let append = || {
            let mut file = File::options().append(true).open(&self.path)?;
            file.write_all(line(&event.epoch, f64::from(event.lr)).as_bytes())
        };
        append().map_err(|e| self.io(e))?;
        self.rates.push(f64::from(event.lr));
        Ok(Control::Continue)
    }

    fn memo(&self) -> Memo {
        Memo {
            numbers: self.rates.clone(),
            ..Memo::default()
        }
    }

    fn remember(&mut self, _: &Learner, memo: Memo) -> Result<()> {
        self.rates = memo.numbers;
        Ok(())
    }
}
