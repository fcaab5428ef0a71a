//! Where samples come from: published sets (MNIST, CIFAR-10, flowers, blood cells), sets that the project draws itself
//! (shapes, digits, points in the plane), and folders of pictures of one's own.
//!
//! Published sets come from the catalogue of `gradus-data`, which fetches them once and checks them; what cannot be fetched
//! is replaced by something drawn, and says so. Tables are in [`tabular`](super::tabular).

mod bccd;
pub mod cifar;
mod digit_scenes;
mod fetched;
mod flowers;
mod folder;
mod folder_files;
pub mod idx;
mod made_up_names;
mod mnist;
mod names;
mod photos;
mod shapes;
mod toy;

pub use bccd::bccd;
pub use cifar::cifar10;
pub use digit_scenes::digit_scenes;
pub use flowers::flowers;
pub use folder::{Broken, ImageFolder, image_folder};
pub use mnist::{digits, fashion_mnist, mnist};
pub use names::{first_names, surnames};
pub use photos::sample_photos;
pub use shapes::shapes;
pub use toy::{blobs, circles, moons, spirals, xor};
