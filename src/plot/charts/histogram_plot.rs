//! How a histogram is counted, laid out and drawn.

use plotters::prelude::DrawingBackend;

use super::bins::{self, Bins};
use super::histogram::Histogram;
use crate::Result;
use crate::plot::draw::axis::Axis;
use crate::plot::draw::color;
use crate::plot::draw::figure::Figure;
use crate::plot::draw::paper;
use crate::plot::draw::pen::Pen;
use crate::plot::furniture::area::Area;
use crate::plot::furniture::axes::axes;
use crate::plot::furniture::frame::Frame;
use crate::plot::furniture::series::Key;

const SIZE: (u32, u32) = (700, 360);

/// The outlines to draw, and their axes.
struct Scene {
    x: Axis,
    y: Axis,
    edges: Vec<f64>,
    heights: Vec<Vec<f64>>,
}

impl Histogram {
    /// Draws the histogram, as SVG.
    pub fn plot(&self) -> Figure {
        let (w, h) = self.sides();
        let drawn = self
            .scene()
            .and_then(|scene| paper::svg(w, h, |pen| self.draw(pen, &scene)));
        self.frame.finish(drawn, || self.alt())
    }

    /// Draws the histogram as pixels: a frame of an [`Animation`](crate::plot::Animation).
    pub fn plot_pixels(&self) -> Figure {
        let (w, h) = self.sides();
        let drawn = self
            .scene()
            .and_then(|scene| paper::pixels(w, h, |pen| self.draw(pen, &scene)));
        self.frame.finish(drawn, || self.alt())
    }

    fn sides(&self) -> (f64, f64) {
        self.frame.sides(SIZE)
    }

    fn alt(&self) -> String {
        let title = self.frame.title_or("Histogram");
        let names: Vec<&str> = self.series.iter().map(|s| s.0.as_str()).collect();
        let of = match self.frame.x_label.as_str() {
            "" => String::new(),
            label => format!(" (over {label})"),
        };
        format!("{title}: histogram of {}{of}", names.join(", "))
    }

    fn scene(&self) -> Result<Scene> {
        let all: Vec<f64> = self.series.iter().flat_map(|s| s.1.iter().copied()).collect();
        let (lo, hi) = match self.range {
            Some(range) => range,
            None => bins::ends(&all)?,
        };
        let shown: Vec<f64> = all.into_iter().filter(|v| (lo..=hi).contains(v)).collect();
        let count = self.bins.unwrap_or_else(|| bins::auto_bins(&shown));
        let counted: Vec<Bins> = self
            .series
            .iter()
            .map(|s| Bins::between(&s.1, count, lo, hi))
            .collect::<Result<_>>()?;
        let heights: Vec<Vec<f64>> = counted
            .iter()
            .map(|bins| {
                if self.density {
                    bins.densities()
                } else {
                    bins.counts().iter().map(|&n| n as f64).collect()
                }
            })
            .collect();
        let top = heights.iter().flatten().copied().fold(0.0, f64::max);
        let top = if top > 0.0 { top * 1.06 } else { 1.0 };
        let (wide, tall) = self.sides();
        let air = (hi - lo) * 0.02;
        Ok(Scene {
            x: Axis::exactly(lo - air, hi + air, false, ((wide / 75.0) as usize).max(2), false),
            y: Axis::exactly(0.0, top, false, ((tall / 55.0) as usize).max(2), !self.density),
            edges: counted.first().map(|b| b.edges().to_vec()).unwrap_or_default(),
            heights,
        })
    }

    /// The frame with a name for the vertical axis, whether one was given or not.
    fn named(&self) -> Frame {
        let mut frame = self.frame.clone();
        if frame.y_label.is_empty() {
            frame.y_label = if self.density { "density" } else { "count" }.into();
        }
        frame
    }

    fn draw<B: DrawingBackend>(&self, pen: &mut Pen<B>, scene: &Scene) -> Result<()> {
        let sides = self.sides();
        let keys: Vec<Key> = self.series.iter().map(|(name, _)| Key::square(name)).collect();
        let frame = self.named();
        let top = frame.head(pen, sides, if keys.len() > 1 { &keys } else { &[] })?;
        let area = frame.area(top, &scene.y, sides);
        axes(pen, area, &scene.x, &scene.y)?;
        frame.names(pen, area, sides.1)?;
        for (i, heights) in scene.heights.iter().enumerate() {
            fill(pen, area, scene, heights, color::class(i))?;
        }
        // The outlines lie on top, so that a series that is covered is still seen.
        for (i, heights) in scene.heights.iter().enumerate() {
            outline(pen, area, scene, heights, color::class(i))?;
        }
        Ok(())
    }
}

/// Where `x` and `y` of the data stand in the figure.
fn spot(area: Area, scene: &Scene, x: f64, y: f64) -> (f64, f64) {
    let (a, b) = (scene.x.place(x), scene.y.place(y));
    area.spot(a.unwrap_or(0.0).clamp(0.0, 1.0), b.unwrap_or(0.0).clamp(0.0, 1.0))
}

fn fill<B: DrawingBackend>(
    pen: &mut Pen<B>,
    area: Area,
    scene: &Scene,
    heights: &[f64],
    ink: color::Rgb,
) -> Result<()> {
    for (ends, &height) in scene.edges.windows(2).zip(heights) {
        let ((left, top), (right, bottom)) = (spot(area, scene, ends[0], height), spot(area, scene, ends[1], 0.0));
        pen.wash(left, top, right - left, bottom - top, ink, 0.35)?;
    }
    Ok(())
}

/// A line along the tops of the bins, down to the axis at both ends.
fn outline<B: DrawingBackend>(
    pen: &mut Pen<B>,
    area: Area,
    scene: &Scene,
    heights: &[f64],
    ink: color::Rgb,
) -> Result<()> {
    let (Some(&first), Some(&last)) = (scene.edges.first(), scene.edges.last()) else {
        return Ok(());
    };
    let mut path = vec![spot(area, scene, first, 0.0)];
    for (ends, &height) in scene.edges.windows(2).zip(heights) {
        path.push(spot(area, scene, ends[0], height));
        path.push(spot(area, scene, ends[1], height));
    }
    path.push(spot(area, scene, last, 0.0));
    pen.line(&path, ink, 1.6)
}
