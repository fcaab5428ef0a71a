//! Charts as frames: vector figures drawn again as pixels, and frames of different sizes in one animation.

use gradus::Error;
use gradus::plot::{Animation, Chart, Figure, Heatmap, Pictures};

use crate::gallery::{keep, rgb_of};

fn pixels(figure: &Figure) -> (usize, usize, Vec<u8>) {
    rgb_of(&figure.bytes().unwrap())
}

/// The mean distance of two pictures, in steps of 255.
fn distance(a: &Figure, b: &Figure) -> f64 {
    let ((aw, ah, a), (bw, bh, b)) = (pixels(a), pixels(b));
    assert_eq!((aw, ah), (bw, bh));
    let sum: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    sum / a.len() as f64
}

/// Lines, every mark, a legend, text in three alignments and upwards, a logarithmic axis.
fn chart() -> Chart {
    let x: Vec<f64> = (1..=9).map(f64::from).collect();
    let y = |k: f64| -> Vec<f64> { x.iter().map(|x| (x * k).exp()).collect() };
    let chart = Chart::new("Marks, lines and text").line("joined", &x, &y(0.1));
    let chart = chart.points("squares", &x, &y(0.2)).points("triangles", &x, &y(0.3));
    chart
        .points("diamonds", &x, &y(0.4))
        .log_y()
        .x_label("the variable x")
        .y_label("the value, upwards")
}

#[test]
fn a_chart_looks_the_same_as_vectors_and_as_pixels() {
    let (replayed, direct) = (chart().plot().to_pixels(), chart().plot_pixels());
    keep("replayed", &replayed);
    keep("direct", &direct);
    assert_eq!(
        (replayed.mime(), replayed.alt(), replayed.size()),
        ("image/png", direct.alt(), direct.size())
    );
    let far = distance(&replayed, &direct);
    // Positions are rounded to quarters and thirds of a pixel; a chart that lacks its labels is 2 away.
    assert!(far < 1.0, "{far}");
    let white = Figure::grid(
        vec![Chart::new("").line("", &[0], &[0]).size(700, 360).plot_pixels()],
        1,
    );
    assert!(distance(&direct, &white) > 4.0, "the measure sees a difference");
}

#[test]
fn compositions_become_pixels_part_by_part() {
    let picture = Pictures::new("")
        .picture([1, 2, 2], &[0.0, 1.0, 0.5, 0.2], "four pixels")
        .plot();
    let chart = chart().size(320, 240);
    let vectors = Figure::row(vec![chart.plot(), Figure::column(vec![picture.clone(), chart.plot()])]);
    let direct = Figure::row(vec![
        chart.plot_pixels(),
        Figure::column(vec![picture, chart.plot_pixels()]),
    ]);
    assert_eq!((vectors.mime(), direct.mime()), ("image/svg+xml", "image/png"));
    keep("replayed_grid", &vectors.to_pixels());
    assert_eq!(vectors.to_pixels().alt(), vectors.alt());
    let far = distance(&vectors.to_pixels(), &direct);
    assert!(far < 1.0, "{far}");
}

#[test]
fn pixels_and_animations_stay_what_they_are() {
    let heat = Heatmap::new("", 1, 2, &[0.0, 1.0]).plot();
    assert_eq!(heat.to_pixels().bytes().unwrap(), heat.bytes().unwrap());
    let mut film = Animation::new(0.1);
    film.push(&Heatmap::new("", 1, 2, &[1.0, 0.0]).plot()).unwrap();
    film.push(&heat).unwrap();
    assert_eq!(distance(&film.plot().to_pixels(), &heat), 0.0, "the last frame");
    let broken = Chart::new("t").plot();
    assert_eq!(broken.to_pixels().error(), broken.error());
    assert!(broken.error().is_some() && matches!(film.push(&broken), Err(Error::Plot(_))));
    assert_eq!(film.len(), 2, "what could not be drawn is no frame");
}

#[test]
fn charts_are_frames() {
    let mut film = Animation::new(0.1).caption("A line that grows");
    for n in 2..12usize {
        let x: Vec<usize> = (0..n).collect();
        let chart = Chart::new("A line that grows")
            .line("", &x, &x)
            .x_range(0.0, 12.0)
            .y_range(0.0, 12.0);
        film.push(&chart.x_label("x").plot()).unwrap();
    }
    let figure = film.plot();
    keep("film_of_charts", &figure);
    assert!(figure.bytes().unwrap().len() < 60_000);
}

#[test]
fn smaller_frames_are_filled_up_with_white() {
    let frame = |w: usize, h: usize| Pictures::new("").picture([1, h, w], &vec![0.0; w * h], "").plot();
    let (small, wide, tall) = (frame(4, 4), frame(28, 4), frame(4, 28));
    let mut film = Animation::new(0.1);
    for figure in [&wide, &tall, &small] {
        film.push(figure).unwrap();
    }
    let last = film.plot().to_pixels();
    let (size, inner) = (last.size(), small.size());
    let largest = |side: fn(&Figure) -> u32| [&wide, &tall, &small].map(side).into_iter().max().unwrap();
    assert_eq!(size, (largest(|f| f.size().0), largest(|f| f.size().1)));
    assert!(inner.0 < size.0 || inner.1 < size.1);
    let ((w, h, rgb), (_, _, before)) = (pixels(&last), pixels(&small));
    for at in 0..w * h {
        let (x, y) = (at % w, at / w);
        let expected = if x < inner.0 as usize && y < inner.1 as usize {
            let at = 3 * (y * inner.0 as usize + x);
            &before[at..at + 3]
        } else {
            &[255; 3]
        };
        assert_eq!(&rgb[3 * at..3 * at + 3], expected, "at {x}, {y}");
    }
}
