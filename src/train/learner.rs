//! A network with all that it takes to train it.

use std::path::Path;
use std::rc::Rc;

use dfdx::prelude::*;

use super::callbacks::callback::{Callback, Callbacks};
use super::callbacks::resumed::Resumed;
use super::insight::summary::Summary;
use super::losses::loss::Loss;
use super::networks::network::{Network, TensorInfo, Trainable};
use super::networks::weights;
use super::optimizers::optimizer::Optimizer;
use super::optimizers::update::State;
use super::results::history::History;
use super::results::metric::Metric;
use super::runs::clip::Clip;
use super::runs::constraint::Constraint;
use super::tensors::parts::Parts;
use super::transforms::transform::{BatchTransform, Transforms};
use crate::data::{Augment, Dataset};
use crate::device::Dev;
use crate::{Error, Result};

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
    pub(super) net: Box<dyn Network>,
    pub(super) loss: Loss,
    /// The metric, where it is not that of the loss.
    pub(super) measured: Option<Metric>,
    pub(super) optimizer: Optimizer,
    pub(super) state: State,
    pub(super) batch_size: usize,
    pub(super) seed: u64,
    pub(super) epochs_done: usize,
    pub(super) quiet: bool,
    pub(super) callbacks: Callbacks,
    pub(super) transforms: Transforms,
    pub(super) augment: Option<Augment>,
    /// What the tensors of the network are.
    pub(super) layout: Rc<Vec<TensorInfo>>,
    pub(super) parts: Parts,
    pub(super) clip: Clip,
    pub(super) constraint: Option<Constraint>,
    pub(super) l1: f32,
    pub(super) accumulate: usize,
    pub(super) drop_last: bool,
    /// The figures of the last run.
    pub(super) history: History,
    /// What the next run takes up.
    pub(super) resumed: Option<Resumed>,
    /// The classes of the set that the weights were trained on; empty where nobody knows.
    pub(super) classes: Vec<String>,
    /// What the numbers of the samples meant that the weights were trained on; empty where nobody said it.
    pub(super) meanings: Vec<String>,
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
    pub fn with_loss<N: Trainable>(dev: &Dev, optimizer: impl Into<Optimizer>, loss: impl Into<Loss>) -> Result<Self> {
        Self::from_network(N::build(dev)?, optimizer.into(), loss.into())
    }

    fn from_network(net: Box<dyn Network>, optimizer: Optimizer, loss: Loss) -> Result<Self> {
        let layout = net.layout()?;
        Ok(Self {
            parts: Parts::new(layout.len()),
            layout: Rc::new(layout),
            net,
            loss,
            measured: None,
            optimizer,
            state: State::default(),
            batch_size: 128,
            seed: 0,
            epochs_done: 0,
            quiet: false,
            callbacks: Callbacks::default(),
            transforms: Transforms::default(),
            augment: None,
            clip: Clip::default(),
            constraint: None,
            l1: 0.0,
            accumulate: 1,
            drop_last: false,
            history: History::default(),
            resumed: None,
            classes: Vec::new(),
            meanings: Vec::new(),
        })
    }

    /// A second learner: the same network with the same weights, the same optimizer with the same memory of its steps, the
    /// same settings and transforms, but no callbacks. What is done to one does not touch the other.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn copy(&self) -> Result<Self> {
        Ok(Self {
            net: self.net.copy(self.seed)?,
            loss: self.loss.clone(),
            measured: self.measured,
            optimizer: self.optimizer,
            state: self.state.clone(),
            batch_size: self.batch_size,
            seed: self.seed,
            epochs_done: self.epochs_done,
            quiet: self.quiet,
            callbacks: Callbacks::default(),
            transforms: self.transforms.clone(),
            augment: self.augment.clone(),
            layout: self.layout.clone(),
            parts: self.parts.clone(),
            clip: self.clip,
            constraint: self.constraint,
            l1: self.l1,
            accumulate: self.accumulate,
            drop_last: self.drop_last,
            history: History::default(),
            resumed: None,
            classes: self.classes.clone(),
            meanings: self.meanings.clone(),
        })
    }

    /// Sets the number of samples per step (128 unless set).
    pub fn set_batch_size(&mut self, samples: usize) -> &mut Self {
        self.batch_size = samples;
        self
    }

    /// Leaves out the last batch of every epoch of training where it has fewer samples than the others: with `BatchNorm1D`, a
    /// sample that is left alone has no spread to be normalized by. Which samples are left out changes from epoch to epoch.
    /// PyTorch: `DataLoader(drop_last=True)`.
    pub fn drop_last(&mut self, drop_last: bool) -> &mut Self {
        self.drop_last = drop_last;
        self
    }

    /// The history of the last run, also of one that ended by an error: the epochs that came to their end, and the losses of
    /// all batches.
    ///
    /// ```
    /// # use gradus::prelude::*;
    /// # fn main() -> gradus::Result<()> {
    /// let data = data::moons(64, 0.1, 0)?;
    /// let mut learner = Learner::classifier::<(Linear<2, 2>,)>(&device(0)?, Sgd::default())?;
    /// learner.quiet().fit(&data, &data, 2)?;
    /// assert_eq!(learner.history().epochs().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Sets the seed of the order in which samples are drawn (0 unless set).
    pub fn set_seed(&mut self, seed: u64) -> &mut Self {
        self.seed = seed;
        self
    }

    /// Sets the loss. A learner made by [`Learner::classifier`] has [`Loss::CrossEntropy`].
    pub fn set_loss(&mut self, loss: impl Into<Loss>) -> &mut Self {
        self.loss = loss.into();
        self
    }

    /// Sets what is measured on the validation set besides the loss, and is the [`metric`](crate::train::Epoch::metric) of the
    /// history: [`Metric::PERPLEXITY`] for a language model. Unless set, the [metric of the loss](Loss::metric).
    pub fn set_metric(&mut self, metric: Metric) -> &mut Self {
        self.measured = Some(metric);
        self
    }

    /// What is measured besides the loss.
    pub(super) fn metric(&self) -> Metric {
        self.measured.unwrap_or_else(|| self.loss.metric())
    }

    /// Sets the optimizer. What an earlier one remembered of its steps is forgotten.
    pub fn set_optimizer(&mut self, optimizer: impl Into<Optimizer>) -> &mut Self {
        self.optimizer = optimizer.into();
        self.state = State::default();
        self
    }

    /// Sets the optimizer's learning rate; what it remembers of its steps stays.
    pub fn set_lr(&mut self, lr: f32) -> &mut Self {
        self.optimizer.set_lr(lr);
        self
    }

    /// Adds a callback, which runs beside the training from now on. It replaces one of the same [name](Callback::name).
    /// Taught in notebook 12.
    pub fn add(&mut self, callback: impl Callback + 'static) -> &mut Self {
        self.callbacks.add(Box::new(callback));
        self
    }

    /// Removes all callbacks.
    pub fn clear_callbacks(&mut self) -> &mut Self {
        self.callbacks = Callbacks::default();
        self
    }

    /// Adds a change of the training batches. It replaces one of the same [name](BatchTransform::name). Taught in
    /// notebook 12.
    pub fn add_transform(&mut self, transform: impl BatchTransform + 'static) -> &mut Self {
        self.transforms.add(Rc::new(transform));
        self
    }

    /// Removes all changes of the training batches.
    pub fn clear_transforms(&mut self) -> &mut Self {
        self.transforms = Transforms::default();
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
        let row = |info: &TensorInfo| (info.name.clone(), info.shape.clone(), info.trainable);
        Ok(Summary {
            rows: self.layout.iter().map(row).collect(),
            input: data.sample_shape().to_vec(),
            outputs,
        })
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

    /// Writes all tensors of the network to a safetensors file, with the names of the classes that it was trained on. A file
    /// that stood there is replaced in one move.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be written, [`Error::NotFinite`] where a weight is NaN or infinite; an older
    /// file of that name is then still whole.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        weights::save(self.net.as_ref(), &self.known(), path.as_ref())
    }

    /// Reads the tensors of the network from a file that [`Learner::save`] wrote. What the optimizer remembers of earlier
    /// steps is forgotten: it belonged to other weights. The classes of the file are those of the learner from now on: data
    /// with others are refused, as after training.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::File`] where the file is cut short, or a tensor is missing, surplus, of another shape or not finite;
    /// the message names it, and the network is as it was before.
    pub fn load(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let known = weights::load(self.net.as_mut(), path.as_ref())?;
        self.state = State::default();
        self.parts.forget();
        self.classes = known.classes;
        self.meanings = known.meanings;
        Ok(())
    }

    /// What the weights know: which classes they tell apart, and what the numbers of a sample mean.
    pub(in crate::train) fn known(&self) -> weights::Known {
        weights::Known {
            classes: self.classes.clone(),
            meanings: self.meanings.clone(),
        }
    }

    /// The classes of the set that the weights were trained on; empty where nobody knows, as after reading a file of
    /// another library.
    pub(crate) fn trained_classes(&self) -> &[String] {
        &self.classes
    }

    /// Says which classes the weights were trained on, for sets that do not say it themselves.
    pub(crate) fn set_trained_classes(&mut self, names: &[String]) {
        self.classes = names.to_vec();
    }
}
