//! The batches of an epoch, one after the other.

use std::fmt;

use super::batch::Batch;
use super::set::Dataset;
use super::split::permutation;
use crate::data::images::Augment;
use crate::{Error, Result};

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
