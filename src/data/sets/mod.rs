//! Where samples come from: published sets (MNIST, CIFAR-10, flowers, blood cells), sets that the project draws itself
//! (shapes, digits, points in the plane), texts and series, and folders of pictures of one's own.
//!
//! Published sets come from the catalogue of `gradus-data`, which fetches them once and checks them; what cannot be fetched
//! is replaced by something drawn, and says so. Tables are in [`tabular`](super::tabular).

mod bccd;
pub mod cifar;
mod citations;
mod digit_scenes;
mod fetched;
mod film_reviews;
mod flowers;
mod folder;
mod folder_files;
pub mod idx;
mod karate;
mod made_up_names;
mod made_up_series;
mod made_up_texts;
mod mnist;
mod names;
mod news_vectors;
mod photos;
mod pickle;
mod raw_flowers;
mod shakespeare;
mod shapes;
mod time_series;
mod toy;
mod translations;

pub use bccd::bccd;
pub use cifar::cifar10;
pub use citations::{Citations, cora};
pub use digit_scenes::digit_scenes;
pub use film_reviews::film_reviews;
pub use flowers::flowers;
pub use folder::{Broken, ImageFolder, image_folder};
pub use karate::karate_club;
pub use mnist::{digits, fashion_mnist, mnist};
pub use names::{first_names, surnames};
pub use news_vectors::news_vectors;
pub use photos::sample_photos;
pub use raw_flowers::raw_flowers;
pub use shakespeare::tiny_shakespeare;
pub use shapes::shapes;
pub use time_series::{airline_passengers, daily_temperatures, sunspots};
pub use toy::{blobs, circles, moons, spirals, xor};
pub use translations::{Translations, translations};
