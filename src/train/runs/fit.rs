//! The training loop.

use super::step::Share;
use super::{budget, check};
use crate::Result;
use crate::clock::Instant;
use crate::data::{Batch, Dataset};
use crate::device;
use crate::train::callbacks::callback::Callbacks;
use crate::train::callbacks::events::{BatchEnd, Control, EpochEnd, FitBegin, FitEnd, RunState};
use crate::train::learner::Learner;
use crate::train::optimizers::optimizer::Optimizer;
use crate::train::optimizers::schedule::{OneCycle, Schedule};
use crate::train::results::history::{Epoch, History};
use crate::train::transforms::transform::{BatchInfo, mix};

/// What a run was asked for.
struct Run<'a> {
    train: &'a Dataset,
    valid: &'a Dataset,
    epochs: usize,
    /// Batches per epoch.
    batches: usize,
    schedule: &'a Schedule,
}

/// A batch on its way into a step.
struct Part {
    batch: Batch,
    share: Share,
    /// What it counts in the mean loss of the epoch.
    counts: f64,
}

impl Run<'_> {
    fn steps(&self) -> usize {
        self.epochs * self.batches
    }
}

impl Learner {
    /// Trains for `epochs` epochs at the optimizer's learning rate and prints a line after each.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape) where the samples do not fit the network. [`Error::Argument`](crate::Error::Argument) for an empty set, a batch size of
    /// 0, a learning rate that is negative or not finite, targets that the loss or the network has no use for, and sets with
    /// other lists of classes.
    /// [`Error::NotFinite`](crate::Error::NotFinite) as soon as the loss of a batch or of the validation set is; the weights stay as they are then,
    /// or become those of the best epoch with [`EarlyStopping`](crate::train::EarlyStopping), and [`Learner::history`] has the epochs until
    /// then. Where the last batch of an epoch is a single sample and the network cannot learn from one. Whatever a callback returns.
    pub fn fit(&mut self, train: &Dataset, valid: &Dataset, epochs: usize) -> Result<History> {
        self.fit_schedule(train, valid, epochs, Schedule::Constant)
    }

    /// Trains for `epochs` epochs along the [`OneCycle`] policy, with `max_lr` as the highest learning rate.
    ///
    /// # Errors
    /// As [`Learner::fit`].
    pub fn fit_one_cycle(&mut self, train: &Dataset, valid: &Dataset, epochs: usize, max_lr: f32) -> Result<History> {
        self.fit_schedule(train, valid, epochs, Schedule::OneCycle(OneCycle { max_lr, steps: 0 }))
    }

    /// Trains for `epochs` epochs with a learning rate that follows `schedule`. The optimizer's own rate is what it was
    /// before, afterwards. Taught in notebook 12.
    ///
    /// # Errors
    /// As [`Learner::fit`].
    pub fn fit_schedule(
        &mut self,
        train: &Dataset,
        valid: &Dataset,
        epochs: usize,
        schedule: Schedule,
    ) -> Result<History> {
        self.check(&schedule)?;
        check::samples("training set", train)?;
        check::samples("validation set", valid)?;
        check::classes(
            "the validation set",
            valid.class_names(),
            "the training set",
            train.class_names(),
        )?;
        check::features(
            "the validation set",
            valid.features(),
            "the training set",
            train.features(),
        )?;
        let all = self.training_batches(train, 0)?;
        let run = Run {
            train,
            valid,
            epochs,
            batches: budget::batches(self, all, epochs).min(self.whole_batches(train)?),
            schedule: &schedule,
        };
        self.check_last_batch(train, run.batches)?;
        // Callbacks hold the learner while they are called, so it cannot hold them meanwhile.
        let mut callbacks = std::mem::take(&mut self.callbacks);
        let done = self.run(&run, &mut callbacks);
        let added = std::mem::replace(&mut self.callbacks, callbacks);
        self.callbacks.join(added);
        done.map(|()| self.history.clone())
    }

    /// The run from its beginning to its end; its figures are in [`Learner::history`] afterwards, whatever happened.
    fn run(&mut self, run: &Run, callbacks: &mut Callbacks) -> Result<()> {
        let (mut history, control) = self.beginning(run, callbacks)?;
        let begin = FitBegin {
            epochs: run.epochs,
            done: history.epochs.len(),
            batches: run.batches,
            history: history.clone(),
        };
        callbacks.fit_begin(self, &begin)?;
        self.say(|| history.header());
        let done = self.epochs(run, control, &mut history, callbacks);
        self.history = history;
        let end = FitEnd {
            history: self.history.clone(),
            stopped: self.history.epochs.len() < run.epochs,
        };
        match done {
            Ok(()) => callbacks.fit_end(self, &end),
            Err(error) => {
                callbacks.fit_failed(self, &end);
                Err(error)
            }
        }
    }

    /// The epochs that are left of a run.
    fn epochs(
        &mut self,
        run: &Run,
        mut control: Control,
        history: &mut History,
        callbacks: &mut Callbacks,
    ) -> Result<()> {
        while history.epochs.len() < run.epochs && control == Control::Continue {
            let start = Instant::now();
            let (train_loss, after_batch) = self.train_epoch(run, history, callbacks)?;
            let epoch = self.validate(run, history, train_loss, start)?;
            self.say(|| history.line(&epoch));
            history.epochs.push(epoch.clone());
            let event = EpochEnd {
                epoch,
                metric: history.metric_name(),
                epochs: run.epochs,
                steps: history.batch_losses.len(),
                lr: self.at(run, history.batch_losses.len().saturating_sub(1)).lr(),
            };
            control = after_batch.and(callbacks.epoch_end(self, &event)?);
            callbacks.state(self, &event, || RunState {
                history: history.clone(),
                memos: Vec::new(),
                batches: run.batches,
                stopped: control == Control::Stop,
            })?;
        }
        Ok(())
    }

    /// What has been done of the run before it begins: nothing, or what an interrupted run has left.
    fn beginning(&mut self, run: &Run, callbacks: &mut Callbacks) -> Result<(History, Control)> {
        if let Some(resumed) = &self.resumed {
            let done = resumed.state.history.batch_losses.len();
            resumed.check(run.epochs, run.batches, self.at(run, done.saturating_sub(1)).lr())?;
        }
        let Some(resumed) = self.resumed.take() else {
            let history = History {
                metric: self.metric(),
                ..History::default()
            };
            return Ok((history, Control::Continue));
        };
        callbacks.remember(self, resumed.state.memos)?;
        let control = if resumed.state.stopped {
            Control::Stop
        } else {
            Control::Continue
        };
        Ok((resumed.state.history, control))
    }

    /// The figures of the epoch that has just been trained.
    fn validate(&self, run: &Run, history: &History, train_loss: f64, start: Instant) -> Result<Epoch> {
        let number = history.epochs.len() + 1;
        let (valid_loss, metric) = self.figures(run.valid, history.metric)?;
        let valid_loss = valid_loss?;
        check::loss(|| format!("the validation loss of epoch {number}"), valid_loss)?;
        Ok(Epoch {
            number,
            train_loss,
            valid_loss,
            metric: metric?,
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    pub(in crate::train) fn say(&self, line: impl FnOnce() -> String) {
        if !self.quiet {
            println!("{}", line());
        }
    }

    /// The optimizer with the settings that the schedule has for batch `step` of the run.
    fn at(&self, run: &Run, step: usize) -> Optimizer {
        run.schedule.settings(&self.optimizer, step, run.steps(), run.batches)
    }

    /// One pass over the training set in random order; returns the mean loss, and what the callbacks want.
    fn train_epoch(&mut self, run: &Run, history: &mut History, callbacks: &mut Callbacks) -> Result<(f64, Control)> {
        let order = self.order();
        if device::RESEEDS {
            // So are its dropout masks: a run that was interrupted between two epochs goes on with the same ones. A copy
            // has no gradient left from steps that were not made.
            self.net = self.net.copy(mix(order, u64::MAX))?;
        } else {
            self.forget_gradient()?;
        }
        let mut batches = self.training_batches(run.train, order)?.take(run.batches).enumerate();
        let (mut sum, mut counted) = (0.0, 0.0);
        let mut control = Control::Continue;
        while control == Control::Continue {
            let group = self.group(run, order, &mut batches)?;
            if group.is_empty() {
                break;
            }
            for part in group {
                let number = history.batch_losses.len();
                let optimizer = self.at(run, number);
                let (loss, gradient_norm) = self.step(part.batch, part.share, &optimizer, number)?;
                self.trained_on(run.train);
                history.batch_losses.push(loss);
                sum += f64::from(loss) * part.counts;
                counted += part.counts;
                let event = BatchEnd {
                    epoch: history.epochs.len() + 1,
                    step: number,
                    steps: run.steps(),
                    loss,
                    lr: optimizer.lr(),
                    gradient_norm,
                };
                control = callbacks.batch_end(self, &event)?;
                if control == Control::Stop {
                    break;
                }
            }
        }
        self.epochs_done += 1;
        // Batches whose classes weigh nothing have no mean.
        Ok((if counted > 0.0 { sum / counted } else { 0.0 }, control))
    }

    /// Remembers what the weights know: which classes, and what the numbers of a sample mean.
    fn trained_on(&mut self, train: &Dataset) {
        if self.classes != train.class_names() {
            self.classes = train.class_names().to_vec();
        }
        if self.meanings != train.features() {
            self.meanings = train.features().to_vec();
        }
    }

    /// The next batch of an epoch, changed as the transforms say. Where the loss weighs classes, or counts steps, all batches
    /// of the next step: what each of them counts depends on the others.
    fn group(&self, run: &Run, order: u64, batches: &mut impl Iterator<Item = (usize, Batch)>) -> Result<Vec<Part>> {
        let weighs = self.loss.weighs_classes() || run.train.asks_every_step();
        let mut parts = Vec::new();
        for (step, batch) in batches.take(if weighs { self.accumulate } else { 1 }) {
            let info = BatchInfo {
                epoch: self.epochs_done,
                step,
                classes: run.train.num_classes(),
                seed: mix(order, step as u64),
            };
            let share = self.share(run, step, batch.len());
            let size = batch.len() as f64;
            let batch = self.transforms.apply(batch, &info)?;
            let counts = if weighs {
                self.loss.divisor(&batch.targets)
            } else {
                size
            };
            parts.push(Part { batch, share, counts });
        }
        let all: f64 = parts.iter().map(|part| part.counts).sum();
        if weighs && all > 0.0 {
            for part in &mut parts {
                part.share.weight = (part.counts / all) as f32;
            }
        }
        Ok(parts)
    }

    /// What the next epoch's order and random numbers come from: the seed, the epochs that were done, and nothing else.
    pub(in crate::train) fn order(&self) -> u64 {
        self.seed
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(self.epochs_done as u64)
    }

    /// What batch `step` of an epoch contributes to the step that it belongs to.
    fn share(&self, run: &Run, step: usize, size: usize) -> Share {
        let first = step - step % self.accumulate;
        let end = run.batches.min(first + self.accumulate);
        let samples = run.train.len().min(end * self.batch_size) - first * self.batch_size;
        Share {
            weight: size as f32 / samples as f32,
            last: step + 1 == end,
        }
    }
}
