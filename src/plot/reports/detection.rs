//! What a detector finds, over how sure it is.

use crate::metrics::DetectionReport;
use crate::plot::charts::chart::Chart;
use crate::plot::draw::figure::Figure;

impl DetectionReport {
    /// Precision over recall at IoU 0.5, one curve for each class with objects.
    pub fn plot(&self) -> Figure {
        let mut chart = Chart::new("Precision over recall, IoU 0.5")
            .x_label("recall")
            .y_label("precision")
            .x_range(-0.02, 1.02)
            .y_range(-0.02, 1.02)
            .size(460, 440);
        // A precision for each hundredth, from 0 to 1.
        let recalls: Vec<f64> = (0..=100).map(|i| f64::from(i) / 100.0).collect();
        let mut alt = Vec::new();
        for (class, name) in self.class_names().iter().enumerate() {
            if let (Some(curve), Some(ap)) = (self.precisions(class, 0), self.average_precision(class, 0)) {
                let name = format!("{name} (AP {ap:.3})");
                chart = chart.line(&name, &recalls, curve);
                alt.push(name);
            }
        }
        let caption = format!("Precision over recall at IoU 0.5: {}", alt.join(", "));
        chart.caption(&caption).plot()
    }
}
