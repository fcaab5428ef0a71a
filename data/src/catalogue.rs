//! The catalogue: `data/catalogue.toml`, parsed and checked.

use std::collections::HashSet;

use serde::Deserialize;

use crate::error::{Error, Result};

/// All sets that the project knows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    #[serde(rename = "set")]
    sets: Vec<Set>,
}

/// A data set: where it comes from and what its files must be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// How it is asked for: `mnist`.
    pub name: String,
    /// One line about it.
    pub title: String,
    /// Its licence, as far as it is known.
    pub licence: String,
    /// Where to read about it.
    pub source: String,
    /// The paper to cite, if there is one.
    pub citation: Option<String>,
    folder: Option<String>,
    #[serde(default)]
    mirrors: Vec<String>,
    #[serde(default)]
    fetch: Fetch,
    how: Option<String>,
    #[serde(rename = "file")]
    files: Vec<File>,
}

/// Whether a set can be downloaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fetch {
    /// Its mirrors serve exactly the bytes that the checksums are for.
    #[default]
    Auto,
    /// Nobody serves exactly these bytes; [`Set::how`] says how they are made.
    Manual,
}

/// One file of a set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name in the set's folder, with `/` between levels: `train/daisy/1.jpg`.
    pub name: String,
    /// Its exact size.
    pub bytes: u64,
    /// The SHA-256 of its content, 64 hexadecimal digits in lower case.
    pub sha256: String,
    #[serde(default)]
    urls: Vec<String>,
}

impl Catalogue {
    /// The catalogue that was compiled in.
    ///
    /// # Errors
    /// If it is broken; a test sees to it that it is not.
    pub fn load() -> Result<Self> {
        Self::parse(include_str!("../catalogue.toml"))
    }

    /// A catalogue from its text.
    ///
    /// # Errors
    /// If it is not TOML of the right form, or if a name, size, checksum or address cannot be right.
    pub fn parse(text: &str) -> Result<Self> {
        let catalogue: Self = toml::from_str(text).map_err(|error| Error::Catalogue(error.to_string()))?;
        let mut names = HashSet::new();
        for set in &catalogue.sets {
            if !names.insert(&set.name) {
                return Err(Error::Catalogue(format!("two sets are called {:?}", set.name)));
            }
            set.check()
                .map_err(|reason| Error::Catalogue(format!("set {:?}: {reason}", set.name)))?;
        }
        Ok(catalogue)
    }

    /// All sets.
    pub fn sets(&self) -> &[Set] {
        &self.sets
    }

    /// The set called `name`.
    ///
    /// # Errors
    /// If there is none; the message lists the names.
    pub fn get(&self, name: &str) -> Result<&Set> {
        self.sets.iter().find(|set| set.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.sets.iter().map(|set| set.name.as_str()).collect();
            Error::UnknownSet {
                name: name.into(),
                known: known.join(", "),
            }
        })
    }
}

impl Set {
    /// Its files.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Its folder below the cache folder, with `/` between levels.
    pub fn folder(&self) -> &str {
        self.folder.as_deref().unwrap_or(&self.name)
    }

    /// The size of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Whether it can be downloaded.
    pub fn fetching(&self) -> Fetch {
        self.fetch
    }

    /// How its files are made, for a set that cannot be downloaded.
    pub fn how(&self) -> Option<&str> {
        self.how.as_deref()
    }

    /// The addresses of one of its files, in the order in which they are tried.
    pub fn urls(&self, file: &File) -> Vec<String> {
        let mirrors = self.mirrors.iter().map(|mirror| format!("{mirror}{}", file.name));
        file.urls.iter().cloned().chain(mirrors).collect()
    }

    fn check(&self) -> Result<(), String> {
        if !self.folder().split('/').all(plain) {
            return Err(format!("the folder {:?} is not a plain path", self.folder()));
        }
        if self.files.is_empty() {
            return Err("it has no files".into());
        }
        if (self.fetch == Fetch::Manual) != self.how.is_some() {
            return Err("`how` belongs to fetch = \"manual\", and only there".into());
        }
        for file in &self.files {
            file.check(&self.urls(file), self.fetch)
                .map_err(|reason| format!("file {:?}: {reason}", file.name))?;
        }
        Ok(())
    }
}

impl File {
    fn check(&self, urls: &[String], fetch: Fetch) -> Result<(), String> {
        let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        if !self.name.split('/').all(plain) {
            return Err("its name is not a plain path".into());
        }
        if self.bytes == 0 || self.sha256.len() != 64 || !self.sha256.chars().all(hex) {
            return Err("it needs a size above 0 and a SHA-256 of 64 digits in lower case".into());
        }
        if let Some(url) = urls
            .iter()
            .find(|url| !url.starts_with("https://") && !url.starts_with("http://"))
        {
            return Err(format!("{url:?} is not an address"));
        }
        if urls.is_empty() != (fetch == Fetch::Manual) {
            return Err("it needs an address, or the set needs fetch = \"manual\"".into());
        }
        Ok(())
    }
}

/// Whether this names something inside a folder: a catalogue must not reach out of the cache.
fn plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', ':'])
}
