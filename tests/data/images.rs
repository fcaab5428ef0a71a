//! Pictures in files and folders: what is whole is read, what is not is named.

use std::fs;
use std::path::Path;

use gradus::prelude::*;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, GrayImage, RgbImage, RgbaImage};

/// A smooth picture, which JPEG hardly changes.
fn smooth(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 5) as u8, (y * 6) as u8, ((x + y) * 3) as u8])
    })
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (w, h) = picture.dimensions();
    JpegEncoder::new_with_quality(&mut bytes, 95)
        .encode(picture, w, h, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn png_and_jpeg_are_read_by_their_content() {
    let dir = tempfile::tempdir().unwrap();
    let picture = smooth(40, 30);
    // Under the ending of the other kind.
    picture
        .save_with_format(dir.path().join("a.jpg"), image::ImageFormat::Png)
        .unwrap();
    put(dir.path(), "b.png", &jpeg(&picture));
    let exact = Image::open(dir.path().join("a.jpg")).unwrap();
    assert_eq!(exact.shape(), [3, 30, 40]);
    assert_eq!(
        exact.pixels()[1200 + 2 * 40 + 7],
        12.0 / 255.0,
        "green in row 2, column 7"
    );
    let close = Image::open(dir.path().join("b.png")).unwrap();
    let differences = exact.pixels().iter().zip(close.pixels()).map(|(a, b)| (a - b).abs());
    assert!(differences.fold(0.0, f32::max) < 0.05);
}

#[test]
fn grey_stays_grey_and_clear_pixels_are_white() {
    let dir = tempfile::tempdir().unwrap();
    let grey = GrayImage::from_fn(3, 2, |x, y| image::Luma([(40 * x + 20 * y) as u8]));
    grey.save(dir.path().join("grey.png")).unwrap();
    let clear = RgbaImage::from_pixel(2, 2, image::Rgba([255, 0, 51, 0]));
    clear.save(dir.path().join("clear.png")).unwrap();
    let deep = DynamicImage::ImageRgb8(smooth(4, 4)).into_rgb16();
    deep.save(dir.path().join("deep.png")).unwrap();
    let open = |name: &str| Image::open(dir.path().join(name)).unwrap();
    assert_eq!(open("grey.png").shape(), [1, 2, 3]);
    assert_eq!(open("grey.png").pixels()[5], 100.0 / 255.0);
    assert_eq!(open("clear.png").pixels(), [1.0; 12]);
    assert_eq!(open("deep.png").pixels()[1], 5.0 / 255.0);
}

#[test]
fn what_is_saved_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    for channels in [1, 3] {
        let values = (0..channels * 12).map(|i| (i * 7 % 256) as f32 / 255.0).collect();
        let image = Image::new(channels, 3, 4, values).unwrap();
        let path = dir.path().join("saved.png");
        image.save(&path).unwrap();
        assert_eq!(Image::open(&path).unwrap(), image);
        assert!(image.save(dir.path().join("saved.jpg")).is_err());
    }
}

/// An upload and a file of a training set become the same numbers.
#[test]
fn bytes_become_what_a_folder_makes_of_their_file() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = jpeg(&smooth(40, 30));
    put(dir.path(), "a/1.jpg", &bytes);
    for (channels, fit) in [(3, Fit::Crop), (3, Fit::Pad), (1, Fit::Stretch)] {
        let folder = data::ImageFolder::new(dir.path()).size(16, 12).fit(fit);
        let folder = if channels == 1 { folder.grey() } else { folder };
        let image = Image::decode(&bytes, [channels, 16, 12], fit).unwrap();
        assert_eq!(image, folder.load().unwrap().0.image(0).unwrap());
    }
    let cut = Image::decode(&bytes[..bytes.len() / 2], [3, 8, 8], Fit::Crop).unwrap_err();
    assert!(matches!(cut, gradus::Error::File { .. }), "{cut:?}");
    for shape in [[2, 8, 8], [3, 0, 8]] {
        let error = Image::decode(&bytes, shape, Fit::Crop).unwrap_err();
        assert!(matches!(error, gradus::Error::Argument { .. }), "{error:?}");
    }
}

#[test]
fn no_part_of_a_file_passes_for_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    let picture = smooth(24, 20);
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    for (name, bytes) in [("a.png", png.into_inner()), ("a.jpg", jpeg(&picture))] {
        put(dir.path(), name, &bytes);
        Image::open(dir.path().join(name)).unwrap();
        for end in 0..bytes.len() {
            put(dir.path(), name, &bytes[..end]);
            let error = Image::open(dir.path().join(name)).expect_err(&format!("{end} bytes of {name}"));
            assert!(matches!(error, gradus::Error::File { .. }), "{error:?}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
    assert!(matches!(
        Image::open(dir.path().join("none.png")),
        Err(gradus::Error::Io { .. })
    ));
}

#[test]
fn folders_become_classes_in_the_order_of_their_names() {
    let dir = tempfile::tempdir().unwrap();
    let flat = |color: [u8; 3]| jpeg(&RgbImage::from_pixel(20, 16, image::Rgb(color)));
    put(dir.path(), "dog/b.jpg", &flat([200, 0, 0]));
    put(dir.path(), "dog/a.JPEG", &flat([0, 200, 0]));
    put(dir.path(), "cat/1.jpg", &flat([0, 0, 200]));
    put(dir.path(), "cat/notes.txt", b"no picture");
    put(dir.path(), "cat/.hidden.jpg", b"no picture");
    put(dir.path(), ".cache/1.jpg", b"no picture");
    put(dir.path(), "list.csv", b"no picture");
    let set = data::image_folder(dir.path(), 8).unwrap();
    assert_eq!(set.class_names(), ["cat", "dog"]);
    assert_eq!((set.labels(), set.sample_shape()), (vec![0, 1, 1], &[3, 8, 8][..]));
    let strongest = |i: usize| {
        let image = set.image(i).unwrap();
        (0..3).max_by(|&a, &b| image.pixels()[a * 64].total_cmp(&image.pixels()[b * 64]))
    };
    assert_eq!(
        [0, 1, 2].map(strongest),
        [Some(2), Some(1), Some(0)],
        "blue, green, red"
    );
    let (grey, broken) = data::ImageFolder::new(dir.path()).size(4, 6).grey().load().unwrap();
    assert_eq!((grey.sample_shape(), broken.len()), (&[1, 4, 6][..], 0));
}

#[test]
fn broken_files_are_refused_or_skipped_and_named_either_way() {
    let dir = tempfile::tempdir().unwrap();
    let good = jpeg(&smooth(16, 16));
    put(dir.path(), "a/good.jpg", &good);
    put(dir.path(), "b/half.jpg", &good[..good.len() / 2]);
    put(dir.path(), "b/other.webp", b"RIFF....WEBPVP8 ");
    let error = data::image_folder(dir.path(), 8).unwrap_err().to_string();
    assert!(error.contains("half.jpg") && error.contains("PNG or JPEG"), "{error}");
    let (set, broken) = data::ImageFolder::new(dir.path()).skip_broken().load().unwrap();
    assert_eq!((set.len(), set.num_classes()), (1, 2));
    let names: Vec<String> = broken.iter().map(|b| b.path.display().to_string()).collect();
    assert!(
        names[0].ends_with("half.jpg") && names[1].ends_with("other.webp"),
        "{names:?}"
    );
    assert!(broken.iter().all(|b| b.reason.contains("expected")), "{broken:?}");
    put(dir.path(), "a/good.jpg", &good[..9]);
    let error = data::ImageFolder::new(dir.path()).skip_broken().load().unwrap_err();
    assert!(error.to_string().contains("3 broken files"), "{error}");
}

#[test]
fn a_second_folder_can_be_held_to_the_classes_of_the_first() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "dog/1.jpg", &jpeg(&smooth(16, 16)));
    let folder = data::ImageFolder::new(dir.path()).size(8, 8);
    let (set, _) = folder.clone().classes(&["cat", "dog"]).load().unwrap();
    assert_eq!((set.labels(), set.num_classes()), (vec![1], 2));
    let error = folder.clone().classes(&["cat"]).load().unwrap_err().to_string();
    assert!(error.contains("dog too"), "{error}");
    assert!(folder.size(0, 8).load().unwrap_err().to_string().contains("0 x 8"));
    let empty = tempfile::tempdir().unwrap();
    assert!(
        data::image_folder(empty.path(), 8)
            .unwrap_err()
            .to_string()
            .contains("no folder")
    );
    assert!(matches!(
        data::image_folder(empty.path().join("x"), 8),
        Err(gradus::Error::Io { .. })
    ));
}

#[test]
fn parts_and_fits_keep_what_they_say() {
    let values: Vec<f32> = (0..24).map(|i| i as f32 / 24.0).collect();
    let wide = Image::new(1, 4, 6, values.clone()).unwrap();
    assert_eq!(
        wide.crop(1, 2, 2, 3).unwrap().pixels(),
        [8, 9, 10, 14, 15, 16].map(|i| i as f32 / 24.0)
    );
    assert_eq!(wide.fit(4, 4, Fit::Crop).unwrap(), wide.crop(0, 1, 4, 4).unwrap());
    let padded = wide.fit(6, 6, Fit::Pad).unwrap();
    assert_eq!(padded.pixels()[6..30], values);
    assert!(
        padded.pixels()[..6]
            .iter()
            .chain(&padded.pixels()[30..])
            .all(|&v| v == 0.0)
    );
    assert_eq!(wide.fit(4, 3, Fit::Stretch).unwrap().shape(), [1, 4, 3]);
    assert_eq!(wide.fit(1, 1, Fit::Crop).unwrap().shape(), [1, 1, 1]);
    for (top, left, height, width) in [(1, 0, 4, 1), (0, 6, 1, 1), (0, 0, 0, 1), (usize::MAX, 0, 2, 1)] {
        assert!(wide.crop(top, left, height, width).is_err());
    }
    let color = Image::new(3, 1, 1, vec![1.0, 0.5, 0.25]).unwrap();
    assert!((color.grey().pixels()[0] - (0.299 + 0.2935 + 0.0285)).abs() < 1e-6);
    assert_eq!(wide.grey(), wide);
}
