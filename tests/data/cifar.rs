//! The CIFAR-10 parser against files that are damaged in every way, the subset if it is here, and the shapes that stand in.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use gradus::Error;
use gradus::data::cifar::parse_records;
use gradus::data::{Dataset, cifar10, shapes};
use proptest::prelude::*;

const RECORD: usize = 3073;

fn path() -> &'static Path {
    Path::new("some/data_batch_1.bin")
}

fn records(labels: &[u8]) -> Vec<u8> {
    labels
        .iter()
        .enumerate()
        .flat_map(|(i, &label)| std::iter::once(label).chain((0..3072).map(move |p| (p * 7 + i) as u8)))
        .collect()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(content).unwrap();
    gz.finish().unwrap()
}

/// The message of what must be an [`Error::File`] that names the file and says what to do.
fn complaint(bytes: &[u8]) -> String {
    let error = parse_records(path(), bytes, 10).expect_err("a damaged file was accepted");
    assert!(matches!(error, Error::File { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("some/data_batch_1.bin") && text.contains("fetch it again"),
        "{text}"
    );
    text
}

#[test]
fn good_files_are_read_plain_and_compressed() {
    let plain = records(&[3, 9, 0]);
    for bytes in [plain.clone(), gzip(&plain)] {
        let read = parse_records(path(), &bytes, 10).unwrap();
        assert_eq!(read.labels, [3, 9, 0]);
        assert_eq!(read.pixels.len(), 3 * 3072);
        assert_eq!(
            read.pixels[3072..],
            plain[RECORD + 1..2 * RECORD]
                .iter()
                .chain(&plain[2 * RECORD + 1..])
                .copied()
                .collect::<Vec<u8>>()
        );
    }
}

#[test]
fn no_part_of_a_file_passes_for_the_whole() {
    let plain = records(&[1, 2]);
    let packed = gzip(&plain);
    for end in (0..plain.len()).filter(|end| *end != RECORD) {
        complaint(&plain[..end]);
    }
    // One record is a whole number of records: who knows the number, as `cifar10` does, refuses it.
    assert_eq!(parse_records(path(), &plain[..RECORD], 10).unwrap().labels, [1]);
    for end in 0..packed.len() {
        complaint(&packed[..end]);
    }
    complaint(&[&packed[..], b"more"].concat());
}

#[test]
fn an_unknown_class_is_named_with_its_record() {
    assert!(complaint(&records(&[0, 9, 10])).contains("class 10 in record 2"));
    assert!(complaint(&[]).contains("at least one"));
    assert!(complaint(&[0; RECORD + 5]).contains("1 records and 5 bytes"));
}

proptest! {
    #[test]
    fn what_is_written_is_read(labels in prop::collection::vec(0_u8..10, 1..6), packed: bool) {
        let bytes = records(&labels);
        let read = parse_records(path(), &if packed { gzip(&bytes) } else { bytes.clone() }, 10).unwrap();
        prop_assert_eq!(&read.labels, &labels);
        let pixels: Vec<u8> = bytes.chunks(RECORD).flat_map(|r| &r[1..]).copied().collect();
        prop_assert_eq!(read.pixels, pixels);
    }

    #[test]
    fn no_bytes_make_it_panic_or_lie(bytes in prop::collection::vec(any::<u8>(), 0..RECORD * 2 + 9), gz: bool) {
        let bytes = if gz { [&[0x1f, 0x8b], &bytes[..]].concat() } else { bytes };
        if let Ok(read) = parse_records(path(), &bytes, 10) {
            prop_assert_eq!(read.labels.len() * RECORD, bytes.len());
            prop_assert!(read.labels.iter().all(|&label| label < 10));
        }
    }

    #[test]
    fn a_flipped_bit_of_a_compressed_file_is_seen(at in any::<prop::sample::Index>(), bit in 0..8) {
        let good = gzip(&records(&[4, 5]));
        let mut bytes = good.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        // Some bits, as the date in the header, mean nothing to the content.
        if let Ok(read) = parse_records(path(), &bytes, 10) {
            prop_assert_eq!(read, parse_records(path(), &good, 10).unwrap());
        }
    }
}

/// A test of the real pictures where they are, of the shapes where they are not.
#[test]
fn the_set_has_ten_classes_of_pictures() {
    if std::env::var_os("GRADUS_DATA").is_none() {
        // Nobody asked for real data, and a download has no place in a test.
        return;
    }
    let (train, test) = cifar10().unwrap();
    assert_eq!((train.sample_shape(), train.num_classes()), (&[3, 32, 32][..], 10));
    assert!(train.len() >= 4000 && test.len() >= 1000);
    if train.name().starts_with("CIFAR") {
        // The first pictures of both parts, as many a tutorial shows them: a frog, a truck, a truck; a cat, two ships.
        assert_eq!(&train.labels()[..5], [6, 9, 9, 4, 1]);
        assert_eq!(&test.labels()[..3], [3, 8, 8]);
        assert_eq!(train.take(4000).class_counts()[..3], [396, 366, 420]);
    }
}

#[test]
fn shapes_are_balanced_repeatable_and_different() {
    let set = shapes(60, 5).unwrap();
    assert_eq!(set.class_counts(), [6; 10]);
    let values = |set: &Dataset, i: usize| set.values(i).unwrap();
    let again = shapes(60, 5).unwrap();
    assert!((0..60).all(|i| values(&set, i) == values(&again, i)));
    // The first ones do not depend on how many there are.
    assert_eq!(values(&shapes(3, 5).unwrap(), 2), values(&set, 2));
    assert_ne!(values(&shapes(60, 6).unwrap(), 0), values(&set, 0));
    assert_ne!(values(&set, 0), values(&set, 10), "two pictures of one class");
    assert!(shapes(0, 1).is_err());
    // Colour tells nothing: the class means are alike.
    let many = shapes(2000, 1).unwrap();
    let mean = |class: usize| -> f32 {
        let of: Vec<f32> = (class..2000).step_by(10).flat_map(|i| values(&many, i)).collect();
        of.iter().sum::<f32>() / of.len() as f32
    };
    let means: Vec<f32> = (0..10).map(mean).collect();
    assert!(means.iter().all(|m| (m - 0.5).abs() < 0.05), "{means:?}");
}
