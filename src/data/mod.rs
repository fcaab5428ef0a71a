//! Data: MNIST and its relatives, tables, two-dimensional toy sets, splits, batches, normalization.

mod augment;
mod augmented;
mod balance;
mod batches;
mod build;
mod dataset;
mod encode;
mod folder;
mod folds;
pub mod idx;
mod image;
mod mnist;
mod normalize;
mod picture_file;
mod picture_whole;
mod resize;
mod split;
mod store;
pub mod tabular;
mod toy;
mod warp;

pub use augment::Augment;
pub use batches::{Batch, Batches, Targets};
pub use dataset::Dataset;
pub use encode::one_hot;
pub use folder::{Broken, ImageFolder, image_folder};
pub use image::Image;
pub use mnist::{digits, fashion_mnist, mnist};
pub use normalize::Normalization;
pub use resize::Fit;
pub use tabular::{Csv, Encoder, Encoding, FillWith, Kind, Table};
pub use tabular::{bank_churn, california_housing, insurance, insurance_tiny, wdbc};
pub use toy::{blobs, circles, moons, spirals, xor};
pub use warp::Fill;
