//! Names and titles that are long, alike, or written in letters that the font of pictures lacks; matrices of many classes.

use gradus::data::Image;
use gradus::detect::{Box2D, Object};
use gradus::metrics::ConfusionMatrix;
use gradus::plot::{Bars, Boxes, Chart, Figure, Heatmap, Pictures, boundary, scatter};

use crate::gallery::{keep, rgb_of, svg_of};

fn points() -> (Vec<[f32; 2]>, Vec<usize>) {
    let points = (0..30).map(|i| [(i as f32).sin(), (i as f32 * 0.7).cos()]).collect();
    (points, (0..30).map(|i| i % 3).collect())
}

/// The columns of the first lines that hold ink.
fn inked(figure: &Figure, lines: usize) -> (usize, usize, usize) {
    let (width, _, rgb) = rgb_of(&figure.bytes().expect("a picture"));
    let dark = |x: &usize| (0..lines).any(|y| rgb[(y * width + x) * 3] < 128);
    let columns: Vec<usize> = (0..width).filter(dark).collect();
    (columns[0], columns[columns.len() - 1], width)
}

#[test]
fn a_long_title_of_a_scatter_is_whole() {
    let (points, labels) = points();
    for words in [1, 6, 9, 12, 40] {
        let title = "WWWW wordy ".repeat(words);
        let figures = [
            scatter(&title, &points, &labels, &["a", "b", "c"]),
            boundary(
                &title,
                &points,
                &labels,
                &["a", "b", "a name that takes some room"],
                4,
                |p| Ok(vec![0usize; p.len()]),
            )
            .expect("a figure"),
        ];
        for figure in figures {
            let (first, last, width) = inked(&figure, 22);
            assert!(first >= 8 && last + 8 <= width, "{words}: {first} to {last} of {width}");
        }
    }
}

#[test]
fn names_that_begin_alike_are_drawn_apart() {
    let names = ["1", "2"].map(|end| format!("{} {end}", "the class of a very long common beginning".repeat(2)));
    let same = [names[0].clone(), names[0].clone()];
    let (points, labels) = points();
    let labels: Vec<usize> = labels.iter().map(|l| l % 2).collect();
    let image = [0.5; 4];
    let draw = |names: &[String; 2]| -> Vec<Figure> {
        let matrix = Heatmap::new("m", 2, 2, &[0.0, 1.0, 2.0, 3.0]);
        vec![
            matrix.clone().row_labels(names).plot(),
            matrix.col_labels(names).plot(),
            scatter("s", &points, &labels, names),
            Pictures::new("")
                .picture([1, 2, 2], &image, &names[0])
                .picture([1, 2, 2], &image, &names[1])
                .plot(),
            Bars::new("b", names).series("n", &[1, 1]).horizontal().plot_pixels(),
            Bars::new("b", names).series("n", &[1, 1]).plot_pixels(),
            Chart::new("c")
                .line(&names[0], &[1, 2], &[1, 2])
                .line(&names[1], &[1, 2], &[2, 1])
                .plot_pixels(),
        ]
    };
    for (i, (apart, alike)) in draw(&names).iter().zip(draw(&same)).enumerate() {
        assert_eq!((apart.error(), apart.size()), (None, alike.size()), "figure {i}");
        assert_ne!(
            apart.bytes().unwrap(),
            alike.caption(apart.alt()).bytes().unwrap(),
            "figure {i}"
        );
    }
}

#[test]
fn matrices_of_many_classes_are_drawn() {
    for n in [2, 60, 150, 200, 1000] {
        let truth: Vec<usize> = (0..4 * n).map(|i| i % n).collect();
        let predicted: Vec<usize> = (0..4 * n).map(|i| (i + usize::from(i % 5 == 0)) % n).collect();
        let names: Vec<String> = (0..n).map(|i| format!("class number {i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let matrix = ConfusionMatrix::new(&truth, &predicted, &names).expect("a matrix");
        let figure = matrix.plot();
        assert_eq!(figure.error(), None, "{n} classes");
        assert_eq!(
            figure.alt().contains("numbers found no room"),
            n >= 200,
            "{n}: {}",
            figure.alt()
        );
        // A hundred and fifty rows of numbers are a large picture.
        if n <= 60 || n == 200 {
            keep(&format!("names_confusion_{n}"), &figure);
        }
    }
}

#[test]
fn letters_that_the_font_lacks_are_said() {
    let written = ["Київ", "Việt", "čaj"];
    let odd = ["猫", "қиз", "قطة"];
    let (points, labels) = points();
    let image = Image::new(1, 4, 4, vec![0.5; 16]).expect("an image");
    let object = Object {
        bounds: Box2D {
            xmin: 0.0,
            ymin: 1.0,
            xmax: 3.0,
            ymax: 4.0,
        },
        class: 2,
    };
    let draw = |names: [&str; 3]| -> Vec<Figure> {
        let matrix = ConfusionMatrix::new(&[0, 1, 2], &[0, 1, 1], &names).expect("a matrix");
        vec![
            matrix.plot(),
            scatter("s", &points, &labels, &names),
            boundary("b", &points, &labels, &names, 4, |p| Ok(vec![0usize; p.len()])).expect("a figure"),
            Boxes::new("", &image).objects(&[object], &names).plot(),
        ]
    };
    for figure in draw(written) {
        assert!(!figure.alt().contains("lacks"), "{}", figure.alt());
    }
    // A number is drawn, and the caption says what it stands for.
    for (i, figure) in draw(odd).into_iter().enumerate() {
        assert!(
            figure.alt().contains("lacks letters") && figure.alt().contains("2 = قطة"),
            "{}",
            figure.alt()
        );
        let plain = ["0", "қиз", "2"];
        let named = ["class 0", "қиз", "class 2"];
        let same = draw(if i == 0 { plain } else { named }).remove(i).caption(figure.alt());
        assert_eq!(figure.bytes().unwrap(), same.bytes().unwrap(), "figure {i}");
    }
    // Where nobody knows a number, the letters are.
    let figure = Pictures::new("").picture([1, 2, 2], &[0.5; 4], "ねこ").plot();
    assert!(figure.alt().contains("lacks the letters こね"), "{}", figure.alt());
    assert!(figure.evcxr_content().contains("lacks the letters"));
    let pair = Figure::row(vec![
        figure,
        Pictures::new("").picture([1, 2, 2], &[0.5; 4], "cat").plot(),
    ]);
    assert!(pair.alt().contains("lacks the letters"));
    // A page has fonts of its own for vector figures.
    let chart = Chart::new("猫").line("a", &[1, 2], &[1, 2]).plot();
    assert!(svg_of(&chart).contains('猫') && !chart.alt().contains("lacks"));
}

#[test]
fn a_name_like_a_mark_of_the_kernel_breaks_no_frame() {
    for mark in [
        "EVCXR_END_CONTENT",
        "EVCXR_BEGIN_CONTENT text/plain",
        "EVCXR_PANIC_NOTIFICATION",
    ] {
        let chart = Chart::new(mark)
            .line(mark, &[1, 2], &[1, 2])
            .line("b", &[1, 2], &[2, 1])
            .x_label(mark);
        let bars = Bars::new(mark, &[mark, "b"]).series(mark, &[1, 2]);
        let picture = Pictures::new(mark).picture([1, 2, 2], &[0.5; 4], mark);
        for figure in [chart.plot(), bars.plot(), picture.plot(), chart.plot().caption(mark)] {
            let content = figure.evcxr_content();
            let lines: Vec<&str> = content
                .lines()
                .filter(|line| line.trim().starts_with("EVCXR_"))
                .collect();
            assert_eq!(lines.len(), 4, "{lines:?}");
            assert!(
                lines.iter().skip(1).step_by(2).all(|line| *line == "EVCXR_END_CONTENT"),
                "{lines:?}"
            );
        }
    }
}

#[test]
fn large_numbers_have_axes_or_are_refused() {
    let chart = |v: f64| Chart::new("c").line("a", &[1.0, 2.0, 3.0], &[0.0, v, 1.0]).plot();
    let bars = |v: f64| Bars::new("b", &["x", "y"]).series("a", &[1.0, v]).plot();
    for v in [1e149, 1e200, 1e300, -1e306] {
        for figure in [chart(v), bars(v)] {
            assert_eq!(figure.error(), None, "{v:e}");
            assert!(svg_of(&figure).contains('e'), "ticks with powers");
        }
    }
    for v in [f64::MAX, f64::MIN, 1e308] {
        for figure in [chart(v), bars(v)] {
            assert!(figure.error().is_some_and(|text| text.contains("1e307")), "{v:e}");
        }
    }
    let small = Chart::new("c").line("a", &[1.0, 2.0], &[1e-310, 1.0]).log_y().plot();
    assert!(small.error().is_some_and(|text| text.contains("1e-307")));
    // Gaps, as ever.
    for gap in [f64::NAN, f64::INFINITY] {
        assert_eq!(chart(gap).error(), None);
    }
}
