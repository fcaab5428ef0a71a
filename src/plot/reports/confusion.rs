//! The confusion matrix as a picture.

use crate::metrics::ConfusionMatrix;
use crate::plot::draw::color::ColorMap;
use crate::plot::draw::figure::Figure;
use crate::plot::pictures::heatmap::Heatmap;

impl ConfusionMatrix {
    /// Draws the counts: rows are the truth, columns the prediction. A cell's colour is its share of its row, so that
    /// the diagonal shows each class's recall; rows of classes without samples are grey.
    pub fn plot(&self) -> Figure {
        let n = self.num_classes();
        let supports: Vec<usize> = (0..n).map(|t| self.support(t)).collect();
        // 0 / 0 is NaN, which the heatmap shows as grey: there is nothing to share out.
        let shares: Vec<f32> = self
            .counts()
            .iter()
            .enumerate()
            .map(|(i, &c)| c as f32 / supports[i / n] as f32)
            .collect();
        let accuracy = 100.0 * self.accuracy();
        let mut alt = format!("Confusion matrix of {n} classes, accuracy {accuracy:.2} %.");
        let worst: Vec<String> = self.most_confused(3).iter().map(ToString::to_string).collect();
        if !worst.is_empty() {
            alt += &format!(" Most confused: {}.", worst.join("; "));
        }
        Heatmap::new(&format!("Confusion matrix, accuracy {accuracy:.2} %"), n, n, &shares)
            .row_labels(self.class_names())
            .col_labels(self.class_names())
            .x_label("predicted class")
            .y_label("true class")
            .colors(ColorMap::Blues)
            .range(0.0, 1.0)
            .texts(self.counts().iter().map(ToString::to_string).collect())
            .caption(&alt)
            .plot()
    }
}
