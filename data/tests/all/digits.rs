//! The digits that the crate carries are those that the generator in this repository draws.

#[path = "../../examples/draw_digits/draw.rs"]
mod draw;
#[path = "../../examples/draw_digits/styles.rs"]
#[rustfmt::skip]
mod styles;

use std::io::Read;

use flate2::read::GzDecoder;
use gradus_data::digits;

fn unpack(gz: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(gz).read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn the_test_digits_can_be_drawn_again() {
    let (pixels, labels) = draw::draw_set(1000, 2);
    let (images, kept) = (unpack(digits::TEST_IMAGES), unpack(digits::TEST_LABELS));
    assert_eq!(kept[8..], labels);
    // A sine's last digit may differ between machines, and with it the shade of a pixel on a line's edge.
    let far = images[16..]
        .iter()
        .zip(&pixels)
        .filter(|(a, b)| a.abs_diff(**b) > 2)
        .count();
    assert_eq!((images.len() - 16, far), (pixels.len(), 0));
}

#[test]
fn another_seed_draws_other_digits() {
    assert_ne!(draw::draw_set(10, 1).0, draw::draw_set(10, 2).0);
    assert_eq!(draw::draw_set(10, 1), draw::draw_set(10, 1));
}

#[test]
fn every_digit_comes_equally_often_and_all_of_it_is_small() {
    for (labels, each) in [(digits::TRAIN_LABELS, 600), (digits::TEST_LABELS, 100)] {
        let labels = unpack(labels);
        for digit in 0..10 {
            assert_eq!(labels[8..].iter().filter(|label| **label == digit).count(), each);
        }
    }
    let bytes = digits::TRAIN_IMAGES.len() + digits::TRAIN_LABELS.len() + digits::TEST_IMAGES.len();
    assert!(bytes + digits::TEST_LABELS.len() < 2_000_000, "{bytes}");
}
