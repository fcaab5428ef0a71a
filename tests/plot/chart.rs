//! Line charts: well-formed, small, complete; each is also written to the gallery for a look by eye.

use gradus::plot::{Chart, Figure};

use crate::gallery::{keep, svg_of};

/// Keeps a chart both ways; its pixels also show that nothing is cut off at the edges.
fn keep_both(name: &str, chart: &Chart) -> Figure {
    keep(&format!("{name}_pixels"), &chart.plot_pixels());
    let figure = chart.plot();
    keep(name, &figure);
    figure
}

fn curves() -> Chart {
    let epochs: Vec<usize> = (1..=10).collect();
    let train: Vec<f64> = epochs.iter().map(|&e| 2.2 * (-0.4 * e as f64).exp() + 0.05).collect();
    let valid: Vec<f64> = epochs.iter().map(|&e| 2.1 * (-0.35 * e as f64).exp() + 0.21).collect();
    Chart::new("Learning curve")
        .line("training", &epochs, &train)
        .line("validation", &epochs, &valid)
        .x_label("epoch")
        .y_label("loss (cross-entropy)")
}

#[test]
fn learning_curves() {
    let figure = keep_both("chart_curves", &curves());
    assert_eq!(
        figure.alt(),
        "Learning curve: training, validation (loss (cross-entropy) over epoch)"
    );
    let text = svg_of(&figure);
    for word in [
        "Learning curve",
        "training",
        "validation",
        "epoch",
        "loss (cross-entropy)",
        "10",
    ] {
        assert!(text.contains(word), "{word} is missing");
    }
    keep_both("chart_curves_small", &curves().size(380, 280));
    keep_both("chart_log_y", &curves().log_y());
}

#[test]
fn one_epoch_and_many_series() {
    keep_both(
        "chart_single",
        &Chart::new("One epoch")
            .line("training", &[1], &[0.4])
            .line("validation", &[1], &[0.5])
            .x_label("epoch")
            .y_label("loss"),
    );
    let mut chart = Chart::new("Ten series with long names").x_label("x").y_label("y");
    for i in 0..10 {
        chart = chart.function(&format!("a long name {i}"), 0.0, 6.0, move |x| {
            (x + f64::from(i) * 0.3).sin()
        });
    }
    keep_both("chart_ten", &chart);
}

#[test]
fn long_curves_stay_small_and_keep_their_peaks() {
    let n = 60_000;
    let steps: Vec<usize> = (0..n).collect();
    let noise = |i: usize| (i * 7919 % 1009) as f64 / 1009.0;
    let mut chart = Chart::new("Loss of every batch").x_label("batch").y_label("loss");
    for s in 0..4 {
        let y: Vec<f64> = steps
            .iter()
            .map(|&i| 2.0 / (1.0 + i as f64 / 5e3) + s as f64 + 0.4 * noise(i + s))
            .collect();
        chart = chart.line(&format!("run {s}"), &steps, &y);
    }
    keep_both("chart_long", &chart);
}

#[test]
fn many_points_become_pixels() {
    let x: Vec<f64> = (0..2000).map(|i| f64::from(i * 7919 % 2003) / 2003.0).collect();
    let y: Vec<f64> = x
        .iter()
        .enumerate()
        .map(|(i, x)| 3.0 * x + (i * 31 % 97) as f64 / 97.0)
        .collect();
    let chart = Chart::new("House prices")
        .points("houses", &x, &y)
        .line("fit", &[0.0, 1.0], &[0.5, 3.5]);
    let figure = chart.x_label("size").y_label("price").plot();
    assert_eq!(figure.mime(), "image/png");
    keep("chart_points", &figure);
    let few = Chart::new("Few")
        .points("a", &x[..40], &y[..40])
        .points("b", &x[40..80], &y[40..80])
        .plot();
    assert_eq!(few.mime(), "image/svg+xml");
    keep("chart_few_points", &few);
}

#[test]
fn gaps_ranges_and_extremes() {
    let x: Vec<f64> = (0..100).map(f64::from).collect();
    let y: Vec<f64> = x
        .iter()
        .map(|&x| {
            if (40.0..50.0).contains(&x) {
                f64::NAN
            } else {
                (x / 9.0).sin()
            }
        })
        .collect();
    let figure = keep_both("chart_gap", &Chart::new("A gap").line("y", &x, &y));
    assert_eq!(
        svg_of(&figure).matches("<polyline").count(),
        2,
        "one line on each side of the gap"
    );
    let figure = keep_both(
        "chart_cut",
        &Chart::new("Cut off")
            .function("tan", -4.0, 4.0, f64::tan)
            .y_range(-3.0, 3.0),
    );
    let text = svg_of(&figure);
    let curves: Vec<&str> = text.split(" points=\"").skip(1).collect();
    assert!(curves.len() >= 3, "three branches");
    assert!(
        curves.iter().all(|c| !c.split('"').next().unwrap().contains('-')),
        "inside the figure"
    );
    let huge = Chart::new("Huge")
        .line("y", &[0, 1, 2], &[1e30, -2e30, f64::INFINITY])
        .y_label("a long name of y");
    keep_both("chart_huge", &huge);
    let tiny = Chart::new("Learning-rate sweep").line("loss", &[1e-6, 1e-4, 1e-2, 1.0], &[2.3, 2.2, 0.4, 9.0]);
    keep_both("chart_log_x", &tiny.log_x().x_label("learning rate").y_label("loss"));
    keep_both(
        "chart_least",
        &Chart::new("A title too long for so small a chart")
            .line("y", &x, &y)
            .size(1, 1)
            .x_label("a long label of x")
            .y_label("a long label of y"),
    );
}
