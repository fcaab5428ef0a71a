//! Pictures as one looks at them: turned as the camera noted, laid on white, and never larger than can be.

use std::path::Path;

use gradus::prelude::*;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, GrayAlphaImage, GrayImage, RgbaImage};
use png::{BitDepth, ColorType, Encoder};

/// An EXIF note of one entry behind another one.
fn note(orientation: u32, little: bool, long: bool) -> Vec<u8> {
    let short = |v: u16| if little { v.to_le_bytes() } else { v.to_be_bytes() };
    let word = |v: u32| if little { v.to_le_bytes() } else { v.to_be_bytes() };
    let mut bytes = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    bytes.extend(word(8));
    bytes.extend(short(2));
    bytes.extend([short(0x0100), short(3)].concat());
    bytes.extend([word(1), word(0)].concat());
    bytes.extend([short(0x0112), short(if long { 4 } else { 3 })].concat());
    bytes.extend(word(1));
    if long {
        bytes.extend(word(orientation));
    } else {
        bytes.extend([short(orientation as u16), [0; 2]].concat());
    }
    bytes.extend(word(0));
    bytes
}

/// A grey PNG file of 2 rows and 3 columns, with a note.
fn noted_png(pixels: [u8; 6], note: &[u8]) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let picture = GrayImage::from_raw(3, 2, pixels.to_vec()).unwrap();
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    let bytes = file.into_inner();
    let mut chunk = b"eXIf".to_vec();
    chunk.extend(note);
    // The checksum of PNG, bit by bit.
    let mut sum = u32::MAX;
    for byte in &chunk {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                (sum >> 1) ^ 0xEDB8_8320
            } else {
                sum >> 1
            };
        }
    }
    // Behind the head, which has 8 + 25 bytes.
    let parts = [
        &bytes[..33],
        &(note.len() as u32).to_be_bytes(),
        &chunk,
        &(!sum).to_be_bytes(),
        &bytes[33..],
    ];
    parts.concat()
}

fn open(folder: &Path, bytes: &[u8]) -> Image {
    std::fs::write(folder.join("a"), bytes).unwrap();
    Image::open(folder.join("a")).unwrap()
}

fn bytes_of(image: &Image) -> Vec<u8> {
    image.pixels().iter().map(|v| (v * 255.0).round() as u8).collect()
}

/// Where the first row and the first column of the file lie in the picture, from the EXIF standard.
#[test]
fn pictures_are_turned_as_the_camera_noted() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b, c, d, e, f] = [10, 20, 30, 40, 50, 60];
    let stored = [a, b, c, d, e, f];
    for (orientation, shape, upright) in [
        (0, [1, 2, 3], stored),
        (1, [1, 2, 3], stored),
        (2, [1, 2, 3], [c, b, a, f, e, d]),
        (3, [1, 2, 3], [f, e, d, c, b, a]),
        (4, [1, 2, 3], [d, e, f, a, b, c]),
        (5, [1, 3, 2], [a, d, b, e, c, f]),
        (6, [1, 3, 2], [d, a, e, b, f, c]),
        (7, [1, 3, 2], [f, c, e, b, d, a]),
        (8, [1, 3, 2], [c, f, b, e, a, d]),
        (9, [1, 2, 3], stored),
    ] {
        for (little, long) in [(true, false), (false, false), (true, true), (false, true)] {
            let image = open(dir.path(), &noted_png(stored, &note(orientation, little, long)));
            assert_eq!(
                (image.shape(), bytes_of(&image)),
                (shape, upright.to_vec()),
                "{orientation}"
            );
        }
    }
    // What breaks off is no note.
    let whole = note(6, true, false);
    for end in 0..30 {
        assert_eq!(
            open(dir.path(), &noted_png(stored, &whole[..end])).shape(),
            [1, 2, 3],
            "{end}"
        );
    }
    let behind_a_name = [&b"Exif\0\0"[..], &whole].concat();
    assert_eq!(open(dir.path(), &noted_png(stored, &behind_a_name)).shape(), [1, 3, 2]);
}

#[test]
fn a_photograph_from_a_phone_stands_upright() {
    let dir = tempfile::tempdir().unwrap();
    // 24 columns, 16 rows; the left is dark. Turned by a quarter to the right, the left is on top.
    let stored = GrayImage::from_fn(24, 16, |x, _| image::Luma([if x < 12 { 20 } else { 230 }]));
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 95)
        .encode(&stored, 24, 16, ExtendedColorType::L8)
        .unwrap();
    let note = [&b"Exif\0\0"[..], &note(6, false, false)].concat();
    let length = (note.len() as u16 + 2).to_be_bytes();
    let bytes = [&jpeg[..2], &[0xFF, 0xE1], &length, &note, &jpeg[2..]].concat();
    let image = open(dir.path(), &bytes);
    assert_eq!(image.shape(), [1, 24, 16]);
    assert!(image.pixels()[..16].iter().all(|v| *v < 0.2) && image.pixels()[23 * 16..].iter().all(|v| *v > 0.8));
    // In folders too.
    std::fs::create_dir(dir.path().join("x")).unwrap();
    std::fs::write(dir.path().join("x/1.jpg"), &bytes).unwrap();
    std::fs::remove_file(dir.path().join("a")).unwrap();
    let (set, _) = data::ImageFolder::new(dir.path()).size(24, 16).grey().load().unwrap();
    assert_eq!(bytes_of(&set.image(0).unwrap()), bytes_of(&image));
}

/// A PNG file of two pixels with transparency in a table (tRNS).
fn two_pixels(color: ColorType, palette: Option<&[u8]>, clear: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 2, 1);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    if let Some(palette) = palette {
        encoder.set_palette(palette.to_vec());
    }
    encoder.set_trns(clear.to_vec());
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    bytes
}

#[test]
fn what_is_clear_is_white() {
    let dir = tempfile::tempdir().unwrap();
    let save = |picture: image::DynamicImage| {
        let mut file = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
        file.into_inner()
    };
    // Black ink on clear black ground; half of the ink; a colour that is wholly there.
    let rgba = RgbaImage::from_raw(
        4,
        1,
        [[0, 0, 0, 0], [0, 0, 0, 255], [0, 0, 0, 128], [9, 90, 200, 255]].concat(),
    );
    let rgba = image::DynamicImage::ImageRgba8(rgba.unwrap());
    let grey = GrayAlphaImage::from_raw(4, 1, vec![0, 0, 0, 255, 0, 128, 77, 255]);
    let grey = image::DynamicImage::ImageLumaA8(grey.unwrap());
    let deep = image::DynamicImage::ImageRgba16(rgba.to_rgba16());
    let deep_grey = image::DynamicImage::ImageLumaA16(grey.to_luma_alpha16());
    let colors = vec![255, 0, 127, 9, 255, 0, 127, 90, 255, 0, 127, 200];
    let greys = vec![255, 0, 127, 77];
    for (what, file, want) in [
        ("RGBA", save(rgba), colors.clone()),
        ("RGBA of 16 bits", save(deep), colors),
        ("grey and alpha", save(grey), greys.clone()),
        ("grey and alpha of 16 bits", save(deep_grey), greys),
        (
            "palette",
            two_pixels(ColorType::Indexed, Some(&[0, 0, 0, 10, 20, 30]), &[0], &[0, 1]),
            vec![255, 10, 255, 20, 255, 30],
        ),
        (
            "one clear colour",
            two_pixels(ColorType::Rgb, None, &[0, 0, 0, 0, 0, 0], &[0, 0, 0, 10, 20, 30]),
            vec![255, 10, 255, 20, 255, 30],
        ),
        (
            "one clear grey",
            two_pixels(ColorType::Grayscale, None, &[0, 0], &[0, 10]),
            vec![255, 10],
        ),
    ] {
        assert_eq!(bytes_of(&open(dir.path(), &file)), want, "{what}");
    }
}

#[test]
fn sizes_that_no_memory_holds_are_refused() {
    for (height, width) in [(usize::MAX, 2), (2, usize::MAX), (usize::MAX, usize::MAX)] {
        let error = Image::new(1, height, width, vec![0.5; 2]).unwrap_err().to_string();
        assert!(error.contains("channels * height * width values"), "{error}");
        let picture = Image::new(1, 1, 2, vec![0.5; 2]).unwrap();
        for refused in [picture.resize(height, width), picture.fit(height, width, Fit::Pad)] {
            assert!(refused.unwrap_err().to_string().contains("at most 268435456 pixels"));
        }
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("sea")).unwrap();
    let wide = GrayImage::from_pixel(30_000, 1, image::Luma([9]));
    wide.save(dir.path().join("sea/wide.png")).unwrap();
    let error = data::image_folder(dir.path(), 16_000).unwrap_err().to_string();
    assert!(
        error.contains("wide.png") && error.contains("16000 x 480000000"),
        "{error}"
    );
    assert!(
        data::image_folder(dir.path(), usize::MAX)
            .unwrap_err()
            .to_string()
            .contains("at most")
    );
    assert_eq!(data::image_folder(dir.path(), 4).unwrap().len(), 1);
}
