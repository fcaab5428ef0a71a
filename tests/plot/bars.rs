//! Bar charts and histograms: well-formed and complete, the bins as NumPy's; each is also written to the gallery for a
//! look by eye.

use gradus::plot::{Bars, Bins, Figure, Histogram};
use gradus_tests::load;
use proptest::prelude::*;
use serde::Deserialize;

use crate::gallery::{keep, rgb_of, svg_of};

/// Keeps a chart both ways; its pixels also show that nothing is cut off at the edges.
fn keep_bars(name: &str, bars: &Bars) -> Figure {
    keep(&format!("{name}_pixels"), &bars.plot_pixels());
    let figure = bars.plot();
    keep(name, &figure);
    figure
}

fn keep_histogram(name: &str, histogram: &Histogram) -> Figure {
    keep(&format!("{name}_pixels"), &histogram.plot_pixels());
    let figure = histogram.plot();
    keep(name, &figure);
    figure
}

fn scores() -> Bars {
    Bars::new("Scores of each class", &["setosa", "versicolor", "virginica"])
        .series("precision", &[1.0, 0.92, 0.88])
        .series("recall", &[1.0, 0.87, 0.93])
        .x_label("class")
        .y_label("score")
}

#[test]
fn bars_stand_side_by_side() {
    let figure = keep_bars("bars_scores", &scores().y_range(0.0, 1.1).numbers(2));
    assert_eq!(
        figure.alt(),
        "Scores of each class: precision, recall for setosa, versicolor, virginica"
    );
    let text = svg_of(&figure);
    for word in ["Scores of each class", "precision", "virginica", "0.87", "score"] {
        assert!(text.contains(word), "{word} is missing");
    }
    keep_bars("bars_errors", &scores().errors(&[0.0, 0.04, 0.05]).size(380, 300));
}

#[test]
fn bars_point_both_ways_and_lie_down() {
    let names = [
        "age",
        "body mass index",
        "smoker",
        "region: north-east, far from the sea",
    ];
    let weights = Bars::new("Weights of a neuron", &names)
        .series("weight", &[0.3, 0.12, 2.4, -0.7])
        .x_label("weight");
    keep_bars("bars_lying", &weights.clone().horizontal().numbers(1));
    keep_bars("bars_long_names", &weights.clone().y_label("weight").numbers(1));
    keep_bars(
        "bars_negative",
        &Bars::new("", &["a", "b"]).series("loss", &[-1.5, -0.25]).numbers(2),
    );
    let many: Vec<String> = (0..60).map(|i| format!("class number {i}")).collect();
    let counts: Vec<usize> = (0..60).map(|i| 3 + i * 37 % 50).collect();
    keep_bars("bars_many", &Bars::new("Many classes", &many).series("count", &counts));
    keep_bars(
        "bars_many_lying",
        &Bars::new("Many classes", &many).series("count", &counts).horizontal(),
    );
}

/// The bar must reach as high as its value, and start at 0.
#[test]
fn lengths_are_the_values() {
    let bars = Bars::new("", &["a", "b"])
        .series("x", &[1.0, 0.5])
        .y_range(0.0, 1.0)
        .size(400, 300);
    let (w, h, rgb) = rgb_of(&bars.plot_pixels().bytes().unwrap());
    let blue = |x: usize| {
        (0..h)
            .filter(|y| rgb[(y * w + x) * 3..(y * w + x) * 3 + 3] == [0, 114, 178])
            .count() as f64
    };
    let (first, second) = (blue(w / 4 + 10), blue(3 * w / 4 + 10));
    assert!(
        first > 200.0 && (second / first - 0.5).abs() < 0.02,
        "{first} and {second}"
    );
}

#[test]
fn gaps_and_mistakes_of_bars() {
    let gap = Bars::new("A gap", &["a", "b", "c"]).series("x", &[1.0, f64::NAN, 2.0]);
    keep_bars("bars_gap", &gap);
    let zero = Bars::new("Nothing", &["a", "b"]).series("x", &[0, 0]);
    keep_bars("bars_zero", &zero);
    for (bars, part) in [
        (Bars::new("t", &["a", "b"]).series("x", &[1.0]), "each of 2 categories"),
        (Bars::new("t", &["a"]).series("x", &[f64::NAN]), "finite number"),
        (Bars::new::<&str>("t", &[]), "at least one category"),
        (
            Bars::new("t", &["a"]).series("x", &[1]).y_range(2.0, 1.0),
            "smaller first",
        ),
        (
            Bars::new("t", &["a"]).series("x", &[1]).errors(&[1, 2]),
            "each of 1 categories",
        ),
    ] {
        let figure = bars.plot();
        assert!(figure.error().is_some_and(|e| e.contains(part)), "{:?}", figure.error());
    }
}

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    values: Vec<f64>,
    bins: Option<usize>,
    range: Option<[f64; 2]>,
    counts: Vec<usize>,
    edges: Vec<f64>,
    densities: Vec<f64>,
}

#[test]
fn bins_are_those_of_numpy() {
    let golden: Golden = load("plot/bars");
    assert_eq!(golden.cases.len(), 9);
    for case in &golden.cases {
        let name = &case.name;
        let bins = match (case.bins, case.range) {
            (None, None) => Bins::auto(&case.values),
            (count, range) => {
                let ends = range.unwrap_or_else(|| {
                    let fold = |f: fn(f64, f64) -> f64| case.values.iter().copied().reduce(f).unwrap();
                    [fold(f64::min), fold(f64::max)]
                });
                Bins::between(&case.values, count.unwrap(), ends[0], ends[1])
            }
        }
        .expect(name);
        assert_eq!(bins.counts(), case.counts, "{name}");
        let close = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-12 * b.abs().max(1.0))
        };
        assert!(close(bins.edges(), &case.edges), "{name}: {:?}", bins.edges());
        assert!(
            close(&bins.densities(), &case.densities),
            "{name}: {:?}",
            bins.densities()
        );
    }
}

proptest! {
    #[test]
    fn every_value_is_counted_once_and_in_its_bin(values in prop::collection::vec(-1e6f64..1e6, 1..200)) {
        let bins = Bins::auto(&values).unwrap();
        prop_assert_eq!(bins.counts().iter().sum::<usize>(), values.len());
        let last = bins.counts().len() - 1;
        for (i, ends) in bins.edges().windows(2).enumerate() {
            let inside = |v: f64| v >= ends[0] && (v < ends[1] || (i == last && v <= ends[1]));
            prop_assert_eq!(bins.counts()[i], values.iter().filter(|v| inside(**v)).count());
        }
        let area: f64 = bins.densities().iter().zip(bins.edges().windows(2)).map(|(d, e)| d * (e[1] - e[0])).sum();
        prop_assert!((area - 1.0).abs() < 1e-9);
    }
}

/// Division rounds, up as well as down. The edges decide, not the quotient.
#[test]
fn values_at_edges_lie_where_the_edges_say() {
    for (bins, to) in (1..=60).flat_map(|bins| [(bins, 3.0), (bins, 0.7), (bins, 4.9)]) {
        let ends = (0..=bins).map(|i| 0.1 + to * i as f64 / bins as f64);
        let values: Vec<f64> = ends.flat_map(|v| [v, v.next_down()]).collect();
        let counted = Bins::between(&values, bins, 0.1, 0.1 + to).unwrap();
        let edges = counted.edges();
        for (i, count) in counted.counts().iter().enumerate() {
            let inside = |v: f64| v >= edges[i] && (v < edges[i + 1] || (i + 1 == bins && v <= edges[i + 1]));
            assert_eq!(
                *count,
                values.iter().filter(|v| inside(**v)).count(),
                "bin {i} of {bins} to {to}"
            );
        }
    }
}

fn bell(n: usize, shift: f64) -> Vec<f64> {
    let noise = |i: usize| (i * 7919 % 1009) as f64 / 1009.0 - 0.5;
    (0..n)
        .map(|i| (0..6).map(|k| noise(i * 13 + k * 501)).sum::<f64>() + shift)
        .collect()
}

#[test]
fn distributions() {
    let one = Histogram::new("One set").values("x", &bell(400, 0.0)).x_label("x");
    let figure = keep_histogram("histogram_one", &one);
    assert_eq!(figure.alt(), "One set: histogram of x (over x)");
    assert!(svg_of(&figure).contains("count"));
    let two = Histogram::new("Two sets of different sizes")
        .values("smokers", &bell(200, 0.6))
        .values("others", &bell(900, 0.0));
    let two = two.x_label("charges, $").density();
    let text = svg_of(&keep_histogram("histogram_two", &two));
    assert!(text.contains("density") && text.contains("smokers") && text.contains("charges, $"));
    keep_histogram("histogram_small", &two.bins(12).size(340, 260));
}

#[test]
fn odd_values_and_mistakes_of_histograms() {
    keep_histogram(
        "histogram_constant",
        &Histogram::new("Constant").values("x", &[3.0; 50]),
    );
    keep_histogram(
        "histogram_gaps",
        &Histogram::new("").values("x", &[f64::NAN, 1.0, 2.0, f64::INFINITY]),
    );
    keep_histogram(
        "histogram_part",
        &Histogram::new("A part")
            .values("x", &bell(500, 0.0))
            .x_range(0.0, 9.0)
            .bins(9),
    );
    for (histogram, part) in [
        (Histogram::new("t"), "finite number"),
        (Histogram::new("t").values("x", &[f64::NAN]), "finite number"),
        (Histogram::new("t").values("x", &[1.0]).bins(0), "1 to 2000"),
        (
            Histogram::new("t").values("x", &[1.0]).x_range(2.0, 2.0),
            "smaller first",
        ),
    ] {
        let figure = histogram.plot();
        assert!(figure.error().is_some_and(|e| e.contains(part)), "{:?}", figure.error());
    }
}
