//! The idx format, in which MNIST and its relatives come: a header of big-endian numbers, then one byte per value.
//!
//! Everything is checked before it is used: a file that was cut off, that holds something else or that does not
//! belong to its partner gives an [`Error::File`] that says what stood where. Files may be gzip-compressed or plain.
//!
//! Format: Yann LeCun's description of the MNIST files. Taught in notebook 06.

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::bufread::GzDecoder;

use crate::data::dataset::Dataset;
use crate::{Error, Result};

/// The first number of a file with pictures: unsigned bytes (8), three dimensions (3).
const IMAGES: u32 = 0x0803;
/// The first number of a file with labels: unsigned bytes (8), one dimension (1).
const LABELS: u32 = 0x0801;
/// No set that fits this format comes near; a damaged header may claim anything.
const MOST_BYTES: u64 = 1 << 30;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Grey pictures of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// The number of pictures.
    pub count: usize,
    /// Pixel rows of each picture.
    pub rows: usize,
    /// Pixel columns of each picture.
    pub columns: usize,
    /// All pixels, `(count, rows, columns)`, 0..=255.
    pub pixels: Vec<u8>,
}

/// The pictures in a file, which may be gzip-compressed.
///
/// # Errors
/// If the file cannot be read or does not hold what its header says.
pub fn read_images(path: impl AsRef<Path>) -> Result<Images> {
    let path = path.as_ref();
    parse_images(path, &read(path)?)
}

/// The labels in a file, which may be gzip-compressed; each is below `classes`.
///
/// # Errors
/// If the file cannot be read, does not hold what its header says, or if a label is not below `classes`.
pub fn read_labels(path: impl AsRef<Path>, classes: usize) -> Result<Vec<u8>> {
    let path = path.as_ref();
    parse_labels(path, &read(path)?, classes)
}

/// The pictures in the bytes of a file, gzip-compressed or plain; `path` is only for messages.
///
/// # Errors
/// If the bytes are not what their header says.
pub fn parse_images(path: &Path, bytes: &[u8]) -> Result<Images> {
    let mut bytes = unpack(path, bytes)?;
    let [count, rows, columns] = check_images(path, &bytes)?;
    Ok(Images {
        count,
        rows,
        columns,
        pixels: bytes.split_off(16),
    })
}

/// The labels in the bytes of a file, gzip-compressed or plain, each below `classes`; `path` is only for messages.
///
/// # Errors
/// If the bytes are not what their header says, or if a label is not below `classes`.
pub fn parse_labels(path: &Path, bytes: &[u8], classes: usize) -> Result<Vec<u8>> {
    let mut bytes = unpack(path, bytes)?;
    check_labels(path, &bytes, classes)?;
    Ok(bytes.split_off(8))
}

/// Checks a whole plain file with pictures: gives their number, rows and columns.
pub(super) fn check_images(path: &Path, bytes: &[u8]) -> Result<[usize; 3]> {
    let sizes: [u32; 3] = header(path, bytes, IMAGES, "an idx file with pictures")?;
    let [count, rows, columns] = sizes.map(|size| size as usize);
    let what = format!("{count} pictures of {rows} x {columns} pixels");
    // In u128 because three numbers of a damaged header can have a product beyond u64.
    let expected: u128 = sizes.iter().map(|&size| u128::from(size)).product();
    if expected == 0 {
        return Err(damaged(path, "at least one picture with at least one pixel", what));
    }
    check_length(path, bytes.len() - 16, expected, &what)?;
    Ok([count, rows, columns])
}

/// Checks a whole plain file with labels: gives their number.
pub(super) fn check_labels(path: &Path, bytes: &[u8], classes: usize) -> Result<usize> {
    let [count] = header(path, bytes, LABELS, "an idx file with labels")?;
    check_length(path, bytes.len() - 8, u128::from(count), &format!("{count} labels"))?;
    match bytes[8..]
        .iter()
        .enumerate()
        .find(|(_, label)| usize::from(**label) >= classes)
    {
        None => Ok(bytes.len() - 8),
        Some((i, label)) => {
            let expected = format!("labels below {classes}");
            Err(damaged(path, &expected, format!("label {label} for sample {i}")))
        }
    }
}

/// The set of these pictures and labels, which must be equally many.
///
/// # Errors
/// If the numbers differ, or if a label names no class; `path` is the labels' file, for the message.
pub fn join(path: &Path, images: Images, labels: &[u8], class_names: &[&str]) -> Result<Dataset> {
    check_pair(path, images.count, labels.len())?;
    let labels = labels.iter().map(|&label| usize::from(label)).collect();
    Dataset::from_pixels(images.pixels, [1, images.rows, images.columns], labels, class_names)
}

pub(super) fn check_pair(path: &Path, images: usize, labels: usize) -> Result<()> {
    if images == labels {
        return Ok(());
    }
    let expected = format!("{images} labels, one for each picture");
    Err(damaged(path, &expected, format!("{labels} labels")))
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| Error::Io {
        path: path.into(),
        source,
    })
}

/// The content of a gzip-compressed file; a plain one as it is.
pub(super) fn unpack(path: &Path, bytes: &[u8]) -> Result<Vec<u8>> {
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes.to_vec());
    }
    let mut content = Vec::new();
    let mut decoder = GzDecoder::new(bytes).take(MOST_BYTES);
    if let Err(error) = decoder.read_to_end(&mut content) {
        let got = format!("{error}, after {} bytes of content", content.len());
        return Err(damaged(path, "a whole gzip-compressed file", got));
    }
    if decoder.limit() == 0 {
        return Err(damaged(path, "less than a gigabyte of content", "more".into()));
    }
    let rest = decoder.into_inner().into_inner();
    if rest.is_empty() {
        return Ok(content);
    }
    let got = format!("{} more bytes behind it", rest.len());
    Err(damaged(path, "one gzip-compressed file and nothing else", got))
}

/// The numbers of the header after the first, which must be `magic`.
fn header<const N: usize>(path: &Path, bytes: &[u8], magic: u32, what: &str) -> Result<[u32; N]> {
    let mut words = bytes
        .chunks_exact(4)
        .map(|word| u32::from_be_bytes([word[0], word[1], word[2], word[3]]));
    let first = words.next().unwrap_or_default();
    if bytes.len() >= 4 && first != magic {
        let expected = format!("{what}, which begins with {magic:#010x}");
        return Err(damaged(path, &expected, format!("{first:#010x}")));
    }
    let length = 4 * (N + 1);
    if bytes.len() < length {
        let expected = format!("{what}, with a header of {length} bytes");
        return Err(damaged(path, &expected, format!("{} bytes in all", bytes.len())));
    }
    Ok(std::array::from_fn(|_| words.next().unwrap_or_default()))
}

/// `expected` bytes after the header, no fewer and no more.
fn check_length(path: &Path, got: usize, expected: u128, what: &str) -> Result<()> {
    if got as u128 == expected {
        return Ok(());
    }
    let expected = format!("{expected} bytes after the header, which promises {what}");
    Err(damaged(path, &expected, format!("{got} bytes")))
}

pub(super) fn damaged(path: &Path, expected: &str, got: String) -> Error {
    Error::File {
        path: path.into(),
        expected: expected.into(),
        got,
        hint: "The file is damaged or another one than its name says: delete it and fetch it again.".into(),
    }
}
