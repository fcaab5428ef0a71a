//! A byte-pair encoding as a plain file.

use std::fs;
use std::path::Path;

use super::bpe::Bpe;
use crate::{Error, Result, files};

/// The first line of the file.
const TITLE: &str = "gradus byte pairs 1";

impl Bpe {
    /// Writes the encoding to a plain file: a title, then the two ids of each pair that is joined, in the order in which they
    /// were learned.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let mut text = format!("{TITLE}\n");
        for (a, b) in self.merges() {
            text += &format!("{a} {b}\n");
        }
        files::replace(path, text.as_bytes())
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read, [`Error::File`] if it is no such file, with the line that is wrong.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|source| Error::Io {
            path: path.into(),
            source,
        })?;
        let wrong = |expected: String, got: &str| Error::File {
            path: path.into(),
            expected,
            got: format!("{got:?}"),
            hint: "Save the encoding again with Bpe::save.".into(),
        };
        let mut lines = text.lines();
        let title = lines.next().unwrap_or_default();
        if title != TITLE {
            return Err(wrong(format!("{TITLE:?} in line 1"), title));
        }
        let mut pairs = Vec::new();
        for (number, line) in (2..).zip(lines) {
            let pair = line
                .split_once(' ')
                .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
            pairs.push(pair.ok_or_else(|| wrong(format!("two ids in line {number}"), line))?);
        }
        Self::from_pairs(&pairs)
            .ok_or_else(|| wrong("pairs of tokens that the lines above them make".into(), "another id"))
    }
}
