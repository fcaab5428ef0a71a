//! What lies in folders of pictures: which files are samples of which class, and what is there by mistake.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Endings of files that are read.
const READ: [&str; 9] = ["png", "jpg", "jpeg", "jfif", "jpe", "jif", "jfi", "pjpeg", "pjp"];
/// Endings of pictures that this crate does not read: leaving them out in silence would hide them.
const OTHER: [&str; 22] = [
    "gif", "bmp", "webp", "tif", "tiff", "heic", "heif", "avif", "jxl", "jp2", "j2k", "ico", "tga", "ppm", "pgm",
    "pnm", "psd", "dng", "cr2", "cr3", "nef", "arw",
];
/// Folders that programs leave behind.
const LEFT_BEHIND: [&str; 6] = [
    "__MACOSX",
    "@eaDir",
    "$RECYCLE.BIN",
    "System Volume Information",
    "lost+found",
    "__pycache__",
];

/// What lies in the folders of a set.
#[derive(Default)]
pub(super) struct Found {
    /// The names of the classes, which are those of the folders.
    pub names: Vec<String>,
    /// The files of the classes, with the place of the class.
    pub files: Vec<(PathBuf, usize)>,
    /// Pictures in places or under names where nobody reads them, and why.
    pub strays: Vec<(PathBuf, Error)>,
    /// Classes whose folders hold no picture at all.
    pub empty: Vec<String>,
}

/// Looks through the folders below `root`, which are the classes. Folders inside them belong to their class if `deep`.
pub(super) fn find(root: &Path, deep: bool) -> Result<Found> {
    let mut found = Found::default();
    let mut folders = Vec::new();
    for path in entries(root)? {
        if path.is_dir() {
            folders.push(path);
        } else if let Some(kind) = kind(&path)? {
            let hint = "Move it into the folder of its class, or away";
            found.strays.push((
                path.clone(),
                stray(path, kind.in_words(), "a folder for each class", hint),
            ));
        }
    }
    if folders.is_empty() {
        // Then the pictures beside them are no strays.
        return Ok(Found::default());
    }
    in_order(&mut folders);
    for (class, folder) in folders.iter().enumerate() {
        let before = found.files.len() + found.strays.len();
        class_files(folder, class, deep, &mut found)?;
        if found.files.len() + found.strays.len() == before {
            found.empty.push(name(folder));
        }
        found.names.push(name(folder));
    }
    Ok(found)
}

/// The files of one class.
fn class_files(folder: &Path, class: usize, deep: bool, found: &mut Found) -> Result<()> {
    for path in entries(folder)? {
        if path.is_dir() {
            let inside = pictures_below(&path)?;
            if deep {
                found.files.extend(inside.into_iter().map(|path| (path, class)));
            } else if !inside.is_empty() {
                let got = format!("{} in a folder inside it", inside.len());
                let hint = format!(
                    "Read them too with subfolders(), move them up, or give the folder {} if its folders are the classes",
                    folder.display()
                );
                let error = stray(path.clone(), &got, "pictures right in the folder of their class", &hint);
                found.strays.push((path, error));
            }
            continue;
        }
        match kind(&path)? {
            None => {}
            Some(Kind::Misnamed) => {
                let expected = format!("an ending such as .jpg or .png, one of {}", READ.join(", "));
                let hint = "Rename it, or move it away";
                let error = stray(path.clone(), "a picture under another ending", &expected, hint);
                found.strays.push((path, error));
            }
            Some(Kind::Named) => found.files.push((path, class)),
        }
    }
    Ok(())
}

/// All that pass for pictures in a folder and the folders in it, by name.
fn pictures_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut pictures, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            // A link may lead back to where it is.
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if kind(&path)?.is_some() {
                pictures.push(path);
            }
        }
    }
    pictures.sort();
    Ok(pictures)
}

/// What makes a file pass for a picture.
#[derive(Clone, Copy)]
enum Kind {
    /// Its ending, or its content where it has no ending.
    Named,
    /// Its content alone, under an ending that is none of a picture.
    Misnamed,
}

impl Kind {
    fn in_words(self) -> &'static str {
        match self {
            Self::Named => "a picture beside the folders of the classes",
            Self::Misnamed => "a picture under another ending, beside the folders of the classes",
        }
    }
}

/// Whether a file passes for a picture, and by what.
fn kind(path: &Path) -> Result<Option<Kind>> {
    if !path.is_file() {
        return Ok(None);
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending {
        Some(ending) if READ.contains(&&*ending) || OTHER.contains(&&*ending) => Ok(Some(Kind::Named)),
        ending => {
            let named = if ending.is_none() { Kind::Named } else { Kind::Misnamed };
            Ok(begins_like_a_picture(path)?.then_some(named))
        }
    }
}

/// Whether the first bytes are those of a PNG, JPEG, GIF or WebP file.
fn begins_like_a_picture(path: &Path) -> Result<bool> {
    let io = |source| Error::Io {
        path: path.into(),
        source,
    };
    let mut start = Vec::new();
    let file = fs::File::open(path).map_err(io)?;
    file.take(12).read_to_end(&mut start).map_err(io)?;
    let begins = |mark: &[u8]| start.starts_with(mark);
    let webp = begins(b"RIFF") && start.ends_with(b"WEBP");
    Ok(begins(b"\x89PNG\r\n\x1a\n") || begins(&[0xFF, 0xD8, 0xFF]) || begins(b"GIF8") || webp)
}

/// By name; by number where all names are whole numbers, so that 10 comes behind 2.
fn in_order(folders: &mut [PathBuf]) {
    let number = |path: &PathBuf| name(path).parse::<i128>().ok();
    folders.sort();
    if folders.iter().all(|path| number(path).is_some()) {
        folders.sort_by_key(number);
    }
}

fn stray(path: PathBuf, got: &str, expected: &str, hint: &str) -> Error {
    Error::File {
        path,
        expected: expected.into(),
        got: got.into(),
        hint: hint.into(),
    }
}

/// What stands in a folder, by name, without what is hidden and what programs leave behind.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let io = |source| Error::Io {
        path: folder.into(),
        source,
    };
    let entries = fs::read_dir(folder).map_err(io)?;
    let mut paths = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<std::io::Result<Vec<_>>>()
        .map_err(io)?;
    paths.retain(|path| {
        let name = name(path);
        !name.starts_with('.') && !LEFT_BEHIND.contains(&&*name)
    });
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
