//! Figures of metrics, drawn, checked and kept to be looked at.

use gradus::metrics::BinaryPredictions;
use gradus::plot;

use crate::gallery::{keep, svg_of};

/// Scores of two kinds of samples that overlap, without random numbers.
fn scores(n: usize, shift: f32) -> BinaryPredictions {
    let truth: Vec<bool> = (0..n).map(|i| i % 4 == 0).collect();
    let wave = |i: usize| (i as f32 * 0.754_877_7).fract();
    let score = |i: usize| (0.6 * wave(i) + if truth[i] { 0.2 + shift } else { 0.2 - shift }).clamp(0.0, 1.0);
    BinaryPredictions::new(&truth, &(0..n).map(score).collect::<Vec<_>>()).unwrap()
}

#[test]
fn curves_name_their_areas() {
    let (good, poor) = (scores(200, 0.15), scores(200, 0.05));
    let (a, b) = (good.roc().unwrap(), poor.roc().unwrap());
    let both = plot::roc(&[("good", &a), ("poor", &b)]);
    keep("metrics_roc", &both);
    let text = svg_of(&both);
    for wanted in [
        format!("good (area {:.3})", a.auc()),
        format!("poor (area {:.3})", b.auc()),
        "chance (area 0.5)".into(),
    ] {
        assert!(text.contains(&wanted), "{wanted}");
    }
    keep("metrics_roc_small", &scores(9, 0.1).roc().unwrap().plot());
    let (a, b) = (good.precision_recall().unwrap(), poor.precision_recall().unwrap());
    let both = plot::precision_recall(&[("good", &a), ("poor", &b)]);
    keep("metrics_pr", &both);
    assert!(svg_of(&both).contains(&format!("good (AP {:.3})", a.average_precision())));
    assert!(svg_of(&both).contains("chance (0.250)"));
    keep("metrics_pr_one", &a.plot());
}

#[test]
fn thresholds_and_samples() {
    let good = scores(200, 0.15);
    keep("metrics_sweep", &good.sweep(100).plot());
    keep("metrics_at", &good.plot_at(0.5));
    keep("metrics_at_few", &scores(10, 0.1).plot_at(0.4));
    keep("metrics_at_frame", &good.chart_at(0.25).plot_pixels());
    let (few, counts) = (scores(10, 0.1), scores(10, 0.1).at(0.4));
    let title = format!(
        "Threshold 0.40: TP {}, FN {}",
        counts.true_positives, counts.false_negatives
    );
    assert!(svg_of(&few.plot_at(0.4)).contains(&title));
}

#[test]
fn calibrations_name_their_errors() {
    let (good, poor) = (scores(400, 0.15), scores(400, 0.02));
    let (a, b) = (good.calibration(10).unwrap(), poor.calibration(10).unwrap());
    let one = a.plot();
    keep("metrics_calibration", &one);
    let both = plot::reliability(&[("good", &a), ("poor", &b)]);
    keep("metrics_reliability", &both);
    assert!(svg_of(&both).contains(&format!("poor (ECE {:.3})", b.expected_error())));
}

#[test]
fn masks_lie_over_each_other() {
    let disc = |x: f32, y: f32| -> Vec<bool> {
        (0..32 * 40)
            .map(|i| ((i % 40) as f32 - x).powi(2) + ((i / 40) as f32 - y).powi(2) < 100.0)
            .collect()
    };
    let figure = plot::masks(32, 40, &disc(16.0, 16.0), &disc(22.0, 14.0));
    keep("metrics_masks", &figure);
    assert!(figure.alt().contains("IoU 0."), "{}", figure.alt());
    let wrong = plot::masks(3, 3, &[true; 8], &[true; 8]);
    assert!(wrong.error().unwrap().contains("expected 3 x 3 pixels, got 8"));
    assert!(plot::masks(2, 2, &[true; 4], &[true; 3]).error().is_some());
}
