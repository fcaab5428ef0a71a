//! What happens to a training batch before the network sees it: noise, mixup, augmentation.

use std::rc::Rc;

use crate::Result;
use crate::data::Batch;

/// Where a training batch stands in a run, and the random numbers that belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchInfo {
    /// Epochs that the learner had done before this one.
    pub epoch: usize,
    /// The batch in its epoch, from 0.
    pub step: usize,
    /// The number of classes of the training set, 0 for values.
    pub classes: usize,
    /// A seed that no other batch of the run has. The same run has the same seeds, so that training can be repeated and
    /// resumed: draw all random numbers from it.
    pub seed: u64,
}

/// A change of every training batch before the network sees it. Validation and predictions are left alone.
///
/// Taught in notebook 12.
pub trait BatchTransform {
    /// The batch that the network sees in the place of `batch`.
    ///
    /// # Errors
    /// Where the transform has no use for the batch; it ends the run.
    fn transform(&self, batch: Batch, info: &BatchInfo) -> Result<Batch>;

    /// A name. A learner has one transform of each name: one that is added replaces the one before. The name of the type,
    /// unless written anew.
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_string()
    }
}

/// The transforms of a learner, in the order in which they were added.
#[derive(Clone, Default)]
pub(in crate::train) struct Transforms(Vec<Rc<dyn BatchTransform>>);

impl Transforms {
    /// Adds a transform, in the place of one of the same name if there is one.
    pub fn add(&mut self, transform: Rc<dyn BatchTransform>) {
        let name = transform.name();
        match self.0.iter_mut().find(|t| t.name() == name) {
            Some(place) => *place = transform,
            None => self.0.push(transform),
        }
    }

    /// The batch after all transforms. Each gets a seed of its own.
    pub fn apply(&self, mut batch: Batch, info: &BatchInfo) -> Result<Batch> {
        for (i, transform) in self.0.iter().enumerate() {
            let seed = mix(info.seed, i as u64);
            batch = transform.transform(batch, &BatchInfo { seed, ..*info })?;
        }
        Ok(batch)
    }
}

/// A number that looks random and depends on both numbers: one round of SplitMix64 (Steele, Lea & Flood 2014).
pub(in crate::train) fn mix(seed: u64, stream: u64) -> u64 {
    let mut z = seed.wrapping_add(stream.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::mix;

    #[test]
    fn every_stream_of_every_seed_is_another_number() {
        let all: HashSet<u64> = (0..100).flat_map(|s| (0..100).map(move |i| mix(s, i))).collect();
        assert_eq!(all.len(), 100 * 100);
    }
}
