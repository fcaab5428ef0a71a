//! Annotations beside their pictures: whose number is whose name, which size is the right one, and what is not counted.

use std::path::{Path, PathBuf};

use gradus::data::{Annotation, Fault, Policy};
use gradus::detect::Box2D;
use gradus::prelude::*;

fn yolo(text: &str) -> gradus::Result<Annotation> {
    Annotation::parse_yolo("a.txt", text, [100, 200])
}

/// A VOC annotation of one object, with this text in it.
fn voc(size: &str, name: &str, more: &str) -> gradus::Result<Annotation> {
    let edges = "<xmin>1</xmin><ymin>2</ymin><xmax>5</xmax><ymax>8</ymax>";
    let object = format!("<object><name>{name}</name>{more}<bndbox>{edges}</bndbox></object>");
    Annotation::parse_voc("a.xml", &format!("<annotation>{size}{object}</annotation>"))
}

fn size(width: usize, height: usize) -> String {
    format!("<size><width>{width}</width><height>{height}</height></size>")
}

fn classes(annotation: &Annotation, names: &[&str]) -> Vec<Option<usize>> {
    let checked = annotation.check(names, Policy::Drop).unwrap();
    let unknown = checked.problems.iter().map(|p| {
        assert_eq!(p.fault, Fault::UnknownClass);
        None
    });
    checked.objects.iter().map(|o| Some(o.class)).chain(unknown).collect()
}

#[test]
fn numbers_are_places_and_names_are_names() {
    let animals = ["cat", "dog", "bird"];
    let digits = ["1", "2", "3"];
    let two = |name: &str| voc(&size(20, 10), name, "").unwrap();
    for (annotation, names, want) in [
        (yolo("1 0.5 0.5 0.1 0.1").unwrap(), digits, Some(1)),
        (yolo("0 0.5 0.5 0.1 0.1").unwrap(), digits, Some(0)),
        (yolo("3 0.5 0.5 0.1 0.1").unwrap(), digits, None),
        (yolo("2 0.5 0.5 0.1 0.1").unwrap(), animals, Some(2)),
        (two("2"), animals, None),
        (two("2"), digits, Some(1)),
        (two("bird"), animals, Some(2)),
        (two("0"), digits, None),
    ] {
        assert_eq!(classes(&annotation, &names), [want], "{annotation:?} {names:?}");
    }
    // As it was said before: by the number.
    let problems = yolo("7 0.5 0.5 0.1 0.1")
        .unwrap()
        .check(&animals, Policy::Drop)
        .unwrap()
        .problems;
    assert_eq!(problems[0].to_string(), "a.txt, box 1: unknown class \"7\"");
}

#[test]
fn classes_of_yolo_in_other_notations() {
    let box_at = " 0.5 0.5 0.25 0.5\r\n";
    for class in ["1", "1.0", "1.", "1.000e+00", "1e0", "+1", "\u{feff}1", "\u{feff}1.0"] {
        let file = yolo(&format!("{class}{box_at}")).unwrap();
        assert_eq!((file.boxes[0].number, &*file.boxes[0].name), (Some(1), "1"), "{class}");
        assert_eq!(file.boxes[0].bounds, Box2D::new(75.0, 25.0, 125.0, 75.0));
    }
    for class in ["1.5", "-1", "-1.0", "1e300", "NaN", "inf", "cat", "\u{feff}\u{feff}1"] {
        assert!(
            yolo(&format!("{class}{box_at}"))
                .unwrap_err()
                .to_string()
                .contains("line 1"),
            "{class}"
        );
    }
    let marked = format!("\u{feff}<?xml version=\"1.0\"?><annotation>{}</annotation>", size(3, 4));
    assert_eq!(Annotation::parse_voc("a.xml", &marked).unwrap().width, 3);
}

/// A picture of this size, in a file.
fn picture(dir: &Path, width: usize, height: usize) -> PathBuf {
    let path = dir.join(format!("{width}x{height}.png"));
    Image::new(1, height, width, vec![0.5; width * height])
        .unwrap()
        .save(&path)
        .unwrap();
    path
}

fn read(file: &Path, annotation: gradus::Result<Annotation>) -> gradus::Result<(Scenes, Vec<String>)> {
    Scenes::read(&[(file, annotation?)], [10, 20], &["cat"], Policy::Refuse)
}

#[test]
fn the_size_in_an_annotation_is_that_of_the_picture() {
    let dir = tempfile::tempdir().unwrap();
    let file = picture(dir.path(), 20, 10);
    let (scenes, problems) = read(&file, voc(&size(20, 10), "cat", "")).unwrap();
    assert_eq!(scenes.objects(0).unwrap()[0].bounds, Box2D::new(1.0, 2.0, 5.0, 8.0));
    assert!(problems.is_empty());
    for (width, height) in [(10, 20), (20, 20), (200, 90), (9, 10)] {
        let error = read(&file, voc(&size(width, height), "cat", ""))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("a.xml: expected the size of its picture, 20 x 10"),
            "{error}"
        );
        assert!(error.contains(&format!("{width} x {height} pixels")), "{error}");
    }
    let wrong = Annotation::parse_yolo("a.txt", "0 0.5 0.5 0.1 0.1", [20, 10]);
    assert!(
        read(&file, wrong)
            .unwrap_err()
            .to_string()
            .contains("a.txt: expected the size of its picture")
    );
    // The same picture, larger when the boxes were drawn: they are where they were, and it is said.
    let (scenes, problems) = read(&file, voc(&size(40, 20), "cat", "")).unwrap();
    assert_eq!(scenes.objects(0).unwrap()[0].bounds, Box2D::new(0.5, 1.0, 2.5, 4.0));
    assert!(
        problems[0].contains("speaks of 40 x 20") && problems[0].contains("has 20 x 10"),
        "{problems:?}"
    );
}

#[test]
fn a_size_that_is_not_known_is_that_of_the_picture() {
    let dir = tempfile::tempdir().unwrap();
    let file = picture(dir.path(), 40, 20);
    for unknown in [size(0, 0), String::new()] {
        let annotation = voc(&unknown, "cat", "").unwrap();
        let (scenes, problems) = read(&file, Ok(annotation.clone())).unwrap();
        assert_eq!(scenes.objects(0).unwrap()[0].bounds, Box2D::new(0.5, 1.0, 2.5, 4.0));
        assert!(problems.is_empty());
        let error = annotation.check(&["cat"], Policy::Clip).unwrap_err().to_string();
        assert!(error.contains("expected the size of the picture, got 0 x 0"), "{error}");
        assert_eq!(
            annotation
                .sized([20, 40])
                .check(&["cat"], Policy::Refuse)
                .unwrap()
                .objects
                .len(),
            1
        );
    }
    for (width, height) in [(0, 20), (40, 0)] {
        assert!(
            voc(&size(width, height), "cat", "")
                .unwrap_err()
                .to_string()
                .contains("above 0")
        );
    }
}

#[test]
fn boxes_on_the_unturned_picture_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("phone.jpg");
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg)
        .encode(&[99; 200], 20, 10, image::ExtendedColorType::L8)
        .unwrap();
    // Big-endian, one entry: 0x0112, a short, one of them, 6.
    let note = b"\xFF\xE1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    std::fs::write(&file, [&jpeg[..2], note, &jpeg[2..]].concat()).unwrap();
    assert!(read(&file, voc(&size(10, 20), "cat", "")).is_ok());
    let error = read(&file, voc(&size(20, 10), "cat", "")).unwrap_err().to_string();
    assert!(
        error.contains("(EXIF) turns it") && error.contains("Turn the boxes too"),
        "{error}"
    );
}

#[test]
fn difficult_objects_are_kept_apart() {
    let dir = tempfile::tempdir().unwrap();
    let file = picture(dir.path(), 20, 10);
    for (mark, difficult) in [
        ("<difficult>1</difficult>", true),
        ("<difficult> true </difficult>", true),
        ("<difficult>0</difficult>", false),
        ("<difficult/>", false),
        ("", false),
    ] {
        let annotation = voc(&size(20, 10), "cat", mark).unwrap();
        assert_eq!(annotation.boxes[0].difficult, difficult, "{mark}");
        let (scenes, _) = read(&file, Ok(annotation.clone())).unwrap();
        let counts = (scenes.objects(0).unwrap().len(), scenes.difficult(0).unwrap().len());
        assert_eq!(counts, if difficult { (0, 1) } else { (1, 0) }, "{mark}");
        assert_eq!(
            scenes.to_string().contains("1 difficult ones, not counted"),
            difficult,
            "{scenes}"
        );
        let both = scenes.joined(&scenes).unwrap();
        assert_eq!(both.all_difficult().concat().len(), 2 * counts.1);
        assert_eq!(both.take(1).all_difficult().concat().len(), counts.1);
        let (kept, _) = read(&file, Ok(annotation.keep_difficult())).unwrap();
        assert_eq!((kept.bounds().len(), kept.class_counts()), (1, vec![1]));
    }
    let error = voc(&size(20, 10), "cat", "<difficult>maybe</difficult>")
        .unwrap_err()
        .to_string();
    assert!(error.contains("0 or 1 in <difficult>"), "{error}");
}
