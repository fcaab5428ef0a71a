//! Figures made of pixels again: what a vector figure was drawn with is drawn once more, on other paper.

use plotters::prelude::DrawingBackend;
use plotters::style::{RGBAColor, ShapeStyle};
use plotters_backend::BackendColor;
use plotters_bitmap::BitMapBackend;

use super::color::WHITE;
use super::figure::{Content, Figure};
use super::pen::{Pen, failed};
use super::stroke::{Stroke, rgb};
use super::{message, paper};
use crate::data::Image;
use crate::{Error, Result};

impl Figure {
    /// The same picture made of pixels, as large as it is: a chart as the frame of an
    /// [`Animation`](crate::plot::Animation), an animation's last frame.
    ///
    /// ```
    /// use gradus::plot::Chart;
    /// let chart = Chart::new("A line").line("y", &[0, 1], &[0, 1]).plot();
    /// assert_eq!(chart.to_pixels().mime(), "image/png");
    /// assert_eq!(chart.to_pixels().size(), chart.size());
    /// ```
    #[must_use]
    pub fn to_pixels(&self) -> Figure {
        let size = self.size();
        let figure = match self.content() {
            Content::Pixels(_) => return self.clone(),
            Content::Animation { last, .. } => Self::from_pixels(last.clone(), size),
            Content::Svg { strokes, .. } => {
                let (w, h) = (f64::from(size.0), f64::from(size.1));
                let drawn = paper::pixels(w, h, |pen| {
                    pen.fill(0.0, 0.0, w, h, WHITE)?;
                    strokes.iter().try_for_each(|stroke| pen.stroke(stroke))
                });
                match drawn {
                    Ok(figure) => figure,
                    Err(error) => return message::message(&error),
                }
            }
        };
        figure.described_as(self)
    }

    /// The pixels as an image, `(3, H, W)`, to be computed with.
    ///
    /// # Errors
    /// [`Error::Plot`] if the picture could not be drawn.
    pub fn to_image(&self) -> Result<Image> {
        let pixels = self.to_pixels();
        let (Content::Pixels(rgb), None) = (pixels.content(), pixels.error()) else {
            return Err(Error::Plot(pixels.alt().into()));
        };
        let channel = |c: usize| rgb.iter().skip(c).step_by(3).map(|&v| f32::from(v) / 255.0);
        let values = (0..3).flat_map(channel).collect();
        let (width, height) = self.size();
        Image::new(3, height as usize, width as usize, values)
    }
}

impl Pen<BitMapBackend<'_>> {
    /// Draws what a vector figure was drawn with.
    pub fn stroke(&mut self, stroke: &Stroke) -> Result<()> {
        match stroke {
            Stroke::Line { points, width, color } => self.line(points, rgb(*color), *width),
            Stroke::Rect {
                corners,
                outline,
                color,
            } => {
                let [a, b] = corners.map(|p| self.at(p));
                // The last row and column of a filled rectangle are drawn here, and not in SVG.
                let b = if outline.is_none() { (b.0 - 1, b.1 - 1) } else { b };
                if b.0 < a.0 || b.1 < a.1 {
                    return Ok(());
                }
                let style = self.shape(*color, *outline);
                self.backend.draw_rect(a, b, &style, outline.is_none()).map_err(failed)
            }
            Stroke::Circle {
                center,
                radius,
                outline,
                color,
            } => {
                let (center, radius) = (self.at(*center), (radius * self.k).round() as u32);
                let (style, filled) = (self.shape(*color, *outline), outline.is_none());
                self.backend.draw_circle(center, radius, &style, filled).map_err(failed)
            }
            Stroke::Polygon { corners, color } => {
                let path: Vec<_> = corners.iter().map(|&p| self.at(p)).collect();
                let style = self.shape(*color, None);
                self.backend.fill_polygon(path, &style).map_err(failed)
            }
            Stroke::Text { text, at, kind, up } if *up => self.text_up(text, at.0, at.1, *kind),
            Stroke::Text { text, at, kind, .. } => self.text(text, at.0, at.1, *kind),
            Stroke::Picture { at, size: (w, h), rgb } => {
                self.picture(*at, (f64::from(*w), f64::from(*h)), rgb, *w as usize, *h as usize)
            }
        }
    }

    fn shape(&self, color: BackendColor, outline: Option<f64>) -> ShapeStyle {
        let (r, g, b) = color.rgb;
        ShapeStyle {
            color: RGBAColor(r, g, b, color.alpha),
            filled: outline.is_none(),
            stroke_width: (outline.unwrap_or(0.0) * self.k).round().max(1.0) as u32,
        }
    }
}
