//! The last batch of an epoch, which may be smaller than the others.

use crate::data::Dataset;
use crate::train::learner::Learner;
use crate::{Error, Result};

impl Learner {
    /// Batches of an epoch: without the last one where it is not full and [`Learner::drop_last`] is set.
    pub(in crate::train) fn whole_batches(&self, train: &Dataset) -> Result<usize> {
        // A batch size of 0 is refused where the batches are made.
        let size = self.batch_size.max(1);
        if !self.drop_last {
            return Ok(train.len().div_ceil(size));
        }
        if train.len() < size {
            return Err(Error::Argument {
                what: "training set for a learner with drop_last".into(),
                expected: format!("at least {size} samples, which make one batch"),
                got: train.len().to_string(),
            });
        }
        Ok(train.len() / size)
    }

    /// Refuses a run of `batches` batches per epoch whose last one is a single sample that the network cannot learn from:
    /// without this, it would be told in the middle of the first epoch. Tried on a copy, and only where there is one.
    pub(in crate::train) fn check_last_batch(&self, train: &Dataset, batches: usize) -> Result<()> {
        let size = self.batch_size;
        let alone = size > 1 && train.len() > 1 && train.len() % size == 1 && batches == train.len().div_ceil(size);
        if !alone {
            return Ok(());
        }
        let tried = |samples: usize| -> Result<()> {
            match train.batches(samples, None)?.next() {
                Some(batch) => self
                    .net
                    .copy(self.seed)?
                    .forward_mut(batch.inputs, &batch.sample_shape)
                    .map(drop),
                None => Ok(()),
            }
        };
        let Err(reason) = tried(1) else { return Ok(()) };
        // What two samples do not mend is told by the first batch.
        if tried(2).is_err() {
            return Ok(());
        }
        Err(Error::Argument {
            what: "last batch of an epoch".into(),
            expected: format!("at least 2 samples ({reason})"),
            got: format!(
                "1: the set has {} samples, in batches of {size}. Call learner.drop_last(true) to leave it out, or set another \
                 batch size",
                train.len()
            ),
        })
    }
}
