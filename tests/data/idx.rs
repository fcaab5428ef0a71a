//! The idx parser against files that are damaged in every way: an error each, never a panic, never other data.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use gradus::Error;
use gradus::data::{Dataset, digits, idx};
use proptest::prelude::*;

const CLASSES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

fn path() -> &'static Path {
    Path::new("some/images-idx3-ubyte.gz")
}

fn file(header: &[u32], content: &[u8]) -> Vec<u8> {
    header
        .iter()
        .flat_map(|n| n.to_be_bytes())
        .chain(content.iter().copied())
        .collect()
}

fn images() -> Vec<u8> {
    file(&[2051, 3, 4, 5], &(0..60).collect::<Vec<u8>>())
}

fn labels() -> Vec<u8> {
    file(&[2049, 6], &[0, 9, 3, 3, 1, 7])
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    gz.write_all(content).unwrap();
    gz.finish().unwrap()
}

/// The message of what must be an [`Error::File`] that names the file and says what to do.
fn complaint<T: std::fmt::Debug>(result: gradus::Result<T>) -> String {
    let error = result.expect_err("a damaged file was accepted");
    assert!(matches!(error, Error::File { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("some/images") && text.contains("fetch it again"),
        "{text}"
    );
    text
}

#[test]
fn good_files_are_read_plain_and_compressed() {
    for packed in [false, true] {
        let pack = |bytes: Vec<u8>| if packed { gzip(&bytes) } else { bytes };
        let pictures = idx::parse_images(path(), &pack(images())).unwrap();
        assert_eq!((pictures.count, pictures.rows, pictures.columns), (3, 4, 5));
        assert_eq!(pictures.pixels, (0..60).collect::<Vec<u8>>());
        assert_eq!(
            idx::parse_labels(path(), &pack(labels()), 10).unwrap(),
            [0, 9, 3, 3, 1, 7]
        );
    }
}

#[test]
fn every_flipped_header_bit_is_found() {
    for (good, header) in [(images(), 16), (labels(), 8)] {
        for bit in 0..8 * header {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if header == 16 {
                complaint(idx::parse_images(path(), &bytes));
            } else {
                complaint(idx::parse_labels(path(), &bytes, 10));
            }
        }
    }
}

#[test]
fn every_header_byte_of_every_value_is_found() {
    for (good, header) in [(images(), 16), (labels(), 8)] {
        for at in 0..header {
            for value in (0..=255).filter(|value| *value != good[at]) {
                let mut bytes = good.clone();
                bytes[at] = value;
                if header == 16 {
                    complaint(idx::parse_images(path(), &bytes));
                } else {
                    complaint(idx::parse_labels(path(), &bytes, 10));
                }
            }
        }
    }
}

#[test]
fn every_truncation_is_found() {
    for length in 0..images().len() {
        complaint(idx::parse_images(path(), &images()[..length]));
        complaint(idx::parse_images(path(), &gzip(&images()[..length])));
    }
    for length in 0..labels().len() {
        complaint(idx::parse_labels(path(), &labels()[..length], 10));
        complaint(idx::parse_labels(path(), &gzip(&labels()[..length]), 10));
    }
    let packed = gzip(&images());
    for length in 0..packed.len() {
        complaint(idx::parse_images(path(), &packed[..length]));
    }
}

#[test]
fn trailing_bytes_are_found() {
    let mut bytes = images();
    bytes.push(0);
    assert!(complaint(idx::parse_images(path(), &bytes)).contains("61 bytes"));
    let mut packed = gzip(&images());
    packed.push(0);
    assert!(complaint(idx::parse_images(path(), &packed)).contains("1 more bytes"));
}

#[test]
fn the_messages_say_what_stood_there() {
    let swapped = complaint(idx::parse_images(path(), &labels()));
    assert!(
        swapped.contains("pictures") && swapped.contains("0x00000801"),
        "{swapped}"
    );
    let label = complaint(idx::parse_labels(path(), &labels(), 9));
    assert!(
        label.contains("below 9") && label.contains("label 9 for sample 1"),
        "{label}"
    );
    let empty = complaint(idx::parse_images(path(), &file(&[2051, 0, 28, 28], &[])));
    assert!(empty.contains("0 pictures"), "{empty}");
    let huge = complaint(idx::parse_images(
        path(),
        &file(&[2051, u32::MAX, u32::MAX, u32::MAX], &[1]),
    ));
    assert!(huge.contains("1 bytes"), "{huge}");
    let pictures = idx::parse_images(path(), &images()).unwrap();
    let pair = complaint(idx::join(path(), pictures, &[1, 2], &CLASSES));
    assert!(pair.contains("3 labels") && pair.contains("2 labels"), "{pair}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = idx::read_images("no/such/file").unwrap_err();
    assert!(
        matches!(error, Error::Io { .. }) && error.to_string().contains("no/such/file"),
        "{error}"
    );
}

#[test]
fn damage_anywhere_in_a_compressed_file_never_gives_other_data() {
    let good = gzip(&images());
    let right = idx::parse_images(path(), &good).unwrap();
    for bit in 0..8 * good.len() {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // A time or a system in gzip's header may change without harm.
        if let Ok(read) = idx::parse_images(path(), &bytes) {
            assert_eq!(read, right, "bit {bit}");
        }
    }
}

#[test]
fn the_bundled_digits_are_read() {
    let (train, test) = digits().unwrap();
    assert_eq!((train.len(), test.len()), (6000, 1000));
    assert_eq!(train.sample_shape(), [1, 28, 28]);
    assert_eq!(
        (train.class_counts(), test.class_counts()),
        (vec![600; 10], vec![100; 10])
    );
    assert_eq!(train.class_names(), CLASSES);
    assert!(train.name().contains("training") && test.name().contains("test"));
    let ink = |set: &Dataset| set.mean_std().0[0];
    assert!((0.08..0.2).contains(&ink(&train)) && (ink(&train) - ink(&test)).abs() < 0.01);
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = idx::parse_images(path(), &bytes);
        let _ = idx::parse_labels(path(), &bytes, 10);
    }

    #[test]
    fn any_header_before_any_content(header in prop::array::uniform3(0_u32..9), content in prop::collection::vec(any::<u8>(), 0..200)) {
        let [count, rows, columns] = header;
        let bytes = file(&[2051, count, rows, columns], &content);
        let fits = (count * rows * columns) as usize == content.len() && !content.is_empty();
        match idx::parse_images(path(), &bytes) {
            Ok(pictures) => {
                prop_assert!(fits);
                prop_assert_eq!(pictures.pixels, content);
            }
            Err(_) => prop_assert!(!fits),
        }
    }

    #[test]
    fn labels_come_back_as_they_were_written(content in prop::collection::vec(any::<u8>(), 0..100), classes in 1_usize..256) {
        let bytes = gzip(&file(&[2049, content.len() as u32], &content));
        match idx::parse_labels(path(), &bytes, classes) {
            Ok(labels) => prop_assert_eq!(labels, content),
            Err(_) => prop_assert!(content.iter().any(|label| usize::from(*label) >= classes)),
        }
    }
}
