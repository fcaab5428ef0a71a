//! Reliability diagrams.

use crate::metrics::Calibration;
use crate::plot::charts::bars::Bars;
use crate::plot::charts::chart::Chart;
use crate::plot::draw::figure::Figure;

/// Draws several calibrations into one reliability diagram, each with its expected error in the legend: what came true
/// over what was predicted, and the diagonal where both agree.
///
/// scikit-learn: `CalibrationDisplay`. Taught in notebook 07.
pub fn reliability(calibrations: &[(&str, &Calibration)]) -> Figure {
    chart(calibrations).plot()
}

fn chart(calibrations: &[(&str, &Calibration)]) -> Chart {
    let mut chart = Chart::new("Reliability diagram")
        .x_label("predicted probability, mean of the bin")
        .y_label("share that came true")
        .x_range(-0.02, 1.02)
        .y_range(-0.02, 1.02)
        .markers()
        .size(460, 400);
    let mut alt = Vec::new();
    for (name, calibration) in calibrations {
        let error = calibration.expected_error();
        let name = if name.is_empty() { "network" } else { name };
        let entry = format!("{name} (ECE {error:.3})");
        let of =
            |f: fn(&crate::metrics::CalibrationBin) -> f64| -> Vec<f64> { calibration.bins().iter().map(f).collect() };
        chart = chart.line(&entry, &of(|b| b.predicted), &of(|b| b.observed));
        alt.push(entry);
    }
    // The diagonal is a line through two points: `markers` would mark every point of a function.
    let caption = format!("Share that came true over predicted probability: {}", alt.join(", "));
    chart.line("perfect", &[0.0, 1.0], &[0.0, 1.0]).caption(&caption)
}

impl Calibration {
    /// Draws the reliability diagram above the number of samples in each bin: a point far from the diagonal weighs little
    /// where there are few. Several in one: [`reliability`](crate::plot::reliability).
    pub fn plot(&self) -> Figure {
        let names: Vec<String> = self
            .bins()
            .iter()
            .map(|b| format!("{:.2}–{:.2}", b.from, b.to))
            .collect();
        let counts: Vec<f64> = self.bins().iter().map(|b| b.count as f64).collect();
        let below = Bars::new("", &names)
            .series("samples", &counts)
            .x_label("predicted probability")
            .y_label("samples")
            .size(460, 200);
        let alt = chart(&[("", self)]);
        Figure::column(vec![alt.plot(), below.plot()])
    }
}
