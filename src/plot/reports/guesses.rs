//! What a network takes a sample for.

use crate::explainers::Guesses;
use crate::plot::charts::bars::Bars;
use crate::plot::draw::figure::Figure;

impl Guesses {
    /// Draws the probabilities as bars.
    pub fn plot(&self) -> Figure {
        let names: Vec<&str> = self.all.iter().map(|g| g.name.as_str()).collect();
        let values: Vec<f32> = self.all.iter().map(|g| g.probability).collect();
        Bars::new("", &names)
            .series("probability", &values)
            .horizontal()
            .numbers(3)
            .x_label("probability")
            .plot()
    }
}
