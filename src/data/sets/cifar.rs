//! CIFAR-10: the binary format, the set, and its subset of 5000 pictures.
//!
//! A file is a row of records, each one byte with the class and 3072 bytes with 32 x 32 pixels: all red values, all green
//! ones, all blue ones. There is no header: a file is right if it is a whole number of records with known classes.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use gradus_data::{Cache, Catalogue, FileStatus, Lines, Set};

use super::idx::{damaged, read, unpack};
use super::shapes::shapes;
use crate::data::dataset::Dataset;
use crate::{Error, Result};

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;
const RECORD: usize = 1 + PIXELS;
const CLASSES: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];
/// Files of the whole set, in order: five for training, one for testing.
const FILES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];
/// Records of each of them.
const PER_FILE: usize = 10_000;
/// Files of the subset, with their numbers of records.
const SUBSET: [(&str, usize); 2] = [("train_4000.bin.gz", 4000), ("test_1000.bin.gz", 1000)];

/// Pictures of 32 x 32 pixels in three colours, with a class each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// All pixels, `(N, 3, 32, 32)`, 0..=255.
    pub pixels: Vec<u8>,
    /// The classes.
    pub labels: Vec<u8>,
}

/// CIFAR-10: photographs of 32 x 32 pixels in colour, ten classes, samples of shape `[3, 32, 32]`.
///
/// The whole set (50 000 for training, 10 000 for testing) if it is in the cache; else its first 4000 and 1000 pictures if
/// they are; else the whole set is downloaded (170 MB); where that fails too, [`shapes`] stand in, with a notice that says
/// why.
///
/// Krizhevsky 2009, *Learning multiple layers of features from tiny images*. PyTorch: `torchvision.datasets.CIFAR10`.
/// Taught in notebook 11.
///
/// # Errors
/// If the files are there but cannot be read.
pub fn cifar10() -> Result<(Dataset, Dataset)> {
    load(Cache::from_env())
}

/// The records in a file, which may be gzip-compressed; each class is below `classes`.
///
/// # Errors
/// If the file cannot be read, is not a whole number of records, or names a class that is not below `classes`.
pub fn read_records(path: impl AsRef<Path>, classes: usize) -> Result<Records> {
    let path = path.as_ref();
    parse_records(path, &read(path)?, classes)
}

/// The records in the bytes of a file, gzip-compressed or plain; `path` is only for messages.
///
/// # Errors
/// If the bytes are not a whole number of records, or name a class that is not below `classes`.
pub fn parse_records(path: &Path, bytes: &[u8], classes: usize) -> Result<Records> {
    let bytes = unpack(path, bytes)?;
    if bytes.is_empty() || !bytes.len().is_multiple_of(RECORD) {
        let expected = format!("a whole number of records of {RECORD} bytes, at least one");
        let got = format!(
            "{} bytes: {} records and {} bytes",
            bytes.len(),
            bytes.len() / RECORD,
            bytes.len() % RECORD
        );
        return Err(damaged(path, &expected, got));
    }
    let mut records = Records {
        pixels: Vec::with_capacity(bytes.len()),
        labels: Vec::with_capacity(bytes.len() / RECORD),
    };
    for (i, record) in bytes.chunks_exact(RECORD).enumerate() {
        let label = record[0];
        if usize::from(label) >= classes {
            let expected = format!("classes below {classes}");
            return Err(damaged(path, &expected, format!("class {label} in record {i}")));
        }
        records.labels.push(label);
        records.pixels.extend_from_slice(&record[1..]);
    }
    Ok(records)
}

/// Records of which there must be `count`: a file cut between two of them looks right otherwise.
fn parse_exactly(path: &Path, bytes: &[u8], count: usize) -> Result<Records> {
    let records = parse_records(path, bytes, CLASSES.len())?;
    if records.labels.len() == count {
        return Ok(records);
    }
    let got = format!("{} records", records.labels.len());
    Err(damaged(path, &format!("{count} records"), got))
}

fn load(cache: gradus_data::Result<Cache>) -> Result<(Dataset, Dataset)> {
    let found = cache.and_then(|cache| {
        let catalogue = Catalogue::load()?;
        let (whole, part) = (catalogue.get("cifar10")?, catalogue.get("cifar10-subset")?);
        if is_here(whole, &cache)? {
            return Ok((true, cache.folder(whole)));
        }
        if is_here(part, &cache)? {
            return Ok((false, cache.folder(part)));
        }
        Ok((true, whole.fetch(&cache, &mut Lines::default())?))
    });
    match found {
        Ok((true, folder)) => read_archive(&folder.join("cifar-10-binary.tar.gz")),
        Ok((false, folder)) => read_subset(&folder),
        Err(reason) => {
            println!("{}", notice(&reason));
            Ok((
                shapes(SUBSET[0].1, 1)?.named("Drawn shapes, training set"),
                shapes(SUBSET[1].1, 2)?.named("Drawn shapes, test set"),
            ))
        }
    }
}

fn is_here(set: &Set, cache: &Cache) -> gradus_data::Result<bool> {
    Ok(set.status(cache)?.iter().all(|status| *status == FileStatus::Ready))
}

fn notice(reason: &gradus_data::Error) -> String {
    format!(
        "NOTICE: CIFAR-10 is not here. These are coloured shapes that the project draws itself, 4000 for training and 1000 \
         for testing, in ten classes: much easier than photographs, and results will differ from those of the text.\n  \
         Why: {reason}\n  To get it: cargo course data fetch cifar10"
    )
}

fn read_subset(folder: &Path) -> Result<(Dataset, Dataset)> {
    let part = |(name, count): (&str, usize), title: &str| {
        let path = folder.join(name);
        set(parse_exactly(&path, &read(&path)?, count)?, title)
    };
    Ok((
        part(SUBSET[0], "CIFAR-10, first 4000 of the training set")?,
        part(SUBSET[1], "CIFAR-10, first 1000 of the test set")?,
    ))
}

/// Reads the whole set out of the archive that its authors serve.
fn read_archive(path: &Path) -> Result<(Dataset, Dataset)> {
    let file = std::fs::File::open(path).map_err(|source| Error::Io {
        path: path.into(),
        source,
    })?;
    let files = untar(path, GzDecoder::new(std::io::BufReader::new(file)))?;
    let mut all = Vec::new();
    for (name, bytes) in FILES.iter().zip(files) {
        let Some(bytes) = bytes else {
            return Err(damaged(path, &format!("a file {name}"), "none of that name".into()));
        };
        all.push(parse_exactly(path, &bytes, PER_FILE)?);
    }
    let test = all.pop().map_or_else(Vec::new, |records| vec![records]);
    Ok((
        set(join(all), "CIFAR-10, training set")?,
        set(join(test), "CIFAR-10, test set")?,
    ))
}

fn join(parts: Vec<Records>) -> Records {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for part in parts {
        pixels.extend(part.pixels);
        labels.extend(part.labels);
    }
    Records { pixels, labels }
}

fn set(records: Records, title: &str) -> Result<Dataset> {
    let labels = records.labels.into_iter().map(usize::from).collect();
    Ok(Dataset::from_pixels(records.pixels, [3, SIDE, SIDE], labels, &CLASSES)?.named(title))
}

/// The contents of [`FILES`] in a tar archive, each once. A header of 512 bytes with name and size (in octal) stands before
/// every file, whose content fills whole blocks of 512 bytes; a block of zeros ends the archive.
fn untar(path: &Path, mut archive: impl Read) -> Result<[Option<Vec<u8>>; 6]> {
    let broken = |error: std::io::Error| damaged(path, "a whole tar.gz archive", error.to_string());
    let mut files = [const { None }; 6];
    let mut header = [0; 512];
    loop {
        archive.read_exact(&mut header).map_err(broken)?;
        if header.iter().all(|&byte| byte == 0) {
            return Ok(files);
        }
        let name = text(&header[..100]);
        let size = u64::from_str_radix(text(&header[124..136]).trim(), 8)
            .map_err(|_| damaged(path, "a size in octal digits", format!("{:?}", text(&header[124..136]))))?;
        let wanted = FILES.iter().position(|file| name.rsplit('/').next() == Some(file));
        if size > (PER_FILE * RECORD) as u64 {
            let expected = format!("files of at most {} bytes", PER_FILE * RECORD);
            return Err(damaged(path, &expected, format!("{size} bytes for {name}")));
        }
        let mut content = vec![0; size as usize];
        archive.read_exact(&mut content).map_err(broken)?;
        let padding = size.next_multiple_of(512) - size;
        archive.read_exact(&mut header[..padding as usize]).map_err(broken)?;
        if let Some(i) = wanted {
            files[i] = Some(content);
        }
    }
}

/// The characters of a field of a tar header, up to the first zero.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    /// An archive like the authors': directories, files that are not asked for, `count` records in each of the six.
    fn archive(names: &[&str], count: usize) -> Vec<u8> {
        let mut tar = Vec::new();
        let mut entry = |name: &str, content: &[u8]| {
            let mut header = [0; 512];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
            tar.extend(header);
            tar.extend(content);
            tar.resize(tar.len().next_multiple_of(512), 0);
        };
        entry("cifar-10-batches-bin/", &[]);
        entry("cifar-10-batches-bin/readme.html", b"<html>");
        for (i, name) in names.iter().enumerate() {
            let record = [vec![i as u8], vec![10 * i as u8; PIXELS]].concat();
            entry(&format!("cifar-10-batches-bin/{name}"), &record.repeat(count));
        }
        tar.resize(tar.len() + 1024, 0);
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(&tar).unwrap();
        gz.finish().unwrap()
    }

    fn put(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cifar-10-binary.tar.gz");
        std::fs::write(&path, bytes).unwrap();
        (dir, path)
    }

    #[test]
    fn the_archive_is_read_in_the_order_of_the_names() {
        let mut names = FILES;
        names.swap(0, 4);
        let (_dir, path) = put(&archive(&names, PER_FILE));
        let (train, test) = read_archive(&path).unwrap();
        assert_eq!((train.len(), test.len()), (50_000, 10_000));
        let labels: Vec<usize> = (0..5).map(|i| train.label(i * PER_FILE).unwrap()).collect();
        assert_eq!(labels, [4, 1, 2, 3, 0]);
        assert_eq!((test.label(0).unwrap(), test.values(0).unwrap()[0]), (5, 50.0 / 255.0));
    }

    #[test]
    fn an_archive_that_lacks_something_is_refused() {
        let complaint = |bytes: &[u8]| {
            let (_dir, path) = put(bytes);
            let error = read_archive(&path).expect_err("a damaged archive was accepted");
            assert!(matches!(error, Error::File { .. }), "{error:?}");
            error.to_string()
        };
        assert!(complaint(&archive(&FILES[..5], 1)).contains("10000 records"));
        let whole = archive(&FILES, PER_FILE);
        assert!(complaint(&archive(&FILES[1..], PER_FILE)).contains("data_batch_1.bin"));
        for end in [0, 1, 300, whole.len() / 2, whole.len() - 300] {
            assert!(complaint(&whole[..end]).contains("a whole tar.gz archive"), "{end}");
        }
    }

    #[test]
    fn a_file_cut_between_two_records_is_missed_by_its_count() {
        let bytes = [3; 5 * RECORD];
        let path = Path::new("x.bin");
        assert_eq!(parse_exactly(path, &bytes, 5).unwrap().labels, [3; 5]);
        let error = parse_exactly(path, &bytes[RECORD..], 5).unwrap_err().to_string();
        assert!(error.contains("expected 5 records, got 4 records"), "{error}");
    }

    #[test]
    fn without_the_files_drawn_shapes_stand_in_and_say_so() {
        let dir = tempfile::tempdir().unwrap();
        let (train, test) = load(Ok(Cache::at(dir.path()).offline(true))).unwrap();
        assert_eq!((train.len(), test.len()), (4000, 1000));
        assert!(train.name().starts_with("Drawn shapes"), "{}", train.name());
        let text = notice(&gradus_data::Error::NoCacheFolder);
        for part in [
            "NOTICE",
            "draws itself",
            "much easier",
            "GRADUS_DATA",
            "data fetch cifar10",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
