//! What the loaders of texts and series share: the files, and the notice where they are not there.

use std::fs;
use std::path::{Path, PathBuf};

use gradus_data::{Cache, Catalogue, Lines};

use crate::{Error, Result};

/// The folder of a set of the catalogue, with all its files in it.
pub(super) fn fetch(cache: gradus_data::Result<Cache>, set: &str) -> gradus_data::Result<PathBuf> {
    Catalogue::load()?.get(set)?.fetch(&cache?, &mut Lines::default())
}

/// What is said where something made up stands in: `what` the set is, `instead` what there is.
pub(super) fn notice(set: &str, what: &str, instead: &str, reason: &gradus_data::Error) -> String {
    format!(
        "NOTICE: {what} are not here. These are {instead} that the project made up: results will differ from those of the \
         text, and say nothing about the world.\n  Why: {reason}\n  To get them: cargo course data fetch {set}"
    )
}

/// A file as text in UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|error| Error::File {
        path: path.into(),
        expected: "text in UTF-8".into(),
        got: format!("other bytes at byte {}", error.utf8_error().valid_up_to()),
        hint: "Delete it, so that it is fetched again.".into(),
    })
}

/// A file as bytes.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| Error::Io {
        path: path.into(),
        source,
    })
}
