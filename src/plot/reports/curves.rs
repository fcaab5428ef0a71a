//! ROC and precision-recall curves, and what a threshold does.

use crate::metrics::{BinaryPredictions, PrecisionRecallCurve, RocCurve, ThresholdSweep};
use crate::plot::charts::chart::Chart;
use crate::plot::draw::figure::Figure;

/// Draws several ROC curves into one chart, each with its area in the legend, and the diagonal of chance.
///
/// scikit-learn: `RocCurveDisplay`. Taught in notebook 07.
pub fn roc(curves: &[(&str, &RocCurve)]) -> Figure {
    let mut chart = Chart::new("ROC curve")
        .x_label("false positive rate")
        .y_label("true positive rate (recall)")
        .x_range(-0.02, 1.02)
        .y_range(-0.02, 1.02)
        .size(460, 440);
    let mut alt = Vec::new();
    for (name, curve) in curves {
        let area = format!("{} (area {:.3})", label(name, "scores"), curve.auc());
        chart = chart.line(&area, curve.false_positive_rate(), curve.true_positive_rate());
        alt.push(area);
    }
    let caption = format!("ROC curves over the diagonal of chance: {}", alt.join(", "));
    chart
        .function("chance (area 0.5)", 0.0, 1.0, |x| x)
        .caption(&caption)
        .plot()
}

/// Draws several precision-recall curves into one chart, each with its average precision in the legend, and the precision
/// of chance, which is the share of positives.
///
/// The stretches between points are drawn as steps, as the average precision counts them.
/// scikit-learn: `PrecisionRecallDisplay`. Taught in notebook 07.
pub fn precision_recall(curves: &[(&str, &PrecisionRecallCurve)]) -> Figure {
    let mut chart = Chart::new("Precision-recall curve")
        .x_label("recall")
        .y_label("precision")
        .x_range(-0.02, 1.02)
        .y_range(-0.02, 1.02)
        .size(460, 440);
    let mut alt = Vec::new();
    for (name, curve) in curves {
        let area = format!("{} (AP {:.3})", label(name, "scores"), curve.average_precision());
        let (recall, precision) = (curve.recall(), curve.precision());
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for i in 1..recall.len() {
            x.extend([recall[i - 1], recall[i]]);
            y.extend([precision[i], precision[i]]);
        }
        chart = chart.line(&area, &x, &y);
        alt.push(area);
    }
    if let Some((_, curve)) = curves.first() {
        let base = curve.baseline();
        chart = chart.function(&format!("chance ({base:.3})"), 0.0, 1.0, |_| base);
    }
    let caption = format!("Precision over recall: {}", alt.join(", "));
    chart.caption(&caption).plot()
}

fn label<'a>(name: &'a str, otherwise: &'a str) -> &'a str {
    if name.is_empty() { otherwise } else { name }
}

impl RocCurve {
    /// Draws the curve with its area and the diagonal of chance. Several in one: [`roc`](crate::plot::roc).
    pub fn plot(&self) -> Figure {
        roc(&[("", self)])
    }
}

impl PrecisionRecallCurve {
    /// Draws the curve with its average precision and the precision of chance. Several in one:
    /// [`precision_recall`](crate::plot::precision_recall).
    pub fn plot(&self) -> Figure {
        precision_recall(&[("", self)])
    }
}

impl ThresholdSweep {
    /// Draws precision, recall and F1 over the threshold. Where nothing is said to be a "yes" any more, precision has a gap.
    pub fn plot(&self) -> Figure {
        self.chart().plot()
    }

    /// The chart that [`plot`](Self::plot) draws, to be added to.
    pub fn chart(&self) -> Chart {
        let of = |f: fn(&crate::metrics::BinaryCounts) -> f64| self.counts().iter().map(f).collect::<Vec<f64>>();
        let precision = of(|c| match c.true_positives + c.false_positives {
            0 => f64::NAN,
            _ => c.precision(),
        });
        let (threshold, counts) = self.best_f1();
        Chart::new("What the threshold trades")
            .line("precision", self.thresholds(), &precision)
            .line("recall", self.thresholds(), &of(|c| c.recall()))
            .line("F1", self.thresholds(), &of(|c| c.f1()))
            .x_label("threshold")
            .y_label("score")
            .x_range(-0.02, 1.02)
            .y_range(0.0, 1.02)
            .caption(&format!(
                "Precision, recall and F1 over the threshold; F1 is highest, {:.3}, at {threshold:.2}",
                counts.f1()
            ))
    }
}

impl BinaryPredictions {
    /// Draws every sample at its score, those that are a "yes" above those that are not, and the threshold between what is
    /// said to be "no" and what is said to be "yes".
    pub fn plot_at(&self, threshold: f32) -> Figure {
        self.chart_at(threshold).plot()
    }

    /// The chart that [`plot_at`](Self::plot_at) draws: its `plot_pixels` is a frame of an animation.
    pub fn chart_at(&self, threshold: f32) -> Chart {
        let counts = self.at(threshold);
        let (yes, no) = (self.scores_of(true), self.scores_of(false));
        let title = format!(
            "Threshold {threshold:.2}: TP {}, FN {}, FP {}, TN {}",
            counts.true_positives, counts.false_negatives, counts.false_positives, counts.true_negatives
        );
        Chart::new(&title)
            .points("truly yes", &yes, &spread(yes.len(), 1.0))
            .points("truly no", &no, &spread(no.len(), 0.0))
            .line("threshold", &[threshold; 2], &[-10.0, 10.0])
            .x_label("score of \"yes\"")
            .y_label("truth: 1 yes, 0 no")
            .x_range(-0.02, 1.02)
            .y_range(-0.45, 1.45)
            .size(560, 260)
            .caption(&format!("Scores of the samples and a threshold. {title}"))
    }
}

/// Heights around `middle` that keep many points of one row apart: a regular pattern, no random numbers.
fn spread(n: usize, middle: f64) -> Vec<f64> {
    if n <= 12 {
        return vec![middle; n];
    }
    // Multiples of the golden ratio fill a stretch evenly.
    (0..n)
        .map(|i| middle + 0.6 * ((i as f64 * 0.618_033_988_75).fract() - 0.5))
        .collect()
}
