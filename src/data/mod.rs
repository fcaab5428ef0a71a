//! Data: MNIST and its relatives, two-dimensional toy sets, splits, batches, normalization.

mod balance;
mod batches;
mod build;
mod dataset;
mod encode;
mod folds;
pub mod idx;
mod image;
mod mnist;
mod normalize;
mod split;
mod store;
mod toy;

pub use batches::{Batch, Batches, Targets};
pub use dataset::Dataset;
pub use encode::one_hot;
pub use image::Image;
pub use mnist::{digits, fashion_mnist, mnist};
pub use normalize::Normalization;
pub use toy::{blobs, circles, moons, spirals, xor};
