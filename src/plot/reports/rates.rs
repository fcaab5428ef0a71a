//! Learning rates: schedules, and the sweep that looks for one.

use crate::plot::charts::chart::Chart;
use crate::plot::draw::figure::Figure;
use crate::train::{Schedule, Sweep};

/// Points per epoch of a drawn schedule.
const FINE: usize = 100;

impl Schedule {
    /// The learning rate over a run of `epochs` epochs, for an optimizer whose own rate is `base_lr`.
    pub fn plot(&self, base_lr: f32, epochs: usize) -> Figure {
        let x: Vec<f64> = (0..epochs * FINE).map(|i| i as f64 / FINE as f64).collect();
        Chart::new("Learning rate")
            .line("", &x, &self.rates(base_lr, epochs, FINE))
            .x_label("epoch")
            .y_label("learning rate")
            .size(420, 260)
            .caption(&format!("The learning rate over {epochs} epochs"))
            .plot()
    }
}

impl Sweep {
    /// The losses over the learning rates (which are on a logarithmic axis), smoothed, with the suggestion marked.
    pub fn plot(&self) -> Figure {
        let at = self.suggested();
        let (rate, loss) = (self.rates()[at], self.smoothed()[at]);
        let losses = self.smoothed().iter().copied();
        let low = f64::from(losses.clone().fold(f32::INFINITY, f32::min));
        let start = f64::from(self.smoothed()[0]).max(low);
        // The last losses shoot up: the part that matters would be a flat line below them.
        let top = start + 0.5 * (start - low) + 1e-6 * start.abs();
        Chart::new("Loss at growing learning rates")
            .points("suggestion", &[rate], &[loss])
            .line("loss, smoothed", self.rates(), self.smoothed())
            .log_x()
            .y_range(low - 0.1 * (top - low), top)
            .x_label("learning rate")
            .y_label("training loss")
            .caption(&format!(
                "The loss while the learning rate grows; suggested: {rate:.1e}"
            ))
            .plot()
    }
}
