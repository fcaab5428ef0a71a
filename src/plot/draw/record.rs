//! What a vector figure was drawn with, so that it can be drawn once more as pixels: as the frame of an animation.

use std::sync::Arc;

use plotters::backend::SVGBackend;
use plotters::style::{RGBAColor, ShapeStyle};
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};
use plotters_bitmap::BitMapBackend;

use super::color::Rgb;
use super::font;
use super::pen::{Align, Pen, Type, failed};
use crate::Result;

/// One thing that was drawn. Positions and sizes are in pixels of the figure.
#[derive(Clone)]
pub(crate) enum Stroke {
    /// A line through points.
    Line {
        points: Vec<(f64, f64)>,
        width: f64,
        color: BackendColor,
    },
    /// A rectangle from its upper left to its lower right corner, filled or drawn as an outline of this width.
    Rect {
        corners: [(f64, f64); 2],
        outline: Option<f64>,
        color: BackendColor,
    },
    /// A circle, filled or drawn as an outline of this width.
    Circle {
        center: (f64, f64),
        radius: f64,
        outline: Option<f64>,
        color: BackendColor,
    },
    /// A filled polygon.
    Polygon {
        corners: Vec<(f64, f64)>,
        color: BackendColor,
    },
    /// A line of text on its baseline, level or upwards.
    Text {
        text: String,
        at: (f64, f64),
        kind: Type,
        up: bool,
    },
    /// Pixels, from their upper left corner.
    Picture {
        at: (f64, f64),
        size: (u32, u32),
        rgb: Arc<[u8]>,
    },
}

impl Stroke {
    /// The same, moved.
    pub(crate) fn moved(&self, dx: f64, dy: f64) -> Self {
        let by = |p: &mut (f64, f64)| *p = (p.0 + dx, p.1 + dy);
        let mut stroke = self.clone();
        match &mut stroke {
            Self::Line { points, .. } => points.iter_mut().for_each(by),
            Self::Rect { corners, .. } => corners.iter_mut().for_each(by),
            Self::Circle { center, .. } => by(center),
            Self::Polygon { corners, .. } => corners.iter_mut().for_each(by),
            Self::Text { at, .. } | Self::Picture { at, .. } => by(at),
        }
        stroke
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

fn rgb(color: BackendColor) -> Rgb {
    let (r, g, b) = color.rgb;
    [r, g, b]
}

/// SVG paper that remembers what is drawn on it.
pub(crate) struct Recorder<'a> {
    svg: SVGBackend<'a>,
    /// So many of its units are a pixel of the figure.
    scale: f64,
    strokes: Vec<Stroke>,
}

type Drawn<E> = std::result::Result<(), DrawingErrorKind<E>>;

impl<'a> Recorder<'a> {
    pub(crate) fn new(svg: SVGBackend<'a>, scale: u32) -> Self {
        let scale = f64::from(scale);
        Self {
            svg,
            scale,
            strokes: Vec::new(),
        }
    }

    /// Takes what was drawn.
    pub(crate) fn strokes(&mut self) -> Vec<Stroke> {
        std::mem::take(&mut self.strokes)
    }

    fn place(&self, (x, y): BackendCoord) -> (f64, f64) {
        (f64::from(x) / self.scale, f64::from(y) / self.scale)
    }

    fn length(&self, units: u32) -> f64 {
        f64::from(units) / self.scale
    }
}

impl DrawingBackend for Recorder<'_> {
    type ErrorType = std::io::Error;

    fn get_size(&self) -> (u32, u32) {
        self.svg.get_size()
    }

    fn ensure_prepared(&mut self) -> Drawn<Self::ErrorType> {
        self.svg.ensure_prepared()
    }

    fn present(&mut self) -> Drawn<Self::ErrorType> {
        self.svg.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn<Self::ErrorType> {
        let corners = [self.place(point), self.place((point.0 + 1, point.1 + 1))];
        let outline = None;
        self.strokes.push(Stroke::Rect {
            corners,
            outline,
            color,
        });
        self.svg.draw_pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn<Self::ErrorType> {
        self.strokes.push(Stroke::Line {
            points: vec![self.place(from), self.place(to)],
            width: self.length(style.stroke_width()),
            color: style.color(),
        });
        self.svg.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn<Self::ErrorType> {
        self.strokes.push(Stroke::Rect {
            corners: [self.place(upper_left), self.place(bottom_right)],
            outline: (!fill).then(|| self.length(style.stroke_width())),
            color: style.color(),
        });
        self.svg.draw_rect(upper_left, bottom_right, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn<Self::ErrorType> {
        let path: Vec<BackendCoord> = path.into_iter().collect();
        self.strokes.push(Stroke::Line {
            points: path.iter().map(|&p| self.place(p)).collect(),
            width: self.length(style.stroke_width()),
            color: style.color(),
        });
        self.svg.draw_path(path, style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn<Self::ErrorType> {
        self.strokes.push(Stroke::Circle {
            center: self.place(center),
            radius: self.length(radius),
            outline: (!fill).then(|| self.length(style.stroke_width())),
            color: style.color(),
        });
        self.svg.draw_circle(center, radius, style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn<Self::ErrorType> {
        let path: Vec<BackendCoord> = path.into_iter().collect();
        self.strokes.push(Stroke::Polygon {
            corners: path.iter().map(|&p| self.place(p)).collect(),
            color: style.color(),
        });
        self.svg.fill_polygon(path, style)
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, pos: BackendCoord) -> Drawn<Self::ErrorType> {
        let size = style.size() / (font::SVG_SIZE_PER_EM * self.scale);
        let (x, y) = self.place(pos);
        let up = matches!(style.transform(), FontTransform::Rotate270);
        let drop = font::SVG_BASELINE * size;
        self.strokes.push(Stroke::Text {
            text: text.into(),
            at: if up { (x + drop, y) } else { (x, y + drop) },
            kind: Type {
                size,
                bold: matches!(style.style(), FontStyle::Bold),
                color: rgb(style.color()),
                align: match style.anchor().h_pos {
                    HPos::Left => Align::Left,
                    HPos::Center => Align::Center,
                    HPos::Right => Align::Right,
                },
            },
            up,
        });
        self.svg.draw_text(text, style, pos)
    }
}
