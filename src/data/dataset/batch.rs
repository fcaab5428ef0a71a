//! A batch: what one training step sees.

use super::encode::one_hot;
use crate::{Error, Result};

/// The id of what fills short sequences up, in every vocabulary of this crate: token 0.
pub const PAD: usize = 0;

/// A target that does not count, among the classes of [`Targets::Steps`]: the loss and every figure pass over it.
///
/// PyTorch: `ignore_index` of `torch.nn.CrossEntropyLoss`, there -100 unless set.
pub const IGNORE: usize = usize::MAX;

/// Some samples with their targets, ready for a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The samples, `(N, sample_shape…)`, row after row: scaled and normalized.
    pub inputs: Vec<f32>,
    /// The shape of one sample. Sequences of different lengths are filled up to the longest of the batch.
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
    /// A class for every step of a sequence, `(N, steps)`, row after row: the token that comes next, the kind of each
    /// word. [`IGNORE`] where there is none, as behind the end of a sequence. The network answers with `(N, steps,
    /// classes)`.
    Steps {
        /// The classes.
        classes: Vec<usize>,
        /// How many belong to one sample.
        steps: usize,
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
            Self::Steps { classes, steps } => classes.len() / (*steps).max(1),
        }
    }

    /// The number of rows of scores that a network answers with: one per sample, or one per step.
    pub fn rows(&self) -> usize {
        match self {
            Self::Steps { classes, .. } => classes.len(),
            other => other.len(),
        }
    }

    /// The number of rows that count: all but those of steps with [`IGNORE`].
    pub fn counted(&self) -> usize {
        match self {
            Self::Steps { classes, .. } => classes.iter().filter(|class| **class != IGNORE).count(),
            other => other.len(),
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
    pub fn kind(&self) -> String {
        match self {
            Self::Classes(_) => "classes".into(),
            Self::Values { dim, .. } => format!("{dim} values per sample"),
            Self::Probabilities { classes, .. } => format!("probabilities of {classes} classes"),
            Self::Steps { .. } => "a class for every step".into(),
        }
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
