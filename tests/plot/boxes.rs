//! Boxes on pictures: what is drawn where.

use gradus::detect::{Box2D, Detection, Object};
use gradus::metrics::{DetectionReport, match_boxes};
use gradus::plot::Boxes;
use gradus::prelude::*;

fn image() -> Image {
    Image::new(1, 20, 40, vec![0.5; 800]).unwrap()
}

/// The colour of the finished figure at a pixel.
fn at(figure: &Figure, x: usize, y: usize) -> [u8; 3] {
    let image = figure.to_image().unwrap();
    let (w, plane) = (image.width(), image.width() * image.height());
    [0, 1, 2].map(|c| (image.pixels()[c * plane + y * w + x] * 255.0).round() as u8)
}

#[test]
fn a_box_is_drawn_at_its_place_in_the_colour_of_its_class() {
    let object = Object {
        bounds: Box2D::new(10.0, 5.0, 30.0, 15.0),
        class: 1,
    };
    let figure = Boxes::new("", &image()).objects(&[object], &["", ""]).width(200).plot();
    assert_eq!(figure.error(), None);
    // Five pixels for one, behind an edge of eight.
    for (x, y) in [(60, 33), (156, 50), (100, 81)] {
        assert_eq!(at(&figure, x, y), [213, 94, 0], "({x}, {y})");
    }
    for (x, y) in [(100, 55), (50, 34), (60, 20)] {
        assert_eq!(at(&figure, x, y), [128, 128, 128], "({x}, {y})");
    }
}

#[test]
fn hits_misses_and_false_alarms_have_their_colours_and_are_counted() {
    let object = |x: f32| Object {
        bounds: Box2D::new(x, 5.0, x + 8.0, 15.0),
        class: 0,
    };
    let found = |x: f32| Detection {
        bounds: object(x).bounds,
        class: 0,
        score: 0.9,
    };
    let (objects, found) = ([object(2.0), object(28.0)], [found(2.0), found(15.0)]);
    let matches = match_boxes(&objects, &found, 0.5);
    assert_eq!(
        (matches.hits.len(), matches.misses.len(), matches.false_alarms.len()),
        (1, 1, 1)
    );
    let figure = Boxes::new("", &image())
        .judged(&objects, &found, &matches, &["x"])
        .width(200)
        .plot();
    let bottom = |x: f32| at(&figure, 8 + (5.0 * x) as usize + 2, 8 + 75 - 2);
    assert_eq!(
        [bottom(2.0), bottom(28.0), bottom(15.0)],
        [[0, 158, 115], [0, 114, 178], [213, 94, 0]]
    );
    assert!(figure.alt().contains("x 0.90"));
}

#[test]
fn nothing_panics() {
    for b in [
        Box2D::new(-5.0, -5.0, 90.0, 90.0),
        Box2D::new(50.0, 30.0, 60.0, 40.0),
        Box2D::new(f32::NAN, 0.0, 1.0, 1.0),
    ] {
        let _ = Boxes::new("A title that is much longer than the picture is wide", &image())
            .add(&b, "far", 99)
            .plot();
    }
    assert!(Boxes::new("", &image()).width(0).plot().error().is_some());
    let objects = vec![vec![Object {
        bounds: Box2D::new(0.0, 0.0, 5.0, 5.0),
        class: 0,
    }]];
    let report = DetectionReport::new(&objects, &[vec![]], &["a", "b"]).unwrap();
    assert_eq!((report.map50(), report.average_precision(1, 0)), (0.0, None));
    assert!(report.plot().error().is_none() && report.to_string().contains('-'));
}
