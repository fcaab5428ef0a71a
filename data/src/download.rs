//! One file from one address, for which no catalogue knows the checksum.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::size;
use crate::error::{Attempt, Error, Result};
use crate::fetch::create_folder;
use crate::http::{Length, Transfer, agent, transfer};
use crate::progress::Progress;

/// A server that breaks off is asked again as long as each answer brings at least so many bytes.
const WORTHWHILE: u64 = 1 << 16;

/// Downloads the file at `url` to `path`, which it takes in one step when all of it has come. What an earlier try has
/// brought lies beside it, under the same name with `.part` at its end, and is gone on with.
///
/// Nobody says what the file must be: whoever calls this looks at it before using it.
///
/// # Errors
/// [`Error::Download`] where the server does not answer, refuses, breaks off, or offers more than `most` bytes;
/// [`Error::Io`] and [`Error::DiskFull`] where the file cannot be written.
pub fn download(url: &str, path: &Path, most: u64, progress: &mut dyn Progress) -> Result<()> {
    let part = part(path);
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let agent = agent();
    progress.begin(&name, 0, size(&part)?.unwrap_or(0));
    loop {
        let before = size(&part)?.unwrap_or(0);
        match transfer(&agent, url, &part, Length::AtMost(most), progress)? {
            Transfer::Complete => {
                fs::rename(&part, path).map_err(|error| Error::writing(path, error, 0))?;
                progress.end(&name);
                return Ok(());
            }
            Transfer::Stopped(reason) => {
                if size(&part)?.unwrap_or(0) >= before + WORTHWHILE {
                    continue;
                }
                let url = url.to_string();
                return Err(Error::Download {
                    file: name,
                    path: path.to_path_buf(),
                    attempts: vec![Attempt { url, reason }],
                });
            }
        }
    }
}

fn part(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    path.with_file_name(name)
}
