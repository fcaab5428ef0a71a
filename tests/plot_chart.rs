//! Line charts: well-formed, small, complete; each is also written to the gallery for a look by eye.

mod plot_gallery;

use gradus::plot::Chart;
use plot_gallery::{keep, svg_of};

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
    let figure = curves().plot();
    keep("chart_curves", &figure);
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
    keep("chart_curves_pixels", &curves().plot_pixels());
    keep("chart_curves_small", &curves().size(380, 280).plot());
    keep("chart_log_y", &curves().log_y().plot());
}

#[test]
fn one_epoch_and_many_series() {
    keep(
        "chart_single",
        &Chart::new("One epoch")
            .line("training", &[1], &[0.4])
            .line("validation", &[1], &[0.5])
            .x_label("epoch")
            .y_label("loss")
            .plot(),
    );
    let mut chart = Chart::new("Ten series with long names").x_label("x").y_label("y");
    for i in 0..10 {
        chart = chart.function(&format!("a long name {i}"), 0.0, 6.0, move |x| {
            (x + f64::from(i) * 0.3).sin()
        });
    }
    keep("chart_ten", &chart.plot());
}
