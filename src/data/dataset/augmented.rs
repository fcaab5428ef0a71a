//! Augmented samples of a set: as pictures, and in batches.

use rayon::prelude::*;

use super::batch::Batch;
use super::set::Dataset;
use crate::data::images::Augment;
use crate::data::images::Image;
use crate::{Error, Result};

impl Dataset {
    /// Sample `i` as `augment` changes it in epoch `epoch`, before normalization.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no sample `i`, where the samples are not pictures of one or three channels, or
    /// where a setting of `augment` is wrong.
    pub fn augmented(&self, i: usize, augment: &Augment, epoch: u64) -> Result<Image> {
        self.check_augment(augment)?;
        let image = self.image(i)?;
        let mut pixels = image.pixels().to_vec();
        augment.apply(&mut pixels, image.shape(), i, epoch, &self.blank());
        pixels.iter_mut().for_each(|p| *p = p.clamp(0.0, 1.0));
        let [channels, height, width] = image.shape();
        Image::new(channels, height, width, pixels)
    }

    /// That the samples are pictures, and the settings are right.
    pub(super) fn check_augment(&self, augment: &Augment) -> Result<()> {
        if self.sample_shape.len() != 3 {
            return Err(Error::Argument {
                what: format!("augmentation of {}", self.name),
                expected: "pictures, samples of shape (C, H, W)".into(),
                got: format!("samples of shape {:?}", self.sample_shape),
            });
        }
        augment.check_settings()
    }

    /// The batch of the samples at these positions of this view, which the caller knows to exist, each changed by an
    /// `augment` that was checked, then normalized.
    pub(super) fn augmented_batch(&self, positions: &[usize], augment: &Augment, epoch: u64) -> Batch {
        let plain = Self {
            normalization: None,
            ..self.clone()
        };
        let mut batch = plain.batch_at(positions);
        let shape = [self.sample_shape[0], self.sample_shape[1], self.sample_shape[2]];
        let blank = self.blank();
        batch
            .inputs
            .par_chunks_mut(self.sample_len())
            .zip(positions)
            .for_each(|(values, &i)| augment.apply(values, shape, i, epoch, &blank));
        if let Some(normalization) = &self.normalization {
            normalization.apply(&mut batch.inputs, shape[1] * shape[2]);
        }
        batch
    }

    /// What cutout leaves in each channel: the mean of the normalization, which becomes 0, or else black.
    fn blank(&self) -> Vec<f32> {
        match &self.normalization {
            Some(normalization) => normalization.mean().to_vec(),
            None => vec![0.0; self.sample_shape[0]],
        }
    }
}
