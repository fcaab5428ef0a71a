//! A chart over three axes as a figure.

use super::chart3d::{Chart3D, Series3D};
use super::chart3d_scene::Scene;
use crate::plot::draw::figure::Figure;
use crate::plot::draw::paper;

impl Chart3D {
    /// Draws the chart: SVG, or pixels where it has a surface or more than 600 marks.
    pub fn plot(&self) -> Figure {
        let marks = |s: &&Series3D| !s.key.joined;
        let marked: usize = self.series.iter().filter(marks).map(|s| s.points.len()).sum();
        if self.surface.is_some() || marked > 600 {
            return self.plot_pixels();
        }
        let (w, h) = self.sides();
        let drawn = Scene::new(self).and_then(|scene| {
            paper::svg(w, h, |pen| {
                scene.behind(pen)?;
                scene.curves(pen, None)?;
                scene.ticks(pen)
            })
        });
        self.frame.finish(drawn, || self.alt())
    }

    /// Draws the chart as pixels whatever it holds: a frame of an [`Animation`](crate::plot::Animation).
    pub fn plot_pixels(&self) -> Figure {
        let (w, h) = self.sides();
        let drawn = Scene::new(self).and_then(|scene| {
            paper::pixels(w, h, |pen| {
                scene.behind(pen)?;
                let depths = scene.surface(pen)?;
                scene.curves(pen, depths.as_ref())?;
                scene.ticks(pen)
            })
        });
        self.frame.finish(drawn, || self.alt())
    }

    fn alt(&self) -> String {
        let title = self.frame.title_or("Chart");
        let surface = self.surface.as_ref().map(|_| "a surface");
        let names = self.series.iter().map(|s| s.key.name.as_str());
        let shown: Vec<&str> = surface.into_iter().chain(names.filter(|n| !n.is_empty())).collect();
        let axes: Vec<&str> = self.labels().into_iter().filter(|l| !l.is_empty()).collect();
        let mut alt = match shown.join(", ") {
            shown if shown.is_empty() => format!("{title}, in three dimensions"),
            shown => format!("{title}: {shown} in three dimensions"),
        };
        if !axes.is_empty() {
            alt += &format!(" ({})", axes.join(", "));
        }
        alt
    }
}
