//! How far an explanation can be believed.

use crate::explainers::Faithfulness;
use crate::plot::charts::chart::Chart;
use crate::plot::draw::figure::Figure;

impl Faithfulness {
    /// Draws the probability of the class while pixels are deleted, and while they are inserted.
    pub fn plot(&self) -> Figure {
        Chart::new(&self.method)
            .line(
                &format!("deletion, area {:.2}", self.deletion_area()),
                &self.shares,
                &self.deletion,
            )
            .line(
                &format!("insertion, area {:.2}", self.insertion_area()),
                &self.shares,
                &self.insertion,
            )
            .x_label("share of pixels, most important first")
            .y_label("probability of the class")
            .plot()
    }
}
