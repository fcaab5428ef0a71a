//! How a contour plot is laid out and drawn.

use plotters_bitmap::BitMapBackend;

use super::bands::Bands;
use super::contour::Contour;
use crate::Result;
use crate::plot::draw::axis::Axis;
use crate::plot::draw::color::{self, INK, MISSING, Rgb, WHITE};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::paper;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::Mark;
use crate::plot::furniture::area::{Area, EDGE};
use crate::plot::furniture::axes::axes;
use crate::plot::furniture::clip::runs;
use crate::plot::furniture::series::{Key, Series};

const SIZE: (u32, u32) = (560, 420);
/// A path with no more points than this has a dot at each of them.
const FEW_POINTS: usize = 60;

impl Contour {
    /// Draws the plot, as pixels.
    pub fn plot(&self) -> Figure {
        self.frame.finish(self.draw(), || self.alt())
    }

    fn alt(&self) -> String {
        let names = self.series.iter().map(|s| s.key.name.as_str());
        let names = names.filter(|n| !n.is_empty()).collect::<Vec<_>>().join(", ");
        let title = self.frame.title_or("Contour plot");
        if names.is_empty() {
            format!("{title}: contour lines")
        } else {
            format!("{title}: contour lines with {names}")
        }
    }

    fn draw(&self) -> Result<Figure> {
        let bands = Bands::new(self)?;
        let (width, height) = self.frame.sides(SIZE);
        let surface = &self.surface;
        let x = Axis::exactly(surface.x.0, surface.x.1, false, (width / 85.0) as usize, false);
        let y = Axis::exactly(surface.y.0, surface.y.1, false, (height / 55.0) as usize, false);
        let keys: Vec<Key> = self.series.iter().map(|s| s.key.clone()).collect();
        paper::pixels(width, height, |pen| {
            let top = self.frame.head(pen, (width, height), &keys)?;
            let mut area = self.frame.area(top, &y, (width, height));
            area.right = width - EDGE - bands.width();
            if self.equal {
                area = equal(area, (surface.x.1 - surface.x.0) / (surface.y.1 - surface.y.0));
            }
            axes(pen, area, &x, &y)?;
            fill(pen, self, &bands, area)?;
            self.frame.names(pen, area, height)?;
            bands.bar(pen, area)?;
            for (i, series) in self.series.iter().enumerate() {
                path(pen, area, &x, &y, series, color::class(i))?;
            }
            Ok(())
        })
    }
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
    if series.key.joined && series.points.len() > 1 {
        let runs = runs(area, x, y, &series.points);
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
    if let Some((at, mark)) = last.zip(series.key.mark) {
        pen.mark(mark, at, 6.4, WHITE)?;
        pen.mark(mark, at, 5.0, ink)?;
    }
    Ok(())
}
