//! MNIST and Fashion-MNIST, and the bundled digits that stand in for them.

use std::fs;
use std::path::Path;

use gradus_data::{Cache, Catalogue, Lines, digits as bundled};
use mnist::MnistBuilder;

use super::idx;
use crate::data::dataset::Dataset;
use crate::{Error, Result};

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
const CLOTHES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];
const SIDE: usize = 28;
/// The files: pictures and labels, for training and for testing, with the numbers of pictures.
const FILES: [(&str, &str, usize); 2] = [
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", 60_000),
    ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 10_000),
];

/// A set in MNIST's format.
struct Source {
    name: &'static str,
    title: &'static str,
    classes: &'static [&'static str; 10],
}

const MNIST: Source = Source {
    name: "mnist",
    title: "MNIST",
    classes: &DIGITS,
};
const FASHION: Source = Source {
    name: "fashion-mnist",
    title: "Fashion-MNIST",
    classes: &CLOTHES,
};

/// MNIST: 60 000 handwritten digits for training and 10 000 for testing, samples of shape `[1, 28, 28]`, ten classes.
///
/// From the cache if it is there, else downloaded with a line of progress now and then; where that fails too, the
/// [bundled digits](digits) with a notice that says why.
///
/// LeCun, Bottou, Bengio, Haffner: *Gradient-based learning applied to document recognition*, 1998.
/// PyTorch: `torchvision.datasets.MNIST`. Taught in notebook 06.
///
/// # Errors
/// If the files are there but cannot be read.
pub fn mnist() -> Result<(Dataset, Dataset)> {
    load_or_digits(&MNIST, Cache::from_env())
}

/// Fashion-MNIST: 60 000 pictures of clothes for training and 10 000 for testing, samples of shape `[1, 28, 28]`, ten
/// classes.
///
/// From the cache if it is there, else downloaded with a line of progress now and then; where that fails too, the
/// [bundled digits](digits) with a notice that says why.
///
/// Xiao, Rasul, Vollgraf: *Fashion-MNIST, a novel image dataset for benchmarking machine learning algorithms*, 2017.
/// PyTorch: `torchvision.datasets.FashionMNIST`. Taught in notebook 10.
///
/// # Errors
/// If the files are there but cannot be read.
pub fn fashion_mnist() -> Result<(Dataset, Dataset)> {
    load_or_digits(&FASHION, Cache::from_env())
}

/// The digits that the project drew itself: 6000 for training and 1000 for testing, samples of shape `[1, 28, 28]`,
/// ten classes. They need no network and no cache.
///
/// # Errors
/// Never, unless the build is broken.
pub fn digits() -> Result<(Dataset, Dataset)> {
    let train = digit_set("training", bundled::TRAIN_IMAGES, bundled::TRAIN_LABELS)?;
    let test = digit_set("test", bundled::TEST_IMAGES, bundled::TEST_LABELS)?;
    Ok((train, test))
}

fn digit_set(part: &str, images: &[u8], labels: &[u8]) -> Result<Dataset> {
    let path = Path::new("bundled digits");
    let images = idx::parse_images(path, images)?;
    let labels = idx::parse_labels(path, labels, DIGITS.len())?;
    Ok(idx::join(path, images, &labels, &DIGITS)?.named(&format!("Bundled digits, {part} set")))
}

fn load_or_digits(source: &Source, cache: gradus_data::Result<Cache>) -> Result<(Dataset, Dataset)> {
    let fetched = cache.and_then(|cache| {
        Catalogue::load()?
            .get(source.name)?
            .fetch(&cache, &mut Lines::default())
    });
    match fetched {
        Ok(folder) => load(source, &folder),
        Err(reason) => {
            println!("{}", notice(source, &reason));
            digits()
        }
    }
}

fn notice(source: &Source, reason: &gradus_data::Error) -> String {
    format!(
        "NOTICE: {} is not here. These are the digits that the project drew itself, 6000 for training and 1000 for \
         testing: results will differ from those of the text.\n  Why: {reason}\n  To get it: cargo course data fetch {}",
        source.title, source.name
    )
}

/// Reads a set's files with the `mnist` crate. It panics on a file that is not as it should be, and reads plain files
/// from a folder only: so everything is unpacked and checked first, and handed to it in a temporary folder.
fn load(source: &Source, folder: &Path) -> Result<(Dataset, Dataset)> {
    let temp = std::env::temp_dir();
    let plain = tempfile::tempdir().map_err(|error| Error::Io {
        path: temp,
        source: error,
    })?;
    for (images, labels, count) in FILES {
        let (pictures, answers) = (packed(folder, images), packed(folder, labels));
        let (image_bytes, label_bytes) = (
            idx::unpack(&pictures, &idx::read(&pictures)?)?,
            idx::unpack(&answers, &idx::read(&answers)?)?,
        );
        let found = idx::check_images(&pictures, &image_bytes)?;
        if found != [count, SIDE, SIDE] {
            let expected = format!("{count} pictures of {SIDE} x {SIDE} pixels");
            return Err(idx::damaged(&pictures, &expected, format!("{found:?}")));
        }
        idx::check_pair(
            &answers,
            count,
            idx::check_labels(&answers, &label_bytes, source.classes.len())?,
        )?;
        write(&plain.path().join(images), &image_bytes)?;
        write(&plain.path().join(labels), &label_bytes)?;
    }
    let Some(base) = plain.path().to_str() else {
        return Err(Error::Argument {
            what: "the folder for temporary files".into(),
            expected: "a name in UTF-8 (set TMPDIR to another folder)".into(),
            got: plain.path().display().to_string(),
        });
    };
    let [(train_images, train_labels, train), (test_images, test_labels, test)] = FILES;
    let data = MnistBuilder::new()
        .base_path(base)
        .training_images_filename(train_images)
        .training_labels_filename(train_labels)
        .test_images_filename(test_images)
        .test_labels_filename(test_labels)
        .training_set_length(train as u32)
        .test_set_length(test as u32)
        .finalize();
    Ok((
        set(source, "training", data.trn_img, &data.trn_lbl)?,
        set(source, "test", data.tst_img, &data.tst_lbl)?,
    ))
}

fn packed(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join(format!("{name}.gz"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(|source| Error::Io {
        path: path.into(),
        source,
    })
}

fn set(source: &Source, part: &str, pixels: Vec<u8>, labels: &[u8]) -> Result<Dataset> {
    let labels = labels.iter().map(|&label| usize::from(label)).collect();
    let set = Dataset::from_pixels(pixels, [1, SIDE, SIDE], labels, source.classes)?;
    Ok(set.named(&format!("{}, {part} set", source.title)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    /// A folder with files of MNIST's sizes: picture `i` is filled with `i % 251`, its label is `i % 10`.
    fn fake(folder: &Path) {
        for (images, labels, count) in FILES {
            let pixels = (0..count).flat_map(|i| [(i % 251) as u8; SIDE * SIDE]).collect();
            put(folder, images, &[2051, count as u32, 28, 28], pixels);
            put(
                folder,
                labels,
                &[2049, count as u32],
                (0..count).map(|i| (i % 10) as u8).collect(),
            );
        }
    }

    fn put(folder: &Path, name: &str, header: &[u32], content: Vec<u8>) {
        let file = fs::File::create(packed(folder, name)).unwrap();
        let mut gz = GzEncoder::new(file, Compression::fast());
        for number in header {
            gz.write_all(&number.to_be_bytes()).unwrap();
        }
        gz.write_all(&content).unwrap();
        gz.finish().unwrap();
    }

    fn complaint(folder: &Path) -> String {
        let error = load(&MNIST, folder).expect_err("a damaged file was accepted");
        assert!(matches!(error, Error::File { .. }), "{error:?}");
        error.to_string()
    }

    #[test]
    fn files_of_the_right_form_are_read_in_order() {
        let dir = tempfile::tempdir().unwrap();
        fake(dir.path());
        let (train, test) = load(&FASHION, dir.path()).unwrap();
        assert_eq!((train.len(), test.len()), (60_000, 10_000));
        assert_eq!((train.label(59_999).unwrap(), test.label(9_999).unwrap()), (9, 9));
        assert_eq!(test.values(300).unwrap()[783], 49.0 / 255.0);
        assert_eq!(test.name(), "Fashion-MNIST, test set");
    }

    #[test]
    fn what_would_make_the_mnist_crate_panic_is_refused_before() {
        let dir = tempfile::tempdir().unwrap();
        fake(dir.path());
        let labels = |count: usize, last: u8| {
            let mut labels = vec![0; count];
            labels[count - 1] = last;
            put(dir.path(), FILES[1].1, &[2049, count as u32], labels);
        };
        labels(9_999, 0);
        assert!(complaint(dir.path()).contains("9999 labels"));
        labels(10_000, 10);
        assert!(complaint(dir.path()).contains("label 10 for sample 9999"));
        labels(10_000, 9);
        load(&MNIST, dir.path()).unwrap();
        put(dir.path(), FILES[1].0, &[2051, 9_999, 28, 28], vec![0; 9_999 * 784]);
        assert!(complaint(dir.path()).contains("9999"));
        put(dir.path(), FILES[1].0, &[2051, 10_000, 14, 56], vec![0; 10_000 * 784]);
        assert!(complaint(dir.path()).contains("28 x 28"));
        fs::write(packed(dir.path(), FILES[1].0), b"").unwrap();
        assert!(complaint(dir.path()).contains("0 bytes"));
        fs::remove_file(packed(dir.path(), FILES[1].0)).unwrap();
        assert!(matches!(load(&MNIST, dir.path()), Err(Error::Io { .. })));
    }

    #[test]
    fn without_the_files_the_bundled_digits_stand_in() {
        let dir = tempfile::tempdir().unwrap();
        let (train, test) = load_or_digits(&FASHION, Ok(Cache::at(dir.path()).offline(true))).unwrap();
        assert_eq!((train.len(), test.len()), (6000, 1000));
        assert!(train.name().starts_with("Bundled digits"), "{}", train.name());
        let none = load_or_digits(&MNIST, Err(gradus_data::Error::NoCacheFolder)).unwrap();
        assert_eq!(none.0.class_names(), DIGITS);
    }

    #[test]
    fn the_notice_says_what_why_and_what_to_do() {
        let text = notice(&FASHION, &gradus_data::Error::NoCacheFolder);
        for part in [
            "NOTICE",
            "Fashion-MNIST",
            "drew itself",
            "GRADUS_DATA",
            "cargo course data fetch fashion-mnist",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
