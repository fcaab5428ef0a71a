//! Data: MNIST and its relatives, tables, two-dimensional toy sets, splits, batches, normalization.

mod batches;
mod build;
mod dataset;
mod encode;
pub mod idx;
mod image;
mod mnist;
mod normalize;
mod split;
mod store;
pub mod tabular;
mod toy;

pub use batches::{Batch, Batches, Targets};
pub use dataset::Dataset;
pub use encode::one_hot;
pub use image::Image;
pub use mnist::{digits, fashion_mnist, mnist};
pub use normalize::Normalization;
pub use tabular::{Csv, Encoder, Encoding, Fill, Kind, Table};
pub use tabular::{bank_churn, california_housing, insurance, insurance_tiny, wdbc};
pub use toy::{blobs, circles, moons, spirals, xor};
