//! The error type.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// What can go wrong with the catalogue, the cache or a download.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The catalogue does not parse or contradicts itself.
    #[error("the data catalogue is broken: {0}")]
    Catalogue(String),
    /// A set that is not in the catalogue.
    #[error("there is no data set {name:?}. There are: {known}")]
    UnknownSet {
        /// What was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// No folder to keep data in.
    #[error("no cache folder is known for this user. Set GRADUS_DATA to a folder that you can write to.")]
    NoCacheFolder,
    /// A file that nobody serves as it must be.
    #[error("{path}: {found}, and it cannot be downloaded. {how}", path = path.display())]
    Manual {
        /// Where it must lie.
        path: PathBuf,
        /// What lies there.
        found: String,
        /// How to make it.
        how: String,
    },
    /// A download would be needed, but GRADUS_OFFLINE forbids it.
    #[error(
        "{path}: {found}, and GRADUS_OFFLINE is set. Unset it to download the file, or put the file there.",
        path = path.display()
    )]
    Offline {
        /// Where it must lie.
        path: PathBuf,
        /// What lies there.
        found: String,
    },
    /// No mirror gave the file.
    #[error(
        "{file} could not be downloaded.{tried}\nCheck the network and try again (what has come is kept), or put the file at {path} \
         by hand.",
        tried = list(attempts), path = path.display()
    )]
    Download {
        /// The file.
        file: String,
        /// Where it must lie.
        path: PathBuf,
        /// What each mirror said.
        attempts: Vec<Attempt>,
    },
    /// No space left.
    #[error(
        "{path}: the disk is full, {needed} more bytes are needed. Make space and try again (what has come is kept), or \
         set GRADUS_DATA to a folder on another disk.",
        path = path.display()
    )]
    DiskFull {
        /// The file that was being written.
        path: PathBuf,
        /// How many bytes were still to come.
        needed: u64,
    },
    /// The operating system refused.
    #[error("{path}: cannot {action}: {source}. {hint}", path = path.display())]
    Io {
        /// What was tried: `read`, `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
        /// What to do.
        hint: &'static str,
    },
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What one mirror said.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The address.
    pub url: String,
    /// Why it did not give the file.
    pub reason: String,
}

fn list(attempts: &[Attempt]) -> String {
    attempts.iter().fold(String::new(), |mut text, attempt| {
        let _ = write!(text, "\n  {}: {}", attempt.url, attempt.reason);
        text
    })
}

const WRITABLE: &str = "Set GRADUS_DATA to a folder that you can write to.";

impl Error {
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        let hint = "Check that you may read it.";
        Self::Io {
            action: "read",
            path: path.into(),
            source,
            hint,
        }
    }

    /// `needed`: the bytes still to be written, for the case of a full disk.
    pub(crate) fn writing(path: &Path, source: io::Error, needed: u64) -> Self {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        match source.kind() {
            StorageFull | QuotaExceeded => Self::DiskFull {
                path: path.into(),
                needed,
            },
            _ => Self::Io {
                action: "write",
                path: path.into(),
                source,
                hint: WRITABLE,
            },
        }
    }
}
