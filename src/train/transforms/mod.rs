//! What happens to a training batch before the network sees it: augmentation, noise, mixtures, changes of your own.

mod augment;
mod noise;
pub(in crate::train) mod transform;

pub use noise::{InputNoise, Mixup};
pub use transform::{BatchInfo, BatchTransform};
