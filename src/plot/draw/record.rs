//! SVG paper that remembers what is drawn on it, so that it can be drawn once more as pixels.

use plotters::backend::SVGBackend;
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};

use super::font;
use super::stroke::{Stroke, rgb};
use super::style::{Align, Type};

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
