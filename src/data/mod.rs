//! Data: MNIST and its relatives, two-dimensional toy sets, splits, batches, normalization.

mod batches;
mod dataset;
mod encode;
mod image;
mod normalize;
mod split;
mod toy;

pub use batches::{Batch, Batches, Targets};
pub use dataset::Dataset;
pub use encode::one_hot;
pub use image::Image;
pub use normalize::Normalization;
pub use toy::{blobs, circles, moons, spirals, xor};
