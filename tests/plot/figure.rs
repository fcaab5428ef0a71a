//! What all figures promise: framing for the notebook, files, captions, and messages instead of panics.

use gradus::Error;
use gradus::data;
use gradus::plot::{Animation, Chart, Figure, Heatmap, Maps, Pictures, boundary, scatter};

use crate::gallery::{gallery, keep, svg_of};

fn chart() -> Figure {
    Chart::new("Loss")
        .line("train", &[1, 2, 3], &[3.0, 2.0, 1.5])
        .x_label("epoch")
        .plot()
}

fn picture() -> Figure {
    Pictures::new("").picture([1, 2, 2], &[0.0, 1.0, 0.5, 0.2], "").plot()
}

fn film() -> Figure {
    let mut film = Animation::new(0.2).caption("A blinking <picture>");
    for v in [0.0, 1.0] {
        film.push(&Pictures::new("").picture([1, 2, 2], &[v; 4], "").plot())
            .unwrap();
    }
    film.plot()
}

/// The contents by MIME type, read as the kernel reads its child's output, line by line.
fn received(printed: &str) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    let mut lines = printed.lines();
    while let Some(line) = lines.next() {
        let mime = line
            .strip_prefix("EVCXR_BEGIN_CONTENT ")
            .expect("nothing outside the frames");
        let content: Vec<&str> = lines.by_ref().take_while(|&l| l != "EVCXR_END_CONTENT").collect();
        parts.push((mime.to_string(), content.join("\n")));
    }
    assert!(printed.ends_with("EVCXR_END_CONTENT\n"));
    parts
}

#[test]
fn the_kernel_receives_an_image_and_its_caption() {
    let parts = received(&chart().caption("Loss falls").evcxr_content());
    let mimes: Vec<&str> = parts.iter().map(|p| p.0.as_str()).collect();
    assert_eq!(mimes, ["image/svg+xml", "text/plain"]);
    assert!(parts[0].1.starts_with("<svg ") && parts[0].1.ends_with("</svg>"));
    assert_eq!(parts[1].1, "Loss falls");

    let parts = received(&picture().caption("Four pixels").evcxr_content());
    assert_eq!((parts[0].0.as_str(), parts[1].0.as_str()), ("image/png", "text/plain"));
    // The base64 of a PNG file's first six bytes, and no line break.
    assert!(parts[0].1.starts_with("iVBORw0K") && !parts[0].1.contains('\n'));

    let parts = received(&film().evcxr_content());
    let mimes: Vec<&str> = parts.iter().map(|p| p.0.as_str()).collect();
    assert_eq!(mimes, ["text/html", "image/png", "text/plain"]);
    assert!(parts[0].1.starts_with("<img src=\"data:image/gif;base64,R0lGODlh"));
    assert!(parts[0].1.contains("alt=\"A blinking &lt;picture&gt;\""));
}

#[test]
fn no_caption_can_break_the_frame_or_the_xml() {
    let nasty = "a < b & \"c\"\nEVCXR_END_CONTENT\n]]> \u{0}\u{1b}[31m 'd' \u{fffe}";
    for figure in [chart(), picture(), film()] {
        let parts = received(&figure.caption(nasty).evcxr_content());
        let text = &parts.last().unwrap().1;
        assert_eq!(text, "a < b & \"c\" EVCXR_END_CONTENT ]]> [31m 'd'");
    }
    svg_of(&chart().caption(nasty));
    let figure = Chart::new(nasty)
        .line(nasty, &[1], &[1])
        .line("b", &[1], &[2])
        .x_label(nasty)
        .y_label(nasty)
        .plot();
    svg_of(&figure);
    assert_eq!(received(&figure.evcxr_content()).len(), 2);
}

#[test]
fn figures_are_saved_under_their_own_ending_only() {
    for (figure, ending, start) in [
        (chart(), "svg", "<svg"),
        (picture(), "png", "\u{89}PNG"),
        (film(), "GIF", "GIF89a"),
    ] {
        let path = gallery().join(format!("saved.{ending}"));
        figure.save(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let latin: String = bytes
            .iter()
            .take(start.chars().count())
            .map(|&b| char::from(b))
            .collect();
        assert_eq!(latin, start);
        for name in ["figure.jpg", "figure", "figure.svg.txt"] {
            let error = figure.save(gallery().join(name)).unwrap_err().to_string();
            assert!(
                error.contains("ending") && error.contains(&ending.to_lowercase()),
                "{error}"
            );
            assert!(!gallery().join(name).exists());
        }
    }
    let nowhere = gallery().join("no such folder").join("a.svg");
    assert!(matches!(chart().save(&nowhere), Err(Error::Io { path, .. }) if path == nowhere));
}

#[test]
fn short_texts() {
    assert_eq!(
        chart().to_string(),
        "Loss: train (over epoch) (image/svg+xml, 700 × 360 pixels)"
    );
    assert!(format!("{:?}", picture()).len() < 120);
}

#[test]
fn impossible_figures_carry_their_reason() {
    let none: [f32; 0] = [];
    let cases: Vec<(Figure, &str)> = vec![
        (Chart::new("t").line("a", &[1, 2], &[1.0]).plot(), "2 x and 1 y"),
        (Chart::new("t").plot(), "at least one finite number"),
        (
            Chart::new("t").line("a", &[1], &[f32::NAN]).plot(),
            "none of them drawable",
        ),
        (
            Chart::new("t").line("a", &[1], &[-1]).log_y().plot(),
            "at least one positive number",
        ),
        (
            Chart::new("t").line("a", &[1], &[1]).y_range(2.0, 1.0).plot(),
            "the smaller first",
        ),
        (
            Chart::new("t").line("a", &[1], &[1]).y_range(-1.0, 1.0).log_y().plot(),
            "two positive numbers",
        ),
        (
            Chart::new("t").line("a", &[1], &[1]).size(9000, 300).plot(),
            "1 to 4000 pixels",
        ),
        (Heatmap::new("t", 2, 2, &[1.0]).plot(), "2 × 2"),
        (Heatmap::new("t", usize::MAX, 2, &[1.0]).plot(), "got 1"),
        (Heatmap::new("t", 0, 0, &none).plot(), "at least one"),
        (
            Heatmap::new("t", 1, 1, &[1.0]).row_labels(&["a", "b"]).plot(),
            "row labels",
        ),
        (
            Heatmap::new("t", 1, 1, &[1.0]).range(f32::NAN, 1.0).plot(),
            "the smaller first",
        ),
        (Heatmap::new("t", 5000, 1, &[0.0; 5000]).plot(), "draw fewer rows"),
        (Pictures::new("t").plot(), "at least one picture"),
        (
            Pictures::new("t").picture([2, 1, 1], &[0.0, 0.0], "").plot(),
            "1 or 3 channels",
        ),
        (Pictures::new("t").picture([1, 2, 2], &[0.0], "").plot(), "1 values"),
        (
            Pictures::new("t").picture([3, usize::MAX, 2], &[0.0], "").plot(),
            "1 values",
        ),
        (Maps::new("t", 2, 2, &[0.0; 7]).plot(), "a multiple of 2 × 2"),
        (Maps::new("t", 0, 2, &none).plot(), "a multiple of 0 × 2"),
        (scatter("t", &[[0.0, 0.0]], &[], &["a"]), "1 points, 0 labels"),
        (
            scatter("t", &[[f32::NAN, 0.0]], &[0], &["a"]),
            "at least one finite point",
        ),
    ];
    for (i, (figure, says)) in cases.iter().enumerate() {
        let error = figure.error().unwrap_or_else(|| panic!("case {i} was drawn"));
        assert!(error.contains(says), "case {i}: {error}");
        assert!(figure.alt().contains(says), "case {i}");
        assert!(matches!(figure.save(gallery().join("never.svg")), Err(Error::Plot(_))));
        // The message itself is a sound figure.
        svg_of(figure);
    }
    std::fs::write(gallery().join("message.svg"), cases[0].0.bytes().unwrap()).unwrap();
}

#[test]
fn a_boundary_passes_the_models_error_on() {
    let (points, labels, names) = ([[0.0, 0.0], [1.0, 1.0]], [0, 1], ["a", "b"]);
    let failing = |_: &[[f32; 2]]| Err::<Vec<usize>, _>(Error::Plot("the model broke".into()));
    let error = boundary("t", &points, &labels, &names, 10, failing).unwrap_err();
    assert_eq!(error.to_string(), "plot: the model broke");
    let error = boundary("t", &points, &labels, &names, 10, |_| Ok(vec![0usize; 3])).unwrap_err();
    assert!(
        error.to_string().contains("one for each of 100 grid points, got 3"),
        "{error}"
    );
    let error = boundary("t", &points, &labels, &names, 1, |_| Ok(vec![0usize])).unwrap_err();
    assert!(error.to_string().contains("2 to 1000"), "{error}");
    // Rows without probabilities and broken numbers are grey, not a panic.
    let odd = boundary("t", &points, &labels, &names, 2, |_| {
        Ok(vec![vec![], vec![f32::NAN], vec![0.5], vec![0.1, 0.9]])
    });
    assert!(odd.is_ok());
}

#[test]
fn data_sets_and_pictures_draw_themselves() {
    let (train, _) = data::digits().unwrap();
    keep("dataset_grid", &train.grid(24));
    keep("dataset_image", &train.image(3).unwrap().plot());
    assert_eq!(train.grid(0).error(), train.take(0).grid(5).error());
    assert!(
        train
            .scatter()
            .error()
            .is_some_and(|e| e.contains("samples of shape [2]"))
    );
    let moons = data::moons(200, 0.1, 1).unwrap();
    keep("dataset_scatter", &moons.scatter());
    assert_eq!(moons.points().unwrap().len(), 200);
    assert!(moons.grid(3).error().is_some());
}
