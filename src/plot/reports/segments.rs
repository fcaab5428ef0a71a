//! The patches of a picture.

use super::sample::grey;
use crate::Error;
use crate::explainers::{Sample, Segments};
use crate::plot::draw::color::planes;
use crate::plot::draw::figure::Figure;
use crate::plot::draw::message;
use crate::plot::pictures::grid::Pictures;

impl Segments {
    /// The picture in grey, with the borders of the patches in yellow.
    pub fn plot(&self, sample: &Sample) -> Figure {
        let [height, width] = self.size();
        if sample.shape().len() != 3 || sample.shape()[1..] != [height, width] {
            return message::message(&Error::Shape {
                layer: "superpixels".into(),
                expected: format!("a picture of {height} x {width} pixels"),
                got: format!("a sample of shape {:?}", sample.shape()),
            });
        }
        let labels = self.labels();
        let mut colors = grey(sample);
        for i in 0..labels.len() {
            let (y, x) = (i / width, i % width);
            let right = x + 1 < width && labels[i] != labels[i + 1];
            let below = y + 1 < height && labels[i] != labels[i + width];
            if right || below {
                colors[i] = [255, 215, 0];
            }
        }
        let text = format!("{} superpixels", self.len());
        Pictures::new("")
            .picture([3, height, width], &planes(&colors), &text)
            .columns(1)
            .caption(&format!("The picture with the borders of {text}"))
            .plot()
    }
}
