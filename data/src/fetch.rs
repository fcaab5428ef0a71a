//! Bringing a set into the cache.
//!
//! A file takes its place in one step, after its checksum was found right; until then it is a `.part` file beside it,
//! from which the next try goes on. A lock lets one process at a time work on a file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::{Cache, FileStatus, sha256, size};
use crate::catalogue::{Fetch, File, Set};
use crate::error::{Attempt, Error, Result};
use crate::http::{Agent, Length, Transfer, agent, transfer};
use crate::progress::Progress;

impl Set {
    /// Makes sure that all its files lie in the cache and are what the catalogue says: downloads what is missing or
    /// wrong. Gives the folder that they lie in.
    ///
    /// # Errors
    /// If a file is missing and cannot be downloaded: no mirror serves it, the network is off, the disk is full, the
    /// cache is read-only. The files that were right before stay as they are.
    pub fn fetch(&self, cache: &Cache, progress: &mut dyn Progress) -> Result<PathBuf> {
        let mut client = None;
        for file in self.files() {
            let status = cache.check(self, file)?;
            if status != FileStatus::Ready {
                self.may_fetch(cache, file, &status)?;
                let agent = client.get_or_insert_with(agent);
                Job {
                    set: self,
                    file,
                    cache,
                    agent,
                    progress: &mut *progress,
                }
                .run()?;
            }
        }
        Ok(cache.folder(self))
    }

    fn may_fetch(&self, cache: &Cache, file: &File, status: &FileStatus) -> Result<()> {
        let (path, found) = (cache.path(self, file), status.to_string());
        if self.fetching() == Fetch::Manual {
            return Err(Error::Manual {
                path,
                found,
                how: self.how().unwrap_or_default().into(),
            });
        }
        if cache.is_offline() {
            return Err(Error::Offline { path, found });
        }
        Ok(())
    }
}

/// The download of one file.
struct Job<'a> {
    set: &'a Set,
    file: &'a File,
    cache: &'a Cache,
    agent: &'a Agent,
    progress: &'a mut dyn Progress,
}

/// What one mirror came to.
enum Mirror {
    Right,
    Failed(String),
}

impl Job<'_> {
    fn run(mut self) -> Result<()> {
        let path = self.cache.path(self.set, self.file);
        let part = self.cache.part(self.set, self.file);
        if self.cache.is_read_only() {
            let refused = std::io::ErrorKind::ReadOnlyFilesystem.into();
            return Err(Error::writing(&path, refused, 0));
        }
        create_folder(path.parent().unwrap_or(&path))?;
        // Held until the end of this function.
        let _lock = self.lock()?;
        // Another process may have brought the file while this one waited for the lock.
        if self.cache.check(self.set, self.file)? == FileStatus::Ready {
            return Ok(());
        }
        if size(&part)?.is_some_and(|have| have > self.file.bytes) {
            remove(&part)?;
        }
        self.progress
            .begin(&self.file.name, self.file.bytes, size(&part)?.unwrap_or(0));
        let mut attempts = Vec::new();
        for url in self.set.urls(self.file) {
            match self.try_mirror(&url, &part)? {
                Mirror::Right => {
                    fs::rename(&part, &path).map_err(|error| Error::writing(&path, error, 0))?;
                    // Reads the file once more from its place and remembers that it is right.
                    self.cache.check_anew(self.set, self.file)?;
                    self.progress.end(&self.file.name);
                    return Ok(());
                }
                Mirror::Failed(reason) => {
                    self.progress.note(&format!("{url}: {reason}"));
                    attempts.push(Attempt { url, reason });
                }
            }
        }
        Err(Error::Download {
            file: self.file.name.clone(),
            path,
            attempts,
        })
    }

    /// Goes on at one mirror as long as that brings the file forward.
    fn try_mirror(&mut self, url: &str, part: &Path) -> Result<Mirror> {
        let total = self.file.bytes;
        let worthwhile = (total / 10).clamp(1, 1 << 16);
        // Bytes of an earlier download may be the wrong ones.
        let mut foreign = size(part)?.unwrap_or(0) > 0;
        loop {
            let before = size(part)?.unwrap_or(0);
            match transfer(self.agent, url, part, Length::Exactly(total), self.progress)? {
                Transfer::Complete => {
                    let hash = sha256(part).map_err(|error| Error::reading(part, error))?;
                    if hash == self.file.sha256 {
                        return Ok(Mirror::Right);
                    }
                    remove(part)?;
                    if !foreign {
                        let reason = format!("the file there has SHA-256 {hash}, not {}", self.file.sha256);
                        return Ok(Mirror::Failed(reason));
                    }
                    // Once more from the start, with this mirror's bytes alone.
                    foreign = false;
                }
                Transfer::Stopped(reason) => {
                    if size(part)?.unwrap_or(0) < before + worthwhile {
                        return Ok(Mirror::Failed(reason));
                    }
                }
            }
        }
    }

    fn lock(&self) -> Result<fs::File> {
        let path = self.cache.own(self.set, self.file, ".lock");
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        let refused = |error| Error::writing(&path, error, 0);
        let options = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = options.map_err(refused)?;
        file.lock().map_err(refused)?;
        Ok(file)
    }
}

pub(crate) fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| Error::writing(path, error, 0))
}

fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).map_err(|error| Error::writing(path, error, 0))
}
