//! A network with all that it takes to train it.

use std::path::Path;
use std::time::Instant;

use dfdx::prelude::*;

use super::check;
use super::history::{Epoch, History, Metric};
use super::loss::Loss;
use super::network::{Network, Trainable};
use super::optimizer::{Optimizer, State};
use super::predictions::Predictions;
use super::schedule::{OneCycle, Schedule};
use super::state_dict::{self, LoadReport, StateDict};
use super::summary::Summary;
use super::weights;
use crate::data::{Batch, Dataset, Targets};
use crate::device::Dev;
use crate::metrics::ConfusionMatrix;
use crate::{Error, Result};

/// Samples that are scored at once in evaluation.
const EVAL_BATCH: usize = 256;

/// A network, its loss and its optimizer.
///
/// Only the call that makes it knows the type of the network; all other methods were compiled with this crate, which
/// is why a cell that calls them runs at once. Taught in notebook 06, built by hand there first.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let dev = device(0)?;
/// let (train, valid) = data::moons(400, 0.1, 0)?.split(0.75)?;
/// let mut learner = Learner::classifier::<(Linear<2, 16>, ReLU, Linear<16, 2>)>(&dev, Adam { lr: 0.03, ..Adam::default() })?;
/// let history = learner.quiet().fit(&train, &valid, 20)?;
/// assert!(history.last().unwrap().metric > 0.9);
/// # Ok(())
/// # }
/// ```
pub struct Learner {
    net: Box<dyn Network>,
    loss: Loss,
    optimizer: Optimizer,
    state: State,
    batch_size: usize,
    seed: u64,
    epochs_done: usize,
    quiet: bool,
}

impl Learner {
    /// A learner for classes: cross-entropy loss, accuracy as metric. `N` ends with one score per class.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn classifier<N: Trainable>(dev: &Dev, optimizer: impl Into<Optimizer>) -> Result<Self> {
        Self::with_loss::<N>(dev, optimizer, Loss::CrossEntropy)
    }

    /// A learner for values: squared error, mean absolute error as metric.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn regressor<N: Trainable>(dev: &Dev, optimizer: impl Into<Optimizer>) -> Result<Self> {
        Self::with_loss::<N>(dev, optimizer, Loss::Mse)
    }

    /// A learner with a loss of your choice.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn with_loss<N: Trainable>(dev: &Dev, optimizer: impl Into<Optimizer>, loss: Loss) -> Result<Self> {
        Ok(Self::from_network(N::build(dev)?, optimizer.into(), loss))
    }

    fn from_network(net: Box<dyn Network>, optimizer: Optimizer, loss: Loss) -> Self {
        Self {
            net,
            loss,
            optimizer,
            state: State::default(),
            batch_size: 128,
            seed: 0,
            epochs_done: 0,
            quiet: false,
        }
    }

    /// Sets the number of samples per step (128 unless set).
    pub fn set_batch_size(&mut self, samples: usize) -> &mut Self {
        self.batch_size = samples;
        self
    }

    /// Sets the seed of the order in which samples are drawn (0 unless set).
    pub fn set_seed(&mut self, seed: u64) -> &mut Self {
        self.seed = seed;
        self
    }

    /// Prints nothing from now on.
    pub fn quiet(&mut self) -> &mut Self {
        self.quiet = true;
        self
    }

    /// Tensors and sizes of the network, as a table. Runs one sample of `data` through it to see that it fits.
    ///
    /// # Errors
    /// As [`Learner::predict`].
    pub fn summary(&self, data: &Dataset) -> Result<Summary> {
        let outputs = self.predict(&data.take(1))?.width;
        let mut rows = Vec::new();
        self.net
            .read(&mut |name, shape, _, trainable| rows.push((name, shape, trainable)))?;
        Ok(Summary {
            rows,
            input: data.sample_shape().to_vec(),
            outputs,
        })
    }

    /// Trains for `epochs` epochs at the optimizer's learning rate and prints a line after each.
    ///
    /// # Errors
    /// [`Error::Shape`] where the samples do not fit the network. [`Error::Argument`] for an empty set, a batch size of
    /// 0, a learning rate that is negative or not finite, and targets that the loss or the network has no use for.
    /// [`Error::NotFinite`] as soon as the loss of a batch or of the validation set is; the weights stay as they are then.
    pub fn fit(&mut self, train: &Dataset, valid: &Dataset, epochs: usize) -> Result<History> {
        self.fit_schedule(train, valid, epochs, Schedule::Constant)
    }

    /// Trains for `epochs` epochs along the [`OneCycle`] policy, with `max_lr` as the highest learning rate.
    ///
    /// # Errors
    /// As [`Learner::fit`].
    pub fn fit_one_cycle(&mut self, train: &Dataset, valid: &Dataset, epochs: usize, max_lr: f32) -> Result<History> {
        let steps = epochs * train.len().div_ceil(self.batch_size.max(1));
        let before = self.optimizer;
        let history = self.fit_schedule(train, valid, epochs, Schedule::OneCycle(OneCycle { max_lr, steps }));
        self.optimizer = before;
        history
    }

    fn fit_schedule(&mut self, train: &Dataset, valid: &Dataset, epochs: usize, schedule: Schedule) -> Result<History> {
        check::rate(schedule, &self.optimizer)?;
        check::samples("training set", train)?;
        check::samples("validation set", valid)?;
        let metric = match self.loss {
            Loss::CrossEntropy => Metric::Accuracy,
            _ => Metric::MeanAbsoluteError,
        };
        let mut history = History {
            metric,
            ..History::default()
        };
        self.say(|| history.header());
        for number in 1..=epochs {
            let start = Instant::now();
            let train_loss = self.train_epoch(train, schedule, &mut history.batch_losses)?;
            let predictions = self.predict(valid)?;
            let valid_loss = self.loss_of(&predictions)?;
            check::loss(|| format!("the validation loss of epoch {number}"), valid_loss)?;
            let epoch = Epoch {
                number,
                train_loss,
                valid_loss,
                metric: match metric {
                    Metric::Accuracy => predictions.accuracy()?,
                    Metric::MeanAbsoluteError => predictions.mean_absolute_error(),
                },
                seconds: start.elapsed().as_secs_f64(),
            };
            self.say(|| history.line(&epoch));
            history.epochs.push(epoch);
        }
        Ok(history)
    }

    fn say(&self, line: impl FnOnce() -> String) {
        if !self.quiet {
            println!("{}", line());
        }
    }

    /// One pass over `train` in random order; returns the mean loss.
    fn train_epoch(&mut self, train: &Dataset, schedule: Schedule, losses: &mut Vec<f32>) -> Result<f64> {
        // Every epoch has an order of its own, which depends on the seed and on nothing else.
        let order = self
            .seed
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(self.epochs_done as u64);
        let (mut sum, mut samples) = (0.0, 0);
        for batch in train.batches(self.batch_size, Some(order))? {
            if let Schedule::OneCycle(cycle) = schedule {
                self.optimizer.set_lr(cycle.lr(losses.len()));
                self.optimizer.set_momentum(cycle.momentum(losses.len()));
            }
            let size = batch.len();
            let loss = self.step(batch, losses.len())?;
            losses.push(loss);
            sum += f64::from(loss) * size as f64;
            samples += size;
        }
        self.epochs_done += 1;
        Ok(sum / samples as f64)
    }

    /// One step on one batch; returns its loss before the step.
    fn step(&mut self, batch: Batch, number: usize) -> Result<f32> {
        let scores = self.net.forward_mut(batch.inputs, &batch.sample_shape)?;
        let loss = self.loss.of(scores, &batch.targets)?;
        let value = loss.array();
        check::loss(
            || format!("the training loss of batch {}", number + 1),
            f64::from(value),
        )?;
        let (state, optimizer) = (&mut self.state, &self.optimizer);
        state.begin_step();
        self.net.backward(loss, &mut |parameter| {
            state.apply(optimizer, parameter);
            Ok(())
        })?;
        Ok(value)
    }

    /// The scores of every sample of `data`, in order, in evaluation mode.
    ///
    /// # Errors
    /// [`Error::Shape`] where the samples do not fit the network, [`Error::Argument`] for an empty set.
    pub fn predict(&self, data: &Dataset) -> Result<Predictions> {
        check::samples("data", data)?;
        let (mut scores, mut width, mut truth) = (Vec::with_capacity(data.len()), 1, None);
        for batch in data.batches(EVAL_BATCH, None)? {
            let y = self.net.forward(batch.inputs, &batch.sample_shape)?;
            width = y.shape().1;
            scores.extend(y.as_vec());
            truth = Some(match truth {
                None => batch.targets,
                Some(before) => join(before, batch.targets),
            });
        }
        Ok(Predictions {
            scores,
            width,
            truth: truth.unwrap_or(Targets::Classes(Vec::new())),
            class_names: data.class_names().to_vec(),
        })
    }

    /// Loss and metric on `data`, in evaluation mode: accuracy (0 to 1) for classes, mean absolute error for values.
    ///
    /// # Errors
    /// As [`Learner::predict`]; [`Error::Argument`] where the loss or the network has no use for the targets.
    pub fn evaluate(&self, data: &Dataset) -> Result<(f64, f64)> {
        let predictions = self.predict(data)?;
        let metric = match self.loss {
            Loss::CrossEntropy => predictions.accuracy()?,
            _ => predictions.mean_absolute_error(),
        };
        Ok((self.loss_of(&predictions)?, metric))
    }

    fn loss_of(&self, predictions: &Predictions) -> Result<f64> {
        let shape = (predictions.len(), predictions.width);
        let scores = Dev::default().try_tensor_from_vec(predictions.scores.clone(), shape)?;
        Ok(f64::from(self.loss.of(scores, &predictions.truth)?.array()))
    }

    /// The confusion matrix on `data`: rows are the true classes, columns the predicted ones.
    ///
    /// # Errors
    /// As [`Learner::predict`]; [`Error::Argument`] where the targets are values.
    pub fn confusion(&self, data: &Dataset) -> Result<ConfusionMatrix> {
        self.predict(data)?.confusion()
    }

    /// The network as it is now, for who knows its type `N`. The copy is cheap: it shares its numbers until they change.
    ///
    /// ```
    /// # use gradus::prelude::*;
    /// # fn main() -> gradus::Result<()> {
    /// type Net = (Linear<2, 3>, ReLU, Linear<3, 2>);
    /// let learner = Learner::classifier::<Net>(&device(0)?, Sgd::default())?;
    /// let net: Built<Net> = learner.network::<Net>()?;
    /// assert_eq!(net.0.weight.shape().concrete(), [3, 2]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] where the learner was made for another type.
    pub fn network<N: BuildOnDevice<Dev, f32>>(&self) -> Result<N::Built>
    where
        N::Built: Clone + 'static,
    {
        self.net
            .as_any()
            .downcast_ref()
            .cloned()
            .ok_or_else(|| Error::Argument {
                what: "type of the network".into(),
                expected: "the type that the learner was made for".into(),
                got: std::any::type_name::<N>()
                    .replace("dfdx::nn::", "")
                    .replace("gradus::nn::", ""),
            })
    }

    /// All tensors of the network, by name.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn state_dict(&self) -> Result<StateDict> {
        state_dict::of(self.net.as_ref())
    }

    /// Puts the tensors of `dict` into the network, all of them. What the optimizer remembers of earlier steps is forgotten.
    ///
    /// PyTorch: `load_state_dict(dict)`. Taught in notebook 13.
    ///
    /// # Errors
    /// [`Error::File`] where a tensor is missing, surplus or of another shape; the message names it, and the network is as
    /// it was before.
    pub fn load_state_dict(&mut self, dict: &StateDict) -> Result<()> {
        let report = state_dict::compare(self.net.as_ref(), dict)?;
        if let Some((expected, got)) = report.problem() {
            return Err(Error::File {
                path: dict.source().into(),
                expected,
                got,
                hint: "These are the weights of another network; `load_partial` takes what fits and lists the rest"
                    .into(),
            });
        }
        self.load_partial(dict).map(drop)
    }

    /// Puts those tensors of `dict` into the network that it has a place of the same shape for, and says what became of the
    /// others. What the optimizer remembers of earlier steps is forgotten.
    ///
    /// PyTorch: `load_state_dict(dict, strict=False)`. Taught in notebook 13.
    ///
    /// # Errors
    /// [`Error::File`] where none fits at all.
    pub fn load_partial(&mut self, dict: &StateDict) -> Result<LoadReport> {
        let report = state_dict::compare(self.net.as_ref(), dict)?;
        if report.loaded.is_empty() {
            return Err(Error::File {
                path: dict.source().into(),
                expected: "at least one tensor with name and shape of one in the network".into(),
                got: format!("none of {}, such as {:?}", dict.names().len(), dict.names().first()),
                hint: "`state_dict()` shows the network's names; `renamed` and `moved` translate".into(),
            });
        }
        state_dict::fill(self.net.as_mut(), dict, &report)?;
        self.state = State::default();
        Ok(report)
    }

    /// What the network makes of every sample of `data`, in evaluation mode, as a set of its own: rows of numbers with the
    /// same targets.
    ///
    /// With a network that is the body of another, these are *features*. A body that is not trained gives the same ones in
    /// every epoch; computed once, they train a small head in moments. Taught in notebook 13.
    ///
    /// # Errors
    /// As [`Learner::predict`].
    pub fn features(&self, data: &Dataset) -> Result<Dataset> {
        let rows = self.predict(data)?;
        data.with_inputs(rows.scores, &[rows.width])
    }

    /// Writes all tensors of the network to a safetensors file. A file that stood there is replaced in one move.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be written, [`Error::NotFinite`] where a weight is NaN or infinite; an older
    /// file of that name is then still whole.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        weights::save(self.net.as_ref(), path.as_ref())
    }

    /// Reads the tensors of the network from a file that [`Learner::save`] wrote. What the optimizer remembers of earlier
    /// steps is forgotten: it belonged to other weights.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::File`] where the file is cut short, or a tensor is missing, surplus, of another shape or not finite;
    /// the message names it, and the network is as it was before.
    pub fn load(&mut self, path: impl AsRef<Path>) -> Result<()> {
        weights::load(self.net.as_mut(), path.as_ref())?;
        self.state = State::default();
        Ok(())
    }
}

fn join(a: Targets, b: Targets) -> Targets {
    match (a, b) {
        (Targets::Classes(mut a), Targets::Classes(b)) => {
            a.extend(b);
            Targets::Classes(a)
        }
        (Targets::Values { mut data, dim }, Targets::Values { data: more, .. }) => {
            data.extend(more);
            Targets::Values { data, dim }
        }
        // All batches of one set have targets of one kind.
        (a, _) => a,
    }
}
