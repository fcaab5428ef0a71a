//! Files that are written whole or not at all.

use std::io::Write;
use std::path::Path;

use crate::{Error, Result};

/// Writes next to `path` first, so that a full disk or a power cut leaves the old file as it was.
///
/// # Errors
/// [`Error::Io`] where the system refuses.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    let partial = Path::new(&partial);
    let write = || {
        let mut file = std::fs::File::create(partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(partial, path)
    };
    write().map_err(|source| {
        // The cause is in `source`; that the remains could not be removed adds nothing to it.
        let _ = std::fs::remove_file(partial);
        Error::Io {
            path: path.to_path_buf(),
            source,
        }
    })
}
