//! Data: MNIST and its relatives, two-dimensional toy sets, splits, batches, normalization.

mod augment;
mod augmented;
mod batches;
mod build;
pub mod cifar;
mod dataset;
mod encode;
mod folder;
pub mod idx;
mod image;
mod mnist;
mod normalize;
mod photos;
mod picture_file;
mod picture_whole;
mod resize;
mod shapes;
mod split;
mod store;
mod toy;
mod warp;

pub use augment::Augment;
pub use batches::{Batch, Batches, Targets};
pub use cifar::cifar10;
pub use dataset::Dataset;
pub use encode::one_hot;
pub use folder::{Broken, ImageFolder, image_folder};
pub use image::Image;
pub use mnist::{digits, fashion_mnist, mnist};
pub use normalize::Normalization;
pub use photos::sample_photos;
pub use resize::Fit;
pub use shapes::shapes;
pub use toy::{blobs, circles, moons, spirals, xor};
pub use warp::Fill;
