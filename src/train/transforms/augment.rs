//! Augmentation of the training batches.

use crate::Result;
use crate::data::{Augment, Batches, Dataset};
use crate::train::learner::Learner;

impl Learner {
    /// Changes the pictures of every training batch at random, anew in every epoch, before they are normalized.
    /// Validation and predictions see them as they are. Taught in notebook 12.
    pub fn set_augment(&mut self, augment: Augment) -> &mut Self {
        self.augment = Some(augment);
        self
    }

    /// Trains on the pictures as they are from now on.
    pub fn clear_augment(&mut self) -> &mut Self {
        self.augment = None;
        self
    }

    /// The batches of the next epoch, in the order that belongs to `order`.
    pub(in crate::train) fn training_batches(&self, train: &Dataset, order: u64) -> Result<Batches> {
        let batches = train.batches(self.batch_size, Some(order))?;
        match &self.augment {
            Some(augment) => batches.augmented(augment, self.epochs_done as u64),
            None => Ok(batches),
        }
    }
}
