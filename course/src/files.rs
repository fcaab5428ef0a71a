//! Small file helpers: writing in one piece, hashing, sizes.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};

/// Writes a file so that a reader sees the old text or the new one and nothing between, and makes its folder.
/// An unchanged file is left alone.
pub fn write(path: &Path, text: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let explain = || {
        format!(
            "{} cannot be written: is the disk full, or the folder not yours?",
            path.display()
        )
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(explain)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = fs::write(&part, text).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written.with_context(explain)
}

/// A number that changes when any of the files does. Folders are walked; what is missing counts as empty.
pub fn fingerprint(paths: &[std::path::PathBuf]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        hash_path(path, &mut hasher);
    }
    hasher.finish()
}

fn hash_path(path: &Path, hasher: &mut DefaultHasher) {
    if path.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path())
            .collect();
        entries.sort();
        for entry in entries {
            hash_path(&entry, hasher);
        }
    } else {
        path.hash(hasher);
        fs::read(path).unwrap_or_default().hash(hasher);
    }
}

/// Length and time of change of a file: enough to see that a program was replaced.
pub fn version_of(path: &Path) -> Option<(u64, u64)> {
    let meta = fs::metadata(path).ok()?;
    let time = meta.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some((meta.len(), time.as_secs()))
}

/// Bytes below a folder; 0 where there is none.
pub fn size(path: &Path) -> u64 {
    let Ok(meta) = fs::symlink_metadata(path) else {
        return 0;
    };
    if !meta.is_dir() {
        return meta.len();
    }
    fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| size(&entry.path()))
        .sum()
}

/// Copies a folder with its times, which cargo compares. Names for which `skip` holds stay behind.
pub fn copy_tree(from: &Path, to: &Path, skip: &dyn Fn(&str) -> bool) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if skip(&name.to_string_lossy()) {
            continue;
        }
        let (source, target) = (entry.path(), to.join(&name));
        if entry.file_type()?.is_dir() {
            copy_tree(&source, &target, skip)?;
        } else {
            fs::copy(&source, &target)?;
            let modified = entry.metadata()?.modified()?;
            fs::File::options().append(true).open(&target)?.set_modified(modified)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_replaces_in_one_piece_and_leaves_equal_files_alone() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("gradus-files-{}", std::process::id()));
        let file = folder.join("deep/file");
        write(&file, b"one")?;
        let old = version_of(&file);
        write(&file, b"one")?;
        assert_eq!(version_of(&file), old);
        let before = fingerprint(std::slice::from_ref(&folder));
        write(&file, b"three")?;
        assert_ne!(before, fingerprint(std::slice::from_ref(&folder)));
        assert_eq!(fs::read(&file)?, b"three");
        assert_eq!(fs::read_dir(folder.join("deep"))?.count(), 1, "no part file stays");
        assert_eq!(size(&folder), 5);
        Ok(fs::remove_dir_all(&folder)?)
    }
}
