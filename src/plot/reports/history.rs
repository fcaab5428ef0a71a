//! Learning curves.

use crate::plot::charts::chart::Chart;
use crate::plot::draw::figure::Figure;
use crate::train::{Epoch, History};

impl History {
    /// The learning curves: loss on the left (training and validation), the metric on the right.
    pub fn plot(&self) -> Figure {
        let epochs: Vec<f64> = self.epochs().iter().map(|e| e.number as f64).collect();
        let of = |f: fn(&Epoch) -> f64| -> Vec<f64> { self.epochs().iter().map(f).collect() };
        let loss = Chart::new("Loss")
            .line("training", &epochs, &of(|e| e.train_loss))
            .line("validation", &epochs, &of(|e| e.valid_loss))
            .x_label("epoch")
            .y_label("loss");
        let metric = Chart::new("Validation")
            .line(self.metric_name(), &epochs, &of(|e| e.metric))
            .x_label("epoch")
            .y_label(self.metric_name());
        let panels = [loss, metric].map(|chart| chart.markers().size(380, 300).plot());
        Figure::row(panels.into()).caption("Learning curves: loss and validation metric after each epoch")
    }
}
