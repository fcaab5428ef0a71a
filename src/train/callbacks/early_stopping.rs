//! Early stopping.

use super::callback::Callback;
use super::events::{Control, EpochEnd, FitBegin, FitEnd, Memo};
use super::monitor::Monitor;
use crate::train::learner::Learner;
use crate::train::optimizers::update::State;
use crate::{Error, Result};

/// Ends a run once the validation loss has not improved for some epochs, and gives the network the weights of its best
/// epoch when the run is over, early or not, by an error too. The optimizer then forgets its steps: they belonged to other
/// weights.
///
/// Prechelt 1998, *Early Stopping – But When?* Keras: `EarlyStopping(restore_best_weights=True)`. Taught in notebook 08.
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    patience: usize,
    monitor: Monitor,
    min_delta: f64,
    best: Option<Best>,
    waited: usize,
}

#[derive(Clone, Debug)]
struct Best {
    epoch: usize,
    score: f64,
    weights: Vec<Vec<f32>>,
}

impl Best {
    fn restore(&self, learner: &mut Learner) -> Result<()> {
        learner.net.set_values(&self.weights)?;
        learner.state = State::default();
        learner.parts.forget();
        learner.say(|| format!("the weights are those of epoch {}, the best", self.epoch));
        Ok(())
    }
}

impl EarlyStopping {
    /// Stops after `patience` epochs in a row that are no better than the best before them.
    pub fn new(patience: usize) -> Self {
        Self {
            patience,
            monitor: Monitor::default(),
            min_delta: 0.0,
            best: None,
            waited: 0,
        }
    }

    /// Compares epochs by another figure than the validation loss.
    #[must_use]
    pub fn monitor(mut self, monitor: Monitor) -> Self {
        self.monitor = monitor;
        self
    }

    /// Takes an epoch for better only if it is better by more than this, which is not below 0.
    #[must_use]
    pub fn min_delta(mut self, min_delta: f64) -> Self {
        self.min_delta = min_delta;
        self
    }
}

impl Callback for EarlyStopping {
    /// Checkpoints know it by this name, wherever its file stands.
    fn name(&self) -> String {
        "gradus::train::early_stopping::EarlyStopping".into()
    }

    fn fit_begin(&mut self, _: &mut Learner, event: &FitBegin) -> Result<()> {
        if !(self.min_delta.is_finite() && self.min_delta >= 0.0) {
            return Err(Error::Argument {
                what: "min_delta of EarlyStopping".into(),
                expected: "a finite number, not below 0".into(),
                got: self.min_delta.to_string(),
            });
        }
        if event.done == 0 {
            (self.best, self.waited) = (None, 0);
        }
        Ok(())
    }

    fn epoch_end(&mut self, learner: &mut Learner, event: &EpochEnd) -> Result<Control> {
        let score = self.monitor.score(event, learner.metric());
        if self
            .best
            .as_ref()
            .is_none_or(|best| score > best.score + self.min_delta)
        {
            self.waited = 0;
            self.best = Some(Best {
                epoch: event.epoch.number,
                score,
                weights: learner.net.values()?,
            });
            return Ok(Control::Continue);
        }
        self.waited += 1;
        Ok(if self.waited >= self.patience.max(1) {
            Control::Stop
        } else {
            Control::Continue
        })
    }

    fn fit_end(&mut self, learner: &mut Learner, event: &FitEnd) -> Result<()> {
        let (Some(best), Some(last)) = (&self.best, event.history.last()) else {
            return Ok(());
        };
        if best.epoch == last.number {
            return Ok(());
        }
        best.restore(learner)
    }

    fn fit_failed(&mut self, learner: &mut Learner, _: &FitEnd) -> Result<()> {
        // Some steps of an epoch may lie behind the last one that ended, even where that was the best.
        self.best.as_ref().map_or(Ok(()), |best| best.restore(learner))
    }

    fn memo(&self) -> Memo {
        match &self.best {
            None => Memo::default(),
            Some(best) => Memo {
                numbers: vec![best.epoch as f64, best.score, self.waited as f64],
                tensors: best.weights.clone(),
            },
        }
    }

    fn remember(&mut self, learner: &Learner, memo: Memo) -> Result<()> {
        let [epoch, score, waited] = memo.numbers[..] else {
            return Ok(());
        };
        let sizes = learner.layout.iter().map(|info| info.shape.iter().product::<usize>());
        if !sizes.eq(memo.tensors.iter().map(Vec::len)) {
            return Err(Error::Argument {
                what: "best weights in a checkpoint".into(),
                expected: "as many numbers as the network has".into(),
                got: "another number".into(),
            });
        }
        self.waited = waited as usize;
        self.best = Some(Best {
            epoch: epoch as usize,
            score,
            weights: memo.tensors,
        });
        Ok(())
    }
}
