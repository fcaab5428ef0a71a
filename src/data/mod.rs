//! Data: MNIST and its relatives, tables, two-dimensional toy sets, splits, batches, normalization.
//!
//! | room | what is in it |
//! |---|---|
//! | `dataset` | [`Dataset`], its splits and folds, and the batches made of it |
//! | `sets` | sets by name ([`mnist`](fn@mnist), [`cifar10`], [`moons`]), and folders of pictures |
//! | `images` | [`Image`], its files and sizes, augmentation |
//! | `annotations` | boxes in pictures: files that name them, and [`Scenes`] |
//! | [`text`] | tokens and their ids: [`Vocabulary`]; texts with a class |
//! | [`series`] | values in the order of time: [`Series`], windows of it, simple forecasts |
//! | `projection` | [`Pca`], [`Tsne`]: samples of many numbers in two dimensions |
//! | [`tabular`] | CSV files, tables, and their way to numbers |

mod annotations;
mod checksum;
mod dataset;
mod images;
mod projection;
pub mod series;
mod sets;
pub mod tabular;
pub mod text;

pub use annotations::{Annotation, Checked, Fault, Policy, Problem, RawBox, Scenes};
pub use checksum::sha256;
pub(crate) use dataset::same_classes;
pub use dataset::{Batch, Batches, Dataset, IGNORE, Normalization, PAD, Targets, one_hot};
pub use images::{Augment, Fill, Fit, Image};
pub use projection::{Pca, Tsne};
pub use series::{Series, Windows};
pub use sets::{Broken, ImageFolder, bccd, cifar, cifar10, digit_scenes, digits, fashion_mnist, flowers, idx};
pub use sets::{Citations, cora, karate_club};
pub use sets::{Translations, film_reviews, first_names, news_vectors, surnames, tiny_shakespeare, translations};
pub use sets::{airline_passengers, daily_temperatures, raw_flowers, sunspots};
pub use sets::{blobs, circles, image_folder, mnist, moons, sample_photos, shapes, spirals, xor};
pub use tabular::{Csv, Encoder, Encoding, FillWith, Kind, Table};
pub use tabular::{bank_churn, california_housing, insurance, insurance_tiny, wdbc};
pub use text::{Bpe, Pairs, Texts, UNKNOWN, Vocabulary, WordVectors};
