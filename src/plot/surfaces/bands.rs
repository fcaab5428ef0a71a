//! The bands of colour of a contour plot, and the strip that says what they stand for.

use plotters_bitmap::BitMapBackend;

use super::contour::Contour;
use crate::Result;
use crate::plot::draw::axis::{self, Axis};
use crate::plot::draw::color::{self, FRAME, MUTED, Rgb, WHITE};
use crate::plot::draw::font;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Type};
use crate::plot::furniture::area::{Area, TICK};

/// Between the plot and the strip, and the strip's own width.
const AIR: f64 = 16.0;
const STRIP: f64 = 13.0;
/// Powers of ten that logarithmic levels tell apart.
const DECADES: f64 = 1e4;

/// Heights cut into bands: where each ends, and its colour.
pub(super) struct Bands {
    axis: Axis,
    /// The heights between the bands, rising, as they are written.
    edges: Vec<(f64, String)>,
    pub colors: Vec<Rgb>,
}

impl Bands {
    pub fn new(contour: &Contour) -> Result<Self> {
        let (lo, hi) = contour.surface.heights()?;
        let log = contour.log && hi > 0.0;
        let (axis, edges) = if log {
            let hi = f64::from(hi);
            let lo = f64::from(lo).max(hi / DECADES).min(hi * 0.99);
            (Axis::exactly(lo, hi, true, 2, false), axis::one_two_five(lo, hi))
        } else {
            let (lo, hi) = contour.map.range(&[lo, hi]);
            let axis = Axis::exactly(f64::from(lo), f64::from(hi), false, contour.levels, false);
            let edges = axis.ticks.clone();
            (axis, edges)
        };
        let place = |v: &(f64, String)| axis.place(v.0).unwrap_or(0.0);
        let ends: Vec<f64> = std::iter::once(0.0)
            .chain(edges.iter().map(place))
            .chain([1.0])
            .collect();
        // Paths stand out from a paler ground.
        let share = if contour.series.is_empty() { 1.0 } else { 0.55 };
        let middle = |pair: &[f64]| color::mix(contour.map.at(((pair[0] + pair[1]) / 2.0) as f32), WHITE, share);
        let colors = ends.windows(2).map(middle).collect();
        Ok(Self { axis, edges, colors })
    }

    /// The number of the band that a height lies in; `None` for a hole.
    pub fn of(&self, height: f32) -> Option<usize> {
        let height = f64::from(height);
        height
            .is_finite()
            .then(|| self.edges.partition_point(|(edge, _)| *edge <= height))
    }

    /// The width of [`bar`](Self::bar), with the air beside it.
    pub fn width(&self) -> f64 {
        let width = |(_, text): &(f64, String)| font::width(text, TICK, false);
        AIR + STRIP + 7.0 + self.edges.iter().map(width).fold(0.0, f64::max)
    }

    /// Beside the area, a strip of all bands with the heights between them, as many as can be read.
    pub fn bar(&self, pen: &mut Pen<BitMapBackend<'_>>, area: Area) -> Result<()> {
        let x = area.right + AIR;
        let tall = area.bottom - area.top;
        let spot = |v: f64| area.bottom - tall * self.axis.place(v).unwrap_or(0.0).clamp(0.0, 1.0);
        let ends = std::iter::once(area.bottom).chain(self.edges.iter().map(|e| spot(e.0)));
        let tops = self.edges.iter().map(|e| spot(e.0)).chain([area.top]);
        pen.fill(x - 1.0, area.top - 1.0, STRIP + 2.0, tall + 2.0, FRAME)?;
        for ((bottom, top), color) in ends.zip(tops).zip(&self.colors) {
            pen.fill(x, top, STRIP, bottom - top, *color)?;
        }
        let mut free = f64::INFINITY;
        for (v, text) in &self.edges {
            let y = spot(*v);
            if y > free {
                continue;
            }
            free = y - TICK - 4.0;
            pen.fill(x + STRIP + 1.0, y - 0.5, 3.0, 1.0, FRAME)?;
            pen.text_mid(text, x + STRIP + 7.0, y, Type::new(TICK, MUTED, Align::Left))?;
        }
        Ok(())
    }
}
