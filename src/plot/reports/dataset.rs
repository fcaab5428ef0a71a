//! How data sets and single pictures draw themselves.

use crate::data::{Augment, Dataset, Image};
use crate::plot::charts::scatter;
use crate::plot::draw::figure::Figure;
use crate::plot::draw::{glyphs, message};
use crate::plot::pictures::grid::Pictures;
use crate::{Error, Result};

impl Image {
    /// Draws the picture, enlarged so that its pixels are seen (matplotlib's `imshow`).
    pub fn plot(&self) -> Figure {
        let [channels, height, width] = self.shape();
        let alt = format!("Picture of {height} × {width} pixels, {channels} channels");
        Pictures::new("")
            .picture(self.shape(), self.pixels(), "")
            .caption(&alt)
            .plot()
    }
}

impl Dataset {
    /// Draws the first `n` pictures with their class names above; fewer if there are fewer.
    pub fn grid(&self, n: usize) -> Figure {
        self.pictures(n)
            .map_or_else(|error| message::message(&error), |pictures| pictures.plot())
    }

    /// Draws sample `i` as it is, and as `augment` changes it in the first `n` epochs.
    ///
    /// Taught in notebook 12.
    pub fn augmentations(&self, i: usize, augment: &Augment, n: usize) -> Figure {
        let draw = || {
            let plain = self.image(i)?;
            let mut pictures = Pictures::new("").picture(plain.shape(), plain.pixels(), "as it is");
            for epoch in 0..n {
                let changed = self.augmented(i, augment, epoch as u64)?;
                pictures = pictures.picture(changed.shape(), changed.pixels(), &format!("epoch {}", epoch + 1));
            }
            let alt = format!("Sample {i} of {}, and {n} augmentations of it", self.name());
            Ok(pictures.caption(&alt).plot())
        };
        draw().unwrap_or_else(|error: Error| message::message(&error))
    }

    /// Draws the points of a two-dimensional set in the colours and shapes of their classes.
    pub fn scatter(&self) -> Figure {
        match self.points() {
            Ok(points) => scatter::scatter(self.name(), &points, &self.labels(), self.class_names()),
            Err(error) => message::message(&error),
        }
    }

    /// The samples of a two-dimensional set as points, as [`boundary`](crate::plot::boundary) takes them.
    ///
    /// # Errors
    /// [`Error::Shape`] if a sample is not two values.
    pub fn points(&self) -> Result<Vec<[f32; 2]>> {
        if self.sample_shape() != [2] {
            return Err(Error::Shape {
                layer: format!("points of the data set {:?}", self.name()),
                expected: "samples of shape [2]".into(),
                got: format!("{:?}", self.sample_shape()),
            });
        }
        (0..self.len())
            .map(|i| Ok([self.values(i)?[0], self.values(i)?[1]]))
            .collect()
    }

    fn pictures(&self, n: usize) -> Result<Pictures> {
        let n = n.min(self.len());
        let (names, note) = glyphs::legible(self.class_names(), |class| format!("class {class}"));
        let note = note.map_or(String::new(), |note| format!(". {note}"));
        let mut pictures = Pictures::new("").caption(&format!("{n} samples of {}{note}", self.name()));
        for i in 0..n {
            let image = self.image(i)?;
            let class = self.label(i).ok().and_then(|class| names.get(class));
            pictures = pictures.picture(image.shape(), image.pixels(), class.map_or("", String::as_str));
        }
        Ok(pictures)
    }
}
