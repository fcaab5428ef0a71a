//! How a contour plot is laid out and drawn.

use plotters_bitmap::BitMapBackend;

use super::axis::{self, Axis};
use super::chart::Series;
use super::chart_draw::{self, Area};
use super::color::{self, FRAME, INK, MISSING, MUTED, Rgb, WHITE};
use super::contour::Contour;
use super::figure::Figure;
use super::font;
use super::pen::{self, Align, Mark, Pen, Type};
use crate::Result;

const EDGE: f64 = 10.0;
const LABEL: f64 = 12.5;
const TICK: f64 = 11.5;
const STRIP: f64 = 13.0;
/// A path with no more points than this has a dot at each of them.
const FEW_POINTS: usize = 60;
/// Powers of ten that logarithmic levels tell apart.
const DECADES: f64 = 1e4;

/// Heights cut into bands: where each ends, and its colour.
struct Bands {
    axis: Axis,
    /// The heights between the bands, rising, as they are written.
    edges: Vec<(f64, String)>,
    colors: Vec<Rgb>,
}

impl Bands {
    fn new(contour: &Contour) -> Result<Self> {
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
    fn of(&self, height: f32) -> Option<usize> {
        let height = f64::from(height);
        height
            .is_finite()
            .then(|| self.edges.partition_point(|(edge, _)| *edge <= height))
    }

    fn widest(&self) -> f64 {
        let width = |(_, text): &(f64, String)| font::width(text, TICK, false);
        self.edges.iter().map(width).fold(0.0, f64::max)
    }

    /// A strip of all bands with the heights between them, as many as can be read.
    fn bar(&self, pen: &mut Pen<BitMapBackend<'_>>, x: f64, area: Area) -> Result<()> {
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

/// Draws the whole plot.
pub(super) fn draw(contour: &Contour) -> Result<Figure> {
    let bands = Bands::new(contour)?;
    let (width, height) = (f64::from(contour.size.0), f64::from(contour.size.1));
    let surface = &contour.surface;
    let x = Axis::exactly(surface.x.0, surface.x.1, false, (width / 85.0) as usize, false);
    let y = Axis::exactly(surface.y.0, surface.y.1, false, (height / 55.0) as usize, false);
    pen::pixels(width, height, |pen| {
        pen.fill(0.0, 0.0, width, height, WHITE)?;
        let mut top = chart_draw::title(pen, &contour.title, width)?;
        top += chart_draw::legend(pen, &contour.series, width, top)?;
        let ticks = y.ticks.iter().map(|(_, t)| font::width(t, TICK, false));
        let label = |text: &str, room: f64| if text.is_empty() { 0.0 } else { LABEL + room };
        let bar = 16.0 + STRIP + 7.0 + bands.widest();
        let mut area = Area {
            left: EDGE + label(&contour.y_label, 8.0) + ticks.fold(0.0, f64::max) + 7.0,
            top: top + 4.0,
            right: width - EDGE - bar,
            bottom: height - EDGE - label(&contour.x_label, 7.0) - TICK - 6.0,
        };
        if contour.equal {
            area = equal(area, (surface.x.1 - surface.x.0) / (surface.y.1 - surface.y.0));
        }
        chart_draw::axes(pen, area, &x, &y)?;
        fill(pen, contour, &bands, area)?;
        chart_draw::names(pen, (&contour.x_label, &contour.y_label), area, height)?;
        bands.bar(pen, area.right + 16.0, area)?;
        for (i, series) in contour.series.iter().enumerate() {
            path(pen, area, &x, &y, series, color::class(i))?;
        }
        Ok(())
    })
}

/// The largest part of `area` that is `ratio` times as wide as tall, in its middle.
fn equal(area: Area, ratio: f64) -> Area {
    let (wide, tall) = (area.right - area.left, area.bottom - area.top);
    let (dx, dy) = if wide > tall * ratio {
        ((wide - tall * ratio) / 2.0, 0.0)
    } else {
        (0.0, (tall - wide / ratio) / 2.0)
    };
    Area {
        left: area.left + dx,
        top: area.top + dy,
        right: area.right - dx,
        bottom: area.bottom - dy,
    }
}

/// The bands, and a dark line wherever one meets the next.
fn fill(pen: &mut Pen<BitMapBackend<'_>>, contour: &Contour, bands: &Bands, area: Area) -> Result<()> {
    let at = (area.left + 1.0, area.top + 1.0);
    let size = (area.right - area.left - 2.0, area.bottom - area.top - 2.0);
    let (w, h) = pen.paper(at, size);
    let share = |i: usize, n: usize| (i as f64 + 0.5) / n as f64;
    let numbers: Vec<Option<usize>> = (0..w * h)
        .map(|i| {
            let (u, v) = (share(i % w, w), 1.0 - share(i / w, h));
            bands.of(contour.surface.between(u, v))
        })
        .collect();
    let color = |band: Option<usize>| band.map_or(MISSING, |b| bands.colors[b]);
    // Two pixels of the large paper: somewhat less than one of the figure.
    const LINE: usize = 2;
    let mut rgb = Vec::with_capacity(w * h * 3);
    for i in 0..w * h {
        let here = numbers[i];
        let differs = |inside: bool, other: usize| inside && numbers[other] != here;
        let line = differs(i % w + LINE < w, (i + LINE).min(w * h - 1))
            || differs(i / w + LINE < h, (i + LINE * w).min(w * h - 1));
        let ground = color(here);
        rgb.extend(if line { color::mix(ground, INK, 0.65) } else { ground });
    }
    pen.picture(at, size, &rgb, w, h)
}

/// A path with a white seam, so that it stands out from every ground.
fn path(pen: &mut Pen<BitMapBackend<'_>>, area: Area, x: &Axis, y: &Axis, series: &Series, ink: Rgb) -> Result<()> {
    let spots: Vec<Option<(f64, f64)>> = series
        .points
        .iter()
        .map(|p| x.place(p.0).zip(y.place(p.1)))
        .map(|p| p.filter(|(a, b)| (0.0..=1.0).contains(a) && (0.0..=1.0).contains(b)))
        .map(|p| p.map(|(a, b)| area.spot(a, b)))
        .collect();
    let last = spots.last().copied().flatten();
    if series.joined && series.points.len() > 1 {
        let runs = chart_draw::runs(area, x, y, series);
        for (width, color) in [(4.0, WHITE), (2.2, ink)] {
            for run in &runs {
                pen.line(run, color, width)?;
            }
        }
        if spots.len() <= FEW_POINTS {
            for spot in spots.iter().flatten() {
                pen.mark(Mark::Circle, *spot, 2.7, ink)?;
            }
        }
        if let Some(first) = spots.first().copied().flatten() {
            pen.mark(Mark::Circle, first, 4.6, ink)?;
            pen.mark(Mark::Circle, first, 2.6, WHITE)?;
        }
    }
    if let Some((at, mark)) = last.zip(series.mark) {
        pen.mark(mark, at, 6.4, WHITE)?;
        pen.mark(mark, at, 5.0, ink)?;
    }
    Ok(())
}
