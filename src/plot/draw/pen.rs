//! One pen for two kinds of [paper](super::paper). Positions and sizes are in pixels of the finished figure.

use std::collections::BTreeSet;
use std::fmt::Display;

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, FontTransform, RGBAColor, RGBColor, ShapeStyle, TextStyle};
use plotters_bitmap::BitMapBackend;

use super::color::Rgb;
use super::style::{Align, Mark, Type};
use super::{encode, font, glyphs};
use crate::{Error, Result};

/// What a figure is drawn with. `k` is the magnification of its paper.
pub(crate) struct Pen<B: DrawingBackend> {
    pub(super) backend: B,
    pub(super) k: f64,
    /// plotters' size of a text whose em is one pixel of the paper.
    pub(super) size_per_em: f64,
    /// Where plotters puts the baseline below a text's position, in ems.
    pub(super) baseline: f64,
    /// Whether a rectangle's last row and column are drawn: 1 on pixels.
    pub(super) inclusive: i32,
    /// Letters of texts that the font of pixels lacks.
    pub(super) lacking: BTreeSet<char>,
}

pub(super) fn failed(error: impl Display) -> Error {
    Error::Plot(error.to_string())
}

fn style(color: Rgb, alpha: f64, width: f64, filled: bool) -> ShapeStyle {
    ShapeStyle {
        color: RGBAColor(color[0], color[1], color[2], alpha),
        filled,
        stroke_width: width.round().max(1.0) as u32,
    }
}

impl<B: DrawingBackend> Pen<B> {
    pub(super) fn at(&self, (x, y): (f64, f64)) -> (i32, i32) {
        ((x * self.k).round() as i32, (y * self.k).round() as i32)
    }

    /// A line through the points.
    pub fn line(&mut self, points: &[(f64, f64)], color: Rgb, width: f64) -> Result<()> {
        let mut path: Vec<_> = points.iter().map(|&p| self.at(p)).collect();
        path.dedup();
        if path.len() < 2 {
            return Ok(());
        }
        let thick = width * self.k;
        let stroke = style(color, 1.0, thick, false);
        if self.inclusive == 0 {
            return self.backend.draw_path(path, &stroke).map_err(failed);
        }
        // The rasterizer's mitred corners shoot far beyond sharp turns: round them.
        let round = style(color, 1.0, 1.0, true);
        for ends in path.windows(2) {
            let drawn = self.backend.draw_line(ends[0], ends[1], &stroke);
            drawn.map_err(failed)?;
            if thick >= 3.0 {
                let radius = (thick / 2.0) as u32;
                let drawn = self.backend.draw_circle(ends[1], radius, &round, true);
                drawn.map_err(failed)?;
            }
        }
        Ok(())
    }

    /// A filled rectangle.
    pub fn fill(&mut self, x: f64, y: f64, w: f64, h: f64, color: Rgb) -> Result<()> {
        self.wash(x, y, w, h, color, 1.0)
    }

    /// A filled rectangle through which what lies below is seen; `alpha` is 0 for clear and 1 for opaque.
    pub fn wash(&mut self, x: f64, y: f64, w: f64, h: f64, color: Rgb, alpha: f64) -> Result<()> {
        let (a, b) = (self.at((x, y)), self.at((x + w, y + h)));
        if b.0 <= a.0 || b.1 <= a.1 {
            return Ok(());
        }
        let b = (b.0 - self.inclusive, b.1 - self.inclusive);
        self.backend
            .draw_rect(a, b, &style(color, alpha, 1.0, true), true)
            .map_err(failed)
    }

    /// The outline of a rectangle, drawn inside it.
    pub fn frame(&mut self, x: f64, y: f64, w: f64, h: f64, color: Rgb, line: f64) -> Result<()> {
        self.fill(x, y, w, line, color)?;
        self.fill(x, y + h - line, w, line, color)?;
        self.fill(x, y, line, h, color)?;
        self.fill(x + w - line, y, line, h, color)
    }

    /// A filled mark of the given radius.
    pub fn mark(&mut self, mark: Mark, at: (f64, f64), radius: f64, color: Rgb) -> Result<()> {
        let (x, y) = at;
        let style = style(color, 1.0, 1.0, true);
        // Squares and triangles of the same radius would look smaller or larger than circles.
        let corners: Vec<(f64, f64)> = match mark {
            Mark::Circle => {
                let (center, r) = (self.at(at), (radius * self.k).round() as u32);
                return self.backend.draw_circle(center, r, &style, true).map_err(failed);
            }
            Mark::Square => {
                let r = radius * 0.88;
                return self.fill(x - r, y - r, 2.0 * r, 2.0 * r, color);
            }
            Mark::Triangle => {
                let r = radius * 1.25;
                vec![(x, y - r), (x + 0.87 * r, y + 0.5 * r), (x - 0.87 * r, y + 0.5 * r)]
            }
            Mark::Diamond => {
                let r = radius * 1.25;
                vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
            }
        };
        self.polygon(&corners, color)
    }

    /// A filled polygon.
    pub fn polygon(&mut self, corners: &[(f64, f64)], color: Rgb) -> Result<()> {
        let path: Vec<_> = corners.iter().map(|&p| self.at(p)).collect();
        let filled = style(color, 1.0, 1.0, true);
        self.backend.fill_polygon(path, &filled).map_err(failed)
    }

    /// A line of text whose baseline is at `y`.
    pub fn text(&mut self, text: &str, x: f64, y: f64, kind: Type) -> Result<()> {
        self.write(text, (x, y - self.baseline * kind.size), kind, FontTransform::None)
    }

    /// A line of text whose capitals and digits are centred on `y`.
    pub fn text_mid(&mut self, text: &str, x: f64, y: f64, kind: Type) -> Result<()> {
        self.text(text, x, y + 0.36 * kind.size, kind)
    }

    /// A line of text that runs upwards, its baseline at `x`; `y` is its middle, start or end.
    pub fn text_up(&mut self, text: &str, x: f64, y: f64, kind: Type) -> Result<()> {
        self.write(text, (x - self.baseline * kind.size, y), kind, FontTransform::Rotate270)
    }

    fn write(&mut self, text: &str, at: (f64, f64), kind: Type, turn: FontTransform) -> Result<()> {
        // XML allows no control characters, and no font shows them.
        let mut clean: String = text
            .chars()
            .map(|c| if encode::unprintable(c) { ' ' } else { c })
            .collect();
        // A page sets vector text with whatever fonts it has.
        if self.inclusive == 1 {
            self.lacking.extend(glyphs::lacking(&clean));
            clean = glyphs::drawable(&clean);
        }
        if clean.trim().is_empty() {
            return Ok(());
        }
        let [r, g, b] = kind.color;
        let hpos = match kind.align {
            Align::Left => HPos::Left,
            Align::Center => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style = TextStyle {
            font: font::describe(kind.size * self.size_per_em * self.k, kind.bold).transform(turn),
            color: RGBColor(r, g, b).to_backend_color(),
            pos: Pos::new(hpos, VPos::Top),
        };
        self.backend.draw_text(&clean, &style, self.at(at)).map_err(failed)
    }
}

impl Pen<BitMapBackend<'_>> {
    /// How many pixels of the paper a rectangle of the figure covers: a picture of this size is drawn as it is.
    pub fn paper(&self, (x, y): (f64, f64), (w, h): (f64, f64)) -> (usize, usize) {
        let (a, b) = (self.at((x, y)), self.at((x + w, y + h)));
        ((b.0 - a.0).max(0) as usize, (b.1 - a.1).max(0) as usize)
    }

    /// Single pixels of the paper, row by row of `width`, from the figure's upper left corner; `None` leaves what is there.
    pub fn dots(&mut self, width: usize, colors: &[Option<Rgb>]) -> Result<()> {
        for (i, color) in colors.iter().enumerate() {
            if let Some([r, g, b]) = *color {
                let at = ((i % width) as i32, (i / width) as i32);
                let ink = RGBColor(r, g, b).to_backend_color();
                self.backend.draw_pixel(at, ink).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// A picture of `iw` × `ih` pixels stretched over a rectangle without smoothing, so that each pixel is seen.
    pub fn picture(&mut self, (x, y): (f64, f64), (w, h): (f64, f64), rgb: &[u8], iw: usize, ih: usize) -> Result<()> {
        let (a, b) = (self.at((x, y)), self.at((x + w, y + h)));
        if b.0 <= a.0 || b.1 <= a.1 || iw * ih == 0 || rgb.len() != iw * ih * 3 {
            return Ok(());
        }
        let (tw, th) = ((b.0 - a.0) as usize, (b.1 - a.1) as usize);
        let mut out = Vec::with_capacity(tw * th * 3);
        for ty in 0..th {
            let row = ty * ih / th * iw;
            for tx in 0..tw {
                let at = 3 * (row + tx * iw / tw);
                out.extend_from_slice(&rgb[at..at + 3]);
            }
        }
        self.backend
            .blit_bitmap(a, (tw as u32, th as u32), &out)
            .map_err(failed)
    }
}
