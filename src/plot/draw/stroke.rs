//! The single things that a vector figure is drawn with.

use std::sync::Arc;

use plotters_backend::BackendColor;

use super::color::Rgb;
use super::style::Type;

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

/// The colour without its transparency.
pub(super) fn rgb(color: BackendColor) -> Rgb {
    let (r, g, b) = color.rgb;
    [r, g, b]
}
