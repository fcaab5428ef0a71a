//! Batches: what one training step sees.

use std::fmt;

use super::augment::Augment;
use super::dataset::Dataset;
use super::encode::one_hot;
use super::split::permutation;
use crate::{Error, Result};

/// Some samples with their targets, ready for a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The samples, `(N, sample_shape…)`, row after row: scaled and normalized.
    pub inputs: Vec<f32>,
    /// The shape of one sample.
    pub sample_shape: Vec<usize>,
    /// The targets of the samples.
    pub targets: Targets,
}

/// What a network should answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// One class index per sample.
    Classes(Vec<usize>),
    /// `dim` values per sample: `(N, dim)`, row after row.
    Values {
        /// The values.
        data: Vec<f32>,
        /// How many belong to one sample.
        dim: usize,
    },
    /// A probability for every class, per sample: `(N, classes)`, row after row. The target of mixup, of label
    /// smoothing and of distillation, where one class alone would say too much.
    Probabilities {
        /// The probabilities; each row sums to 1.
        data: Vec<f32>,
        /// How many classes there are.
        classes: usize,
    },
}

impl Batch {
    /// The number of samples.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The class of each sample.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, not classes.
    pub fn classes(&self) -> Result<&[usize]> {
        match &self.targets {
            Targets::Classes(classes) => Ok(classes),
            other => Err(Error::Argument {
                what: "targets of the batch".into(),
                expected: "classes".into(),
                got: other.kind(),
            }),
        }
    }

    /// The classes as rows of zeros with a one at the class: `(N, classes)`, row after row.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, or a class is not below `classes`.
    pub fn one_hot(&self, classes: usize) -> Result<Vec<f32>> {
        one_hot(self.classes()?, classes)
    }
}

impl Targets {
    /// The number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(labels) => labels.len(),
            Self::Values { data, dim } => data.len() / dim,
            Self::Probabilities { data, classes } => data.len() / classes,
        }
    }

    /// A row of probabilities per sample, `(N, classes)`: one-hot rows for classes, probabilities as they are. Rows of
    /// one kind can be mixed.
    ///
    /// # Errors
    /// [`Error::Argument`] where the targets are values, where a class is not below `classes`, or where there are
    /// probabilities of another number of classes.
    pub fn probabilities(&self, classes: usize) -> Result<Vec<f32>> {
        match self {
            Self::Classes(labels) => one_hot(labels, classes),
            Self::Probabilities { data, classes: n } if *n == classes => Ok(data.clone()),
            other => Err(Error::Argument {
                what: "targets as probabilities".into(),
                expected: format!("classes, or probabilities of {classes} classes"),
                got: other.kind(),
            }),
        }
    }

    /// What the targets are, in words.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Classes(_) => "classes".into(),
            Self::Values { dim, .. } => format!("{dim} values per sample"),
            Self::Probabilities { classes, .. } => format!("probabilities of {classes} classes"),
        }
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The batches of one epoch: every sample comes exactly once, the last batch may be smaller.
///
/// PyTorch: `torch.utils.data.DataLoader`. Taught in notebook 06.
#[derive(Clone)]
pub struct Batches {
    dataset: Dataset,
    order: Vec<usize>,
    batch_size: usize,
    next: usize,
    augment: Option<(Augment, u64)>,
}

impl Batches {
    /// The same batches, with every picture changed as `augment` does in epoch `epoch`, before it is normalized.
    ///
    /// Taught in notebook 12.
    ///
    /// # Errors
    /// [`Error::Argument`] where the samples are not pictures, or where a setting of `augment` is wrong.
    pub fn augmented(mut self, augment: &Augment, epoch: u64) -> Result<Self> {
        self.dataset.check_augment(augment)?;
        self.augment = Some((augment.clone(), epoch));
        Ok(self)
    }
}

impl Dataset {
    /// The batches of one epoch, `batch_size` samples each (the last may have fewer): shuffled by `Some(seed)`, in
    /// order with `None`. The same seed gives the same order.
    ///
    /// # Errors
    /// If `batch_size` is 0.
    pub fn batches(&self, batch_size: usize, shuffle: Option<u64>) -> Result<Batches> {
        if batch_size == 0 {
            return Err(Error::Argument {
                what: "batch_size".into(),
                expected: "at least 1".into(),
                got: "0".into(),
            });
        }
        let order = match shuffle {
            Some(seed) => permutation(self.len(), seed),
            None => (0..self.len()).collect(),
        };
        Ok(Batches {
            dataset: self.clone(),
            order,
            batch_size,
            next: 0,
            augment: None,
        })
    }
}

impl Iterator for Batches {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let end = self.order.len().min(self.next.saturating_add(self.batch_size));
        let positions = &self.order[self.next..end];
        self.next = end;
        (!positions.is_empty()).then(|| match &self.augment {
            None => self.dataset.batch_at(positions),
            Some((augment, epoch)) => self.dataset.augmented_batch(positions, augment, *epoch),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.order.len() - self.next).div_ceil(self.batch_size);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Batches {}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Batches({} of up to {} samples)", self.len(), self.batch_size)
    }
}
