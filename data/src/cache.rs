//! The cache folder: `<root>/<set's folder>/<file>`.

use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use crate::catalogue::{File, Set};
use crate::error::{Error, Result};

/// Where the files lie.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
    offline: bool,
}

/// What lies in the cache under a file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileStatus {
    /// The right file.
    Ready,
    /// Nothing.
    Missing,
    /// Nothing yet, but this many bytes of it from an interrupted download.
    Partial(u64),
    /// Another file.
    Wrong(String),
}

impl Cache {
    /// The cache of this user: `GRADUS_DATA` if it is set, else `gradus` in the platform's cache folder (on Linux
    /// `~/.cache/gradus`). With `GRADUS_OFFLINE` set to anything but `0`, nothing is downloaded.
    ///
    /// # Errors
    /// If `GRADUS_DATA` is not set and the platform names no cache folder.
    pub fn from_env() -> Result<Self> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let root = match set("GRADUS_DATA") {
            Some(root) => PathBuf::from(root),
            None => dirs::cache_dir().ok_or(Error::NoCacheFolder)?.join("gradus"),
        };
        let offline = set("GRADUS_OFFLINE").is_some_and(|value| value != "0");
        Ok(Self { root, offline })
    }

    /// A cache in this folder, which need not exist.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            offline: false,
        }
    }

    /// The same cache, with downloads forbidden or allowed.
    #[must_use]
    pub fn offline(mut self, offline: bool) -> Self {
        self.offline = offline;
        self
    }

    /// Whether downloads are forbidden.
    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// The folder of the cache.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a set.
    pub fn folder(&self, set: &Set) -> PathBuf {
        set.folder()
            .split('/')
            .fold(self.root.clone(), |path, part| path.join(part))
    }

    /// Where a file of a set lies.
    pub fn path(&self, set: &Set, file: &File) -> PathBuf {
        self.folder(set).join(&file.name)
    }

    /// Whether the cache is marked as read-only. The superuser could write all the same, but shall not.
    pub(crate) fn is_read_only(&self) -> bool {
        fs::metadata(&self.root).is_ok_and(|meta| meta.permissions().readonly())
    }

    /// The crate's own notes about a file: apart from the data, so that a set's folder holds the set alone.
    pub(crate) fn own(&self, set: &Set, file: &File, suffix: &str) -> PathBuf {
        let folder = set
            .folder()
            .split('/')
            .fold(self.root.join(".gradus"), |path, part| path.join(part));
        folder.join(format!("{}{suffix}", file.name))
    }

    pub(crate) fn part(&self, set: &Set, file: &File) -> PathBuf {
        self.folder(set).join(format!("{}.part", file.name))
    }

    /// What lies there. A file that was hashed before and has kept its size and time since is not hashed again.
    pub(crate) fn check(&self, set: &Set, file: &File) -> Result<FileStatus> {
        let stamp = self.own(set, file, ".checked");
        let now = fingerprint(&self.path(set, file), file);
        if now.is_some() && fs::read_to_string(&stamp).ok() == now {
            return Ok(FileStatus::Ready);
        }
        self.check_anew(set, file)
    }

    /// What lies there, read and hashed whatever is remembered.
    pub(crate) fn check_anew(&self, set: &Set, file: &File) -> Result<FileStatus> {
        let path = self.path(set, file);
        let before = fingerprint(&path, file);
        let Some(size) = size(&path)? else {
            let part = size(&self.part(set, file))?.unwrap_or(0);
            return Ok(if part > 0 {
                FileStatus::Partial(part)
            } else {
                FileStatus::Missing
            });
        };
        if size != file.bytes {
            return Ok(FileStatus::Wrong(format!("it has {size} bytes, not {}", file.bytes)));
        }
        let hash = sha256(&path).map_err(|error| Error::reading(&path, error))?;
        if hash != file.sha256 {
            return Ok(FileStatus::Wrong(format!("its SHA-256 is {hash}, not {}", file.sha256)));
        }
        self.remember(set, file, before);
        Ok(FileStatus::Ready)
    }

    /// Notes that the file with this fingerprint has been hashed. In a cache that is read-only there is no note, and
    /// the file is hashed again next time: that takes a fraction of a second.
    fn remember(&self, set: &Set, file: &File, fingerprint: Option<String>) {
        if self.is_read_only() {
            return;
        }
        let stamp = self.own(set, file, ".checked");
        if let (Some(text), Some(folder)) = (fingerprint, stamp.parent()) {
            let _ = fs::create_dir_all(folder).and_then(|()| fs::write(&stamp, text));
        }
    }
}

impl Set {
    /// What its files in the cache are, in the order of [`files`](Set::files).
    ///
    /// # Errors
    /// If a file is there but cannot be read.
    pub fn status(&self, cache: &Cache) -> Result<Vec<FileStatus>> {
        self.files().iter().map(|file| cache.check(self, file)).collect()
    }

    /// What its files in the cache are, each read and hashed anew, in the order of [`files`](Set::files).
    ///
    /// # Errors
    /// If a file is there but cannot be read.
    pub fn verify(&self, cache: &Cache) -> Result<Vec<FileStatus>> {
        self.files().iter().map(|file| cache.check_anew(self, file)).collect()
    }
}

impl fmt::Display for FileStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => write!(f, "it is here"),
            Self::Missing => write!(f, "it is not here"),
            Self::Partial(bytes) => write!(f, "only {bytes} bytes of it are here"),
            Self::Wrong(reason) => write!(f, "it is not the right file: {reason}"),
        }
    }
}

/// The size of a file, `None` if there is no file.
pub(crate) fn size(path: &Path) -> Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(meta) => Ok(Some(meta.len())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::reading(path, error)),
    }
}

/// What must not change if a file is to count as checked: its size, its time, and the checksum it was checked for.
fn fingerprint(path: &Path, file: &File) -> Option<String> {
    let meta = fs::metadata(path).ok()?;
    let time = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}\n", file.sha256, meta.len(), time.as_nanos()))
}

/// The SHA-256 of a file's content, in hexadecimal.
///
/// # Errors
/// The system's reason where the file cannot be read.
pub fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 17];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
