//! Figures of pixels: pictures, heatmaps, confusion matrices, decision boundaries, animations.

use gradus::metrics::ConfusionMatrix;
use gradus::plot::{Animation, Chart, Chart3D, ColorMap, Figure, Heatmap, Maps, Pictures, Surface, boundary, scatter};

use crate::gallery::{keep, rgb_of};

const FASHION: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// A ring whose place and size depend on `i`: something to look at.
fn ring(i: usize, side: usize) -> Vec<f32> {
    let s = side as f32;
    let (cx, cy, r) = (
        s * (0.4 + 0.02 * (i % 10) as f32),
        s * 0.5,
        s * (0.15 + 0.02 * (i % 7) as f32),
    );
    (0..side * side)
        .map(|p| ((p % side) as f32 - cx).hypot((p / side) as f32 - cy))
        .map(|d| (1.0 - (d - r).abs() / (0.08 * s)).clamp(0.0, 1.0))
        .collect()
}

/// Two interleaved half circles, and their classes.
fn moons(n: usize) -> (Vec<[f32; 2]>, Vec<usize>) {
    let point = |i: usize| {
        let t = (i / 2) as f32 / (n / 2) as f32 * std::f32::consts::PI;
        let shake = ((i * 7919 % 101) as f32 / 101.0 - 0.5) * 0.25;
        if i.is_multiple_of(2) {
            [t.cos(), t.sin() + shake]
        } else {
            [1.0 - t.cos() + shake, 0.5 - t.sin()]
        }
    };
    ((0..n).map(point).collect(), (0..n).map(|i| i % 2).collect())
}

#[test]
fn pictures() {
    let mut plain = Pictures::new("The first 24 pictures of the training set");
    let mut judged = Pictures::new("Predictions");
    for i in 0..24 {
        plain = plain.picture([1, 28, 28], &ring(i, 28), FASHION[i % 10]);
    }
    for (i, class) in FASHION.iter().enumerate() {
        judged = judged.judged([1, 28, 28], &ring(i, 28), &format!("{class} 98 %"), i % 4 != 3);
    }
    keep("pictures", &plain.plot());
    keep("pictures_judged", &judged.plot());
    let color: Vec<f32> = [ring(1, 32), ring(4, 32), ring(6, 32)].concat();
    keep(
        "picture_single",
        &Pictures::new("").picture([3, 32, 32], &color, "frog").plot(),
    );
    let large: Vec<f32> = (0..3 * 200 * 300).map(|p| (p % 300) as f32 / 300.0).collect();
    keep(
        "picture_photo",
        &Pictures::new("A photograph").picture([3, 200, 300], &large, "").plot(),
    );
}

#[test]
fn a_pair_is_two_pictures_with_a_white_line_between() {
    let (left, right) = ([0.0, 0.5, 0.25, 0.75], [1.0, 0.0, 0.0, 1.0]);
    let pairs = Pictures::new("").pair([1, 2, 2], &left, &right, "");
    let one = Pictures::new("").picture([1, 2, 5], &[0.0, 0.5, 1.0, 1.0, 0.0, 0.25, 0.75, 1.0, 0.0, 1.0], "");
    assert_eq!(pairs.plot().bytes().unwrap(), one.plot().bytes().unwrap());
    let digits = Pictures::new("Samples, each beside the nearest training picture").columns(4);
    let digits = (0..8).fold(digits, |sheet, i| {
        sheet.pair(
            [1, 28, 28],
            &ring(i, 28),
            &ring(i + 1, 28),
            &format!("{:.1} apart", i as f32),
        )
    });
    keep("picture_pairs", &digits.plot());
    let wrong = Pictures::new("").pair([1, 2, 2], &left, &right[..3], "").plot();
    assert!(wrong.error().unwrap().contains("3 values"), "{:?}", wrong.error());
}

#[test]
fn every_pixel_of_a_picture_is_shown_at_the_same_size() {
    let values: Vec<f32> = (0..28 * 28).map(|p| f32::from(u8::from(p / 28 % 2 == p % 2))).collect();
    let figure = Pictures::new("").picture([1, 28, 28], &values, "").plot();
    let (w, h, rgb) = rgb_of(&figure.bytes().unwrap());
    assert_eq!(figure.size(), (w as u32, h as u32));
    // Inside its frame the picture is a checkerboard of 11 × 11 blocks, nothing between black and white.
    let block = (w - 20) / 28;
    assert_eq!(block, 11);
    for y in 10..10 + 28 * block {
        for x in 10..10 + 28 * block {
            let expected = if ((y - 10) / block + (x - 10) / block).is_multiple_of(2) {
                255
            } else {
                0
            };
            assert_eq!(rgb[(y * w + x) * 3], expected, "at {x}, {y}");
        }
    }
}

#[test]
fn weights_and_feature_maps() {
    let filters: Vec<f32> = (0..16 * 25)
        .map(|i| ((i * 37 % 100) as f32 / 50.0 - 1.0) * 0.3)
        .collect();
    keep(
        "maps_filters",
        &Maps::new("Filters of the first layer", 5, 5, &filters).plot(),
    );
    let maps: Vec<f32> = (0..32).flat_map(|i| ring(i, 12)).collect();
    let names: Vec<String> = (0..32).map(|i| i.to_string()).collect();
    let maps = Maps::new("Feature maps", 12, 12, &maps)
        .colors(ColorMap::Viridis)
        .names(&names)
        .own_scales();
    keep("maps_features", &maps.plot());
    keep(
        "maps_one_row",
        &Maps::new("Weights of four neurons", 28, 28, &ring(3, 28).repeat(4)).plot(),
    );
}

#[test]
fn heatmaps() {
    let values: Vec<f32> = (0..12).map(|i| (i as f32 - 4.0) * 0.31).collect();
    let small = Heatmap::new("A weight matrix", 3, 4, &values)
        .colors(ColorMap::BlueRed)
        .numbers(2);
    keep("heatmap_numbers", &small.x_label("input").y_label("neuron").plot());
    let mut wide: Vec<f32> = (0..10 * 784).map(|i| (i as f32 * 0.01).sin()).collect();
    wide[5] = f32::NAN;
    keep(
        "heatmap_wide",
        &Heatmap::new("Weights of a linear model", 10, 784, &wide)
            .x_label("pixel")
            .y_label("digit")
            .plot(),
    );
    let picture = Heatmap::new("A digit as a matrix", 28, 28, &ring(2, 28)).colors(ColorMap::Gray);
    keep("heatmap_square", &picture.x_label("column").y_label("row").plot());
    keep("heatmap_cell", &Heatmap::new("", 1, 1, &[3.0]).numbers(0).plot());
}

#[test]
fn confusion_matrices() {
    let truth: Vec<usize> = (0..10_000).map(|i| i % 10).collect();
    let predicted: Vec<usize> = truth
        .iter()
        .enumerate()
        .map(|(i, &t)| if i * 7919 % 97 < 9 { (t + i / 10 % 6) % 10 } else { t })
        .collect();
    keep(
        "confusion_fashion",
        &ConfusionMatrix::new(&truth, &predicted, &FASHION).unwrap().plot(),
    );
    let digits: Vec<String> = (0..10).map(|d| d.to_string()).collect();
    let figure = ConfusionMatrix::new(&truth, &predicted, &digits).unwrap().plot();
    keep("confusion_digits", &figure);
    assert!(
        figure.alt().contains("accuracy 9") && figure.alt().contains("taken for"),
        "{}",
        figure.alt()
    );
    keep(
        "confusion_binary",
        &ConfusionMatrix::new(&[0, 0, 1, 1, 1], &[0, 1, 1, 1, 1], &["no", "yes"])
            .unwrap()
            .plot(),
    );
    keep(
        "confusion_empty_class",
        &ConfusionMatrix::new(&[0, 0], &[0, 1], &["a", "b", "c"]).unwrap().plot(),
    );
}

#[test]
fn points_and_boundaries() {
    let (points, labels) = moons(300);
    keep(
        "scatter",
        &scatter("Two moons", &points, &labels, &["upper moon", "lower moon"]),
    );
    let score = |p: &[f32; 2]| 1.0 / (1.0 + (8.0 * (p[1] - 0.25 - 0.5 * (p[0] * 2.0).cos())).exp());
    let sure = boundary(
        "A model of two moons",
        &points,
        &labels,
        &["upper", "lower"],
        150,
        |grid| Ok(grid.iter().map(score).collect::<Vec<f32>>()),
    );
    keep("boundary_probability", &sure.unwrap());
    let (points, labels): (Vec<_>, Vec<_>) = (0..200)
        .map(|i| (i % 4, i as f32 * 0.7))
        .map(|(c, a)| {
            (
                [
                    c as f32 % 2.0 * 4.0 + a.sin() * 1.7,
                    (c / 2) as f32 * 4.0 + (a * 1.3).cos() * 1.7,
                ],
                c,
            )
        })
        .unzip();
    let hard = boundary("Four blobs", &points, &labels, &["a", "b", "c", "d"], 120, |grid| {
        let class = |p: &[f32; 2]| usize::from(p[0] > 2.0) + 2 * usize::from(p[1] > 2.0);
        Ok(grid.iter().map(class).collect::<Vec<usize>>())
    });
    keep("boundary_classes", &hard.unwrap());
}

#[test]
fn the_boundary_is_where_the_model_says() {
    let points = [[0.0, 0.0], [1.0, 1.0]];
    let figure = boundary("", &points, &[0, 1], &["left", "right"], 100, |grid| {
        assert_eq!(grid.len(), 10_000);
        // The first point is the upper left corner.
        assert!(grid[0][0] < grid[99][0] && grid[0][1] > grid[9_900][1]);
        Ok(grid.iter().map(|p| usize::from(p[0] > 0.5)).collect::<Vec<_>>())
    });
    let figure = figure.unwrap();
    let (w, h, rgb) = rgb_of(&figure.bytes().unwrap());
    let at = |x: usize, y: usize| [0, 1, 2].map(|c| rgb[(y * w + x) * 3 + c]);
    let row = h / 4;
    let (left, right) = (at(w / 5, row), at(w * 3 / 5, row));
    assert!(left[2] > left[0] + 40, "blue on the left: {left:?}");
    assert!(right[0] > right[2] + 40, "orange on the right: {right:?}");
}

#[test]
fn compositions() {
    let chart = |name: &str| {
        Chart::new(name)
            .function("sin", 0.0, 6.0, f64::sin)
            .x_label("x")
            .y_label("y")
            .size(360, 280)
    };
    let row = Figure::row(vec![chart("Loss").plot(), chart("Accuracy").log_y().plot()]);
    assert_eq!((row.mime(), row.size()), ("image/svg+xml", (720, 280)));
    keep("row_charts", &row);
    let picture = Pictures::new("Input").picture([1, 28, 28], &ring(1, 28), "7").plot();
    keep("row_mixed", &Figure::row(vec![picture.clone(), chart("Output").plot()]));
    let pixels = Figure::grid(vec![picture.clone(), picture.clone(), picture.clone()], 2);
    assert_eq!(pixels.mime(), "image/png");
    keep("grid_pixels", &pixels);
    assert!(Figure::row(Vec::new()).error().is_some());
    let broken = Figure::column(vec![picture, Chart::new("empty").plot()]);
    assert!(
        broken.error().is_some_and(|e| e.contains("none of them drawable")),
        "{broken}"
    );
}

#[test]
fn animations() {
    let mut film = Animation::new(0.1).caption("A wave that moves");
    for i in 0..20 {
        let shift = f64::from(i) * 0.3;
        let chart = Chart::new("A wave")
            .function("", 0.0, 6.0, move |x| (x + shift).sin())
            .y_range(-1.2, 1.2);
        film.push(&chart.size(480, 300).plot_pixels()).unwrap();
    }
    let figure = film.plot();
    keep("animation", &figure);
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let bytes = figure.bytes().unwrap();
    let mut decoder = options.read_info(bytes.as_slice()).unwrap();
    assert_eq!((decoder.width(), decoder.height()), (480, 300));
    let mut frames = 0;
    while decoder.read_next_frame().unwrap().is_some() {
        frames += 1;
    }
    assert_eq!(frames, 20);
    let tight = film.clone().budget(bytes.len() / 3).plot();
    assert!(tight.error().is_none() && tight.bytes().unwrap().len() <= bytes.len() / 3);
    let bytes = tight.bytes().unwrap();
    let mut decoder = gif::DecodeOptions::new().read_info(bytes.as_slice()).unwrap();
    let mut total = 0;
    let mut kept = 0;
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        (total, kept) = (total + u32::from(frame.delay), kept + 1);
    }
    assert!(
        (3..20).contains(&kept) && (200..400).contains(&total),
        "{kept} frames, {total}"
    );
    assert!(film.clone().budget(10).plot().error().is_some());
    assert!(film.push(&Chart::new("empty").plot()).is_err());
    assert!(Animation::new(0.1).plot().error().is_some());
}

#[test]
fn the_ground_of_an_animation_stays_white() {
    let waves = Surface::new((0.0, 6.0), (0.0, 6.0), |[x, y]| x.sin() * y.cos());
    let mut film = Animation::new(0.1);
    for i in 0..3 {
        let view = Chart3D::new("Waves").surface(&waves).view(10.0 * f64::from(i), 40.0);
        film.push(&view.plot_pixels()).unwrap();
    }
    let bytes = film.plot().bytes().unwrap();
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes.as_slice()).unwrap();
    let first = decoder.read_next_frame().unwrap().unwrap();
    assert_eq!(first.buffer[..4], [255; 4]);
    let walls = first.buffer.chunks(4).filter(|p| **p == [247, 247, 247, 255]).count();
    assert!(walls > 5_000, "{walls} pixels of the walls");
}

#[test]
fn an_animation_shows_exactly_its_frames() {
    let frames: Vec<Figure> = [1, 4, 4, 9]
        .map(|i| {
            Pictures::new("")
                .picture([1, 28, 28], &ring(i, 28), &i.to_string())
                .plot()
        })
        .to_vec();
    let mut film = Animation::new(0.25);
    frames.iter().for_each(|f| film.push(f).unwrap());
    let bytes = film.plot().bytes().unwrap();
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes.as_slice()).unwrap();
    let width = usize::from(decoder.width());
    let mut screen = vec![0u8; width * usize::from(decoder.height()) * 3];
    let mut delays = Vec::new();
    for figure in &frames {
        let frame = decoder
            .read_next_frame()
            .unwrap()
            .expect("as many frames as were pushed");
        for (i, pixel) in frame.buffer.chunks_exact(4).enumerate() {
            let (w, x, y) = (
                usize::from(frame.width),
                usize::from(frame.left),
                usize::from(frame.top),
            );
            let at = ((y + i / w) * width + x + i % w) * 3;
            if pixel[3] == 255 {
                screen[at..at + 3].copy_from_slice(&pixel[..3]);
            }
        }
        delays.push(frame.delay);
        // Up to 255 colours are kept as they are; grey pictures have about as many, so allow one step.
        let (_, _, rgb) = rgb_of(&figure.bytes().unwrap());
        let worst = rgb.iter().zip(&screen).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(1), "{worst:?}");
    }
    assert!(decoder.read_next_frame().unwrap().is_none());
    assert_eq!(delays, [25, 25, 25, 100]);
}
