//! One pen for two kinds of paper: SVG and pixels. Positions and sizes are in pixels of the finished figure.
//!
//! plotters knows whole-number positions only, so that a curve drawn at the figure's own size staggers. The paper
//! is therefore `k` times as large: an SVG is scaled back by its `viewBox`, pixels are averaged, which also smooths
//! edges and text.

use std::fmt::Display;

use plotters::backend::SVGBackend;
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, FontTransform, RGBAColor, RGBColor, ShapeStyle, TextStyle};
use plotters_bitmap::BitMapBackend;

use super::color::Rgb;
use super::figure::Figure;
use super::font;
use super::record::Recorder;
use crate::{Error, Result};

/// The magnification of the SVG paper: positions come out in quarters of a pixel.
const SVG_SCALE: u32 = 4;
/// The magnification of the pixel paper.
const PIXEL_SCALE: u32 = 3;
/// Beyond this a figure is no figure any more, and its memory hurts.
const MAX_SIDE: f64 = 4000.0;

/// Which side of the text stands at its position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Align {
    Left,
    Center,
    Right,
}

/// Size, weight, colour and alignment of a line of text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Type {
    pub size: f64,
    pub bold: bool,
    pub color: Rgb,
    pub align: Align,
}

impl Type {
    pub fn new(size: f64, color: Rgb, align: Align) -> Self {
        Self {
            size,
            bold: false,
            color,
            align,
        }
    }

    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }
}

/// The shape of a mark, so that classes differ by more than their colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mark {
    Circle,
    Square,
    Triangle,
    Diamond,
}

impl Mark {
    pub fn class(i: usize) -> Self {
        [Self::Circle, Self::Square, Self::Triangle, Self::Diamond][i % 4]
    }
}

pub(crate) struct Pen<B: DrawingBackend> {
    pub(super) backend: B,
    pub(super) k: f64,
    size_per_em: f64,
    /// Where plotters puts the baseline below a text's position, in ems.
    baseline: f64,
    /// Whether a rectangle's last row and column are drawn: 1 on pixels.
    inclusive: i32,
}

/// Draws a vector figure.
pub(crate) fn svg(width: f64, height: f64, draw: impl FnOnce(&mut Pen<Recorder<'_>>) -> Result<()>) -> Result<Figure> {
    let (w, h) = whole(width, height)?;
    font::register();
    let mut text = String::new();
    let mut pen = Pen {
        backend: Recorder::new(
            SVGBackend::with_string(&mut text, (w * SVG_SCALE, h * SVG_SCALE)),
            SVG_SCALE,
        ),
        k: f64::from(SVG_SCALE),
        size_per_em: font::SVG_SIZE_PER_EM,
        baseline: font::SVG_BASELINE,
        inclusive: 0,
    };
    draw(&mut pen)?;
    pen.backend.present().map_err(failed)?;
    let strokes = pen.backend.strokes();
    drop(pen);
    // Keep what stands between the outer tags: the figure writes its own, with title and description.
    let start = text.find(">\n").map_or(0, |at| at + 2);
    let end = text.rfind("</svg>").unwrap_or(text.len());
    let body = text[start..end].replace(" opacity=\"1\"", "");
    Ok(Figure::from_svg(body, strokes, (w, h), f64::from(SVG_SCALE)))
}

/// Draws a figure of pixels.
pub(crate) fn pixels(
    width: f64,
    height: f64,
    draw: impl FnOnce(&mut Pen<BitMapBackend<'_>>) -> Result<()>,
) -> Result<Figure> {
    let (w, h) = whole(width, height)?;
    font::register();
    let k = PIXEL_SCALE;
    let mut large = vec![255; (w * k) as usize * (h * k) as usize * 3];
    let mut pen = Pen {
        backend: BitMapBackend::with_buffer(&mut large, (w * k, h * k)),
        k: f64::from(k),
        size_per_em: font::BITMAP_SIZE_PER_EM,
        baseline: font::BITMAP_SIZE_PER_EM / 2.0,
        inclusive: 1,
    };
    draw(&mut pen)?;
    drop(pen);
    Ok(Figure::from_pixels(
        shrink(&large, w as usize, h as usize, k as usize),
        (w, h),
    ))
}

fn whole(width: f64, height: f64) -> Result<(u32, u32)> {
    for (what, side) in [("width", width), ("height", height)] {
        if !(1.0..=MAX_SIDE).contains(&side) {
            return Err(Error::Argument {
                what: format!("{what} of a figure"),
                expected: format!("1 to {MAX_SIDE} pixels"),
                got: format!("{side:.0} (draw fewer rows, columns or pictures)"),
            });
        }
    }
    Ok((width.ceil() as u32, height.ceil() as u32))
}

/// Averages every `k` × `k` pixels into one.
fn shrink(large: &[u8], w: usize, h: usize, k: usize) -> Vec<u8> {
    let mut small = Vec::with_capacity(w * h * 3);
    let mut sums = vec![0u32; w * 3];
    for rows in large.chunks_exact(w * k * 3 * k) {
        sums.fill(0);
        for row in rows.chunks_exact(w * k * 3) {
            for (sum, block) in sums.chunks_exact_mut(3).zip(row.chunks_exact(3 * k)) {
                for pixel in block.chunks_exact(3) {
                    for (s, &p) in sum.iter_mut().zip(pixel) {
                        *s += u32::from(p);
                    }
                }
            }
        }
        let n = (k * k) as u32;
        small.extend(sums.iter().map(|&s| ((s + n / 2) / n) as u8));
    }
    small
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
        let clean: String = text.chars().map(|c| if unprintable(c) { ' ' } else { c }).collect();
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

pub(crate) fn unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')
}
