//! The data catalogue of gradus: which sets there are, where they come from, what they must be, and how they get
//! into the cache. And a small set of digits that the project drew itself.
//!
//! ```no_run
//! use gradus_data::{Cache, Catalogue, Lines};
//!
//! let catalogue = Catalogue::load()?;
//! let mnist = catalogue.get("mnist")?;
//! let folder = mnist.fetch(&Cache::from_env()?, &mut Lines::default())?;
//! # Ok::<(), gradus_data::Error>(())
//! ```
#![warn(missing_docs)]

mod cache;
mod catalogue;
pub mod digits;
mod download;
mod error;
mod fetch;
#[cfg_attr(not(feature = "download"), path = "no_http.rs")]
mod http;
mod progress;

use std::path::PathBuf;

pub use cache::{Cache, FileStatus, sha256};
pub use catalogue::{Catalogue, Fetch, File, Set};
pub use download::download;
pub use error::{Attempt, Error, Result};
pub use progress::{Lines, Progress, Silent};

/// Makes sure that every file of the set `name` lies in the [cache](Cache::from_env) and is what the catalogue says:
/// downloads what is missing. Gives the folder.
///
/// # Errors
/// As for [`Catalogue::get`] and [`Set::fetch`].
pub fn fetch(name: &str, progress: &mut dyn Progress) -> Result<PathBuf> {
    Catalogue::load()?.get(name)?.fetch(&Cache::from_env()?, progress)
}

/// What the files of the set `name` in the [cache](Cache::from_env) are, each read and hashed anew.
///
/// # Errors
/// As for [`Catalogue::get`] and [`Set::verify`].
pub fn verify(name: &str) -> Result<Vec<(String, FileStatus)>> {
    let catalogue = Catalogue::load()?;
    let (set, cache) = (catalogue.get(name)?, Cache::from_env()?);
    let statuses = set.verify(&cache)?;
    Ok(set.files().iter().map(|file| file.name.clone()).zip(statuses).collect())
}
