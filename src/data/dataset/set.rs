//! A set of samples with their targets: what a `Learner` trains on and what the plots draw.

use std::fmt;
use std::sync::Arc;

use super::batch::Batch;
use super::normalize::Normalization;
use super::store::{Inputs, SKIP, TargetStore};
use crate::data::images::Image;
use crate::{Error, Result};

/// Samples of one shape, or sequences of different lengths, each with a class, with target values, or with a class for
/// every step.
///
/// Pixels stay bytes in memory; they become `f32` in `0..=1` only when a batch is made, and are normalized then.
/// A clone, a split or a subset shares the samples with the set that it came from, so all of them are cheap.
///
/// PyTorch: `torch.utils.data.TensorDataset` and `Subset` in one. Taught in notebook 06.
#[derive(Clone)]
pub struct Dataset {
    pub(super) name: Arc<str>,
    pub(super) inputs: Inputs,
    pub(super) targets: Arc<TargetStore>,
    pub(super) sample_shape: Arc<[usize]>,
    pub(super) class_names: Arc<[String]>,
    /// What the numbers of a sample are, where that is known.
    pub(super) features: Arc<[String]>,
    /// The samples of this view, as positions in the shared storage.
    pub(super) rows: Arc<[usize]>,
    pub(super) normalization: Option<Normalization>,
}

impl Dataset {
    /// The same set under another name, for headings and messages.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// What the set is called: `MNIST, training set`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no sample at all.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The shape of one sample: `[1, 28, 28]` for MNIST, `[2]` for points in the plane. For sequences of different lengths
    /// that of the longest: `[T]` for token ids, `[2, T]` for pairs of them, `[T, N]` for rows of numbers.
    pub fn sample_shape(&self) -> &[usize] {
        &self.sample_shape
    }

    /// The number of values of one sample: 784 for MNIST.
    pub fn sample_len(&self) -> usize {
        self.sample_shape.iter().product()
    }

    /// The number of classes; 0 for a regression.
    pub fn num_classes(&self) -> usize {
        self.class_names.len()
    }

    /// The names of the classes; empty for a regression.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The class of sample `i`.
    ///
    /// # Errors
    /// If there is no sample `i`, or if the set is a regression.
    pub fn label(&self, i: usize) -> Result<usize> {
        let row = self.row(i)?;
        match &*self.targets {
            TargetStore::Classes(labels) => Ok(labels[row]),
            other => Err(Error::Argument {
                what: format!("label of sample {i} of {}", self.name),
                expected: "a set with classes".into(),
                got: other.kind().into(),
            }),
        }
    }

    /// The classes of all samples, in order; empty for a regression, and where every step has a class.
    pub fn labels(&self) -> Vec<usize> {
        match &*self.targets {
            TargetStore::Classes(labels) => self.rows.iter().map(|&row| labels[row]).collect(),
            _ => Vec::new(),
        }
    }

    /// How many samples each class has, or how many steps where every step has one; empty for a regression.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.num_classes()];
        if let TargetStore::Steps(steps) = &*self.targets {
            let all = self.rows.iter().flat_map(|row| steps.get(*row));
            all.filter(|class| **class != SKIP)
                .for_each(|class| counts[*class as usize] += 1);
        }
        for label in self.labels() {
            counts[label] += 1;
        }
        counts
    }

    /// Sample `i` as a picture, as it was before any normalization; values beyond `0..=1` are clamped.
    ///
    /// # Errors
    /// If there is no sample `i`, or if the samples are not `(C, H, W)` with one or three channels.
    pub fn image(&self, i: usize) -> Result<Image> {
        let row = self.row(i)?;
        let &[channels, height, width] = &*self.sample_shape else {
            return Err(Error::Argument {
                what: format!("picture of sample {i} of {}", self.name),
                expected: "samples of shape (C, H, W)".into(),
                got: format!("samples of shape {:?}", self.sample_shape),
            });
        };
        let at = row * self.sample_len()..(row + 1) * self.sample_len();
        let pixels = match &self.inputs {
            Inputs::Pixels(bytes) => bytes[at].iter().map(|&byte| f32::from(byte) / 255.0).collect(),
            Inputs::Values(values) => values[at].iter().map(|value| value.clamp(0.0, 1.0)).collect(),
            // Their shapes are no pictures.
            Inputs::Tokens(_) | Inputs::Rows(..) => Vec::new(),
        };
        Image::new(channels, height, width, pixels)
    }

    /// The values of sample `i` as a network sees them: scaled to `0..=1` if they are pixels, then normalized; of a sequence,
    /// filled up to the longest of the set.
    ///
    /// # Errors
    /// If there is no sample `i`.
    pub fn values(&self, i: usize) -> Result<Vec<f32>> {
        Ok(self.gather(&[self.row(i)?], self.longest()).inputs)
    }

    /// The samples at `indices`, in this order, ready for a network. Sequences are filled up to the longest of them.
    ///
    /// # Errors
    /// If one of the indices is not below [`len`](Self::len).
    pub fn batch(&self, indices: &[usize]) -> Result<Batch> {
        let rows = indices.iter().map(|&i| self.row(i)).collect::<Result<Vec<_>>>()?;
        Ok(self.gather(&rows, 0))
    }

    /// The set of the samples at `indices`, in this order; an index may come more than once.
    ///
    /// # Errors
    /// If one of the indices is not below [`len`](Self::len).
    pub fn subset(&self, indices: &[usize]) -> Result<Self> {
        let rows = indices.iter().map(|&i| self.row(i)).collect::<Result<_>>()?;
        Ok(Self { rows, ..self.clone() })
    }

    /// The first `n` samples; all of them if there are fewer.
    #[must_use]
    pub fn take(&self, n: usize) -> Self {
        self.view(&(0..n.min(self.len())).collect::<Vec<_>>())
    }

    /// The mean and the standard deviation of each channel (each feature, for flat samples) over all samples,
    /// before any normalization; pixels count as `0..=1`. Two empty lists for an empty set and for token ids, which are
    /// names and not amounts.
    pub fn mean_std(&self) -> (Vec<f32>, Vec<f32>) {
        let (channels, plane) = self.channels();
        let (mut mean, mut std) = (Vec::new(), Vec::new());
        if self.is_empty() || plane == 0 || matches!(self.inputs, Inputs::Tokens(_)) {
            return (mean, std);
        }
        let count = match &self.inputs {
            Inputs::Rows(lists, width) => self.rows.iter().map(|row| lists.length(*row) / width).sum(),
            _ => self.len() * plane,
        } as f64;
        for channel in 0..channels {
            // Two passes in f64: the usual one-pass formula loses digits when the mean is large.
            let sum: f64 = self.channel_values(channel, plane).sum();
            let m = sum / count;
            let squares: f64 = self.channel_values(channel, plane).map(|x| (x - m) * (x - m)).sum();
            mean.push(m as f32);
            std.push((squares / count).sqrt() as f32);
        }
        (mean, std)
    }

    /// This set with `(x - mean[c]) / std[c]` applied to channel `c` of every batch, in place of any normalization
    /// that it had; pixels are scaled to `0..=1` first.
    ///
    /// PyTorch: `torchvision.transforms.Normalize`. Taught in notebook 06.
    ///
    /// # Errors
    /// If there is not one mean and one standard deviation per channel, if one is not finite, or if a standard
    /// deviation is not above 0. If the samples are token ids.
    pub fn normalize(&self, mean: &[f32], std: &[f32]) -> Result<Self> {
        let normalization = Normalization::new(mean, std)?;
        self.with_normalization(Some(normalization))
    }

    /// This set, normalized with the numbers of `other`: a test set is treated like the training set.
    ///
    /// # Errors
    /// If the two sets differ in their numbers of channels.
    pub fn normalized_like(&self, other: &Dataset) -> Result<Self> {
        self.with_normalization(other.normalization.clone())
    }

    /// The normalization that batches go through, if any.
    pub fn normalization(&self) -> Option<&Normalization> {
        self.normalization.as_ref()
    }

    fn with_normalization(&self, normalization: Option<Normalization>) -> Result<Self> {
        if let Some(n) = &normalization {
            self.check_amounts()?;
            n.check_channels(self.channels().0)?;
        }
        Ok(Self {
            normalization,
            ..self.clone()
        })
    }

    /// The first dimension and the product of the others: one mean is kept per channel of a picture and per feature
    /// of a flat sample. Rows of a sequence have a mean per feature.
    pub(super) fn channels(&self) -> (usize, usize) {
        if let Inputs::Rows(_, width) = &self.inputs {
            return (*width, 1);
        }
        (self.sample_shape[0], self.sample_shape[1..].iter().product())
    }

    fn channel_values(&self, channel: usize, plane: usize) -> impl Iterator<Item = f64> + '_ {
        let sample_len = self.sample_len();
        self.rows.iter().flat_map(move |row| {
            // Of a sequence, every so-manieth number of as many as it has.
            let (start, step, n) = match &self.inputs {
                Inputs::Rows(lists, width) => (channel, *width, lists.length(*row) / width),
                _ => (row * sample_len + channel * plane, 1, plane),
            };
            (0..n).map(move |i| match (&self.inputs, start + i * step) {
                (Inputs::Pixels(bytes), i) => f64::from(bytes[i]) / 255.0,
                (Inputs::Values(values), i) => f64::from(values[i]),
                (Inputs::Rows(lists, _), i) => f64::from(lists.get(*row)[i]),
                (Inputs::Tokens(_), _) => f64::NAN,
            })
        })
    }

    /// The storage position of sample `i` of this view.
    fn row(&self, i: usize) -> Result<usize> {
        self.rows.get(i).copied().ok_or_else(|| Error::Argument {
            what: format!("sample index into {}", self.name),
            expected: format!("a number below {}", self.len()),
            got: i.to_string(),
        })
    }

    /// The samples at these positions of this view, which the caller knows to exist.
    pub(super) fn view(&self, positions: &[usize]) -> Self {
        let rows = positions.iter().map(|&i| self.rows[i]).collect();
        Self { rows, ..self.clone() }
    }

    /// The batch of the samples at these positions of this view, which the caller knows to exist.
    pub(super) fn batch_at(&self, positions: &[usize]) -> Batch {
        self.gather(&positions.iter().map(|&i| self.rows[i]).collect::<Vec<_>>(), 0)
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ", self.name, self.len())?;
        match (&self.inputs, self.longest()) {
            (Inputs::Tokens(lists), longest) if lists.len() > 1 => write!(f, "pairs of up to {longest} token ids")?,
            (Inputs::Tokens(_), longest) => write!(f, "sequences of up to {longest} token ids")?,
            (Inputs::Rows(_, width), longest) => write!(f, "sequences of up to {longest} rows of {width} numbers")?,
            _ => write!(f, "samples of shape {:?}", self.sample_shape)?,
        }
        match &*self.targets {
            TargetStore::Classes(_) => write!(f, ", {} classes", self.num_classes())?,
            TargetStore::Values { dim, .. } => write!(f, ", {dim} target value(s) each")?,
            TargetStore::Steps(_) => write!(f, ", one of {} classes for every step", self.num_classes())?,
        }
        if self.normalization.is_some() {
            write!(f, ", normalized")
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset({self})")
    }
}
