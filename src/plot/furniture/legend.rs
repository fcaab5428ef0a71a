//! How a chart is laid out and drawn: title, legend, axes, grid, curves.

use plotters::prelude::DrawingBackend;

use super::axis::Axis;
use super::chart::{Chart, Series};
use super::color::{self, FRAME, GRID, INK, MUTED, WHITE};
use super::font;
use super::pen::{Align, Pen, Type};
use crate::Result;

const TITLE: f64 = 14.0;
pub(crate) const LABEL: f64 = 12.5;
pub(crate) const TICK: f64 = 11.5;
pub(crate) const EDGE: f64 = 10.0;

/// The rectangle that the data fill.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub(crate) fn spot(&self, x: f64, y: f64) -> (f64, f64) {
        (
            self.left + x * (self.right - self.left),
            self.bottom - y * (self.bottom - self.top),
        )
    }
}

/// Draws the whole chart. `series` are the chart's, thinned and with their marks decided.
pub(crate) fn draw<B: DrawingBackend>(
    chart: &Chart,
    x: &Axis,
    y: &Axis,
    series: &[Series],
    pen: &mut Pen<B>,
) -> Result<()> {
    let (width, height) = (f64::from(chart.size.0), f64::from(chart.size.1));
    pen.fill(0.0, 0.0, width, height, WHITE)?;
    let mut top = title(pen, &chart.title, width)?;
    if series.len() > 1 {
        top += legend(pen, series, width, top)?;
    }
    let widest = y
        .ticks
        .iter()
        .map(|(_, t)| font::width(t, TICK, false))
        .fold(0.0, f64::max);
    let y_label = if chart.y_label.is_empty() { 0.0 } else { LABEL + 8.0 };
    let x_label = if chart.x_label.is_empty() { 0.0 } else { LABEL + 7.0 };
    let area = Area {
        left: EDGE + y_label + widest + 7.0,
        top: top + 4.0,
        right: width - EDGE - 8.0,
        bottom: height - EDGE - x_label - TICK - 6.0,
    };
    axes(pen, area, x, y)?;
    names(pen, (&chart.x_label, &chart.y_label), area, height)?;
    // Clouds of points lie lowest, so that a fitted line is seen; the marks of lines lie on top.
    let numbered = || series.iter().enumerate();
    for (i, s) in numbered().filter(|(_, s)| !s.joined) {
        marks(pen, area, x, y, s, color::class(i))?;
    }
    for (i, s) in numbered().filter(|(_, s)| s.joined) {
        curve(pen, area, x, y, s, color::class(i))?;
    }
    for (i, s) in numbered().filter(|(_, s)| s.joined) {
        marks(pen, area, x, y, s, color::class(i))?;
    }
    Ok(())
}

/// The title, if any; returns where what follows begins.
pub(crate) fn title<B: DrawingBackend>(pen: &mut Pen<B>, text: &str, width: f64) -> Result<f64> {
    if text.is_empty() {
        return Ok(EDGE);
    }
    let text = font::fit(text, TITLE, true, width - 2.0 * EDGE);
    let kind = Type::new(TITLE, INK, Align::Center).bold();
    pen.text(&text, width / 2.0, EDGE + TITLE, kind)?;
    Ok(EDGE + TITLE + 10.0)
}

const SAMPLE: f64 = 22.0;
const GAP: f64 = 18.0;
const ROW: f64 = 19.0;

/// The names of a legend, as much of each as fits, and which of them stand together in a row.
struct Rows {
    names: Vec<String>,
    rows: Vec<Vec<usize>>,
}

impl Rows {
    fn of(series: &[Series], width: f64) -> Self {
        let room = width - 2.0 * EDGE;
        let names = series
            .iter()
            .map(|s| font::fit(&s.name, LABEL, false, room - SAMPLE - 6.0))
            .collect();
        let mut legend = Self {
            names,
            rows: Vec::new(),
        };
        for i in (0..series.len()).filter(|&i| !series[i].name.is_empty()) {
            let fits = legend
                .rows
                .last()
                .is_some_and(|row| legend.long(row) + GAP + legend.wide(i) <= room);
            match legend.rows.last_mut().filter(|_| fits) {
                Some(row) => row.push(i),
                None => legend.rows.push(vec![i]),
            }
        }
        legend
    }

    fn wide(&self, i: usize) -> f64 {
        SAMPLE + 6.0 + font::width(&self.names[i], LABEL, false)
    }

    fn long(&self, row: &[usize]) -> f64 {
        row.iter().map(|&i| self.wide(i)).sum::<f64>() + GAP * row.len().saturating_sub(1) as f64
    }

    fn height(&self) -> f64 {
        match self.rows.len() {
            0 => 0.0,
            rows => ROW * rows as f64 + 4.0,
        }
    }
}

/// The height of what [`legend`] draws.
pub(crate) fn legend_height(series: &[Series], width: f64) -> f64 {
    Rows::of(series, width).height()
}

/// One row of names or more, centred; returns their height.
pub(crate) fn legend<B: DrawingBackend>(pen: &mut Pen<B>, series: &[Series], width: f64, top: f64) -> Result<f64> {
    let legend = Rows::of(series, width);
    for (r, row) in legend.rows.iter().enumerate() {
        let middle = top + ROW * (r as f64 + 0.5);
        let mut at = (width - legend.long(row)) / 2.0;
        for &i in row {
            let ink = color::class(i);
            if series[i].joined {
                pen.line(&[(at, middle), (at + SAMPLE, middle)], ink, 2.0)?;
            }
            if let Some(mark) = series[i].mark {
                pen.mark(mark, (at + SAMPLE / 2.0, middle), 4.0, ink)?;
            }
            let kind = Type::new(LABEL, INK, Align::Left);
            pen.text_mid(&legend.names[i], at + SAMPLE + 6.0, middle, kind)?;
            at += legend.wide(i) + GAP;
        }
    }
    Ok(legend.height())
}

/// Grid, frame and tick labels.
pub(crate) fn axes<B: DrawingBackend>(pen: &mut Pen<B>, area: Area, x: &Axis, y: &Axis) -> Result<()> {
    for (v, text) in &y.ticks {
        let Some(t) = inside(y, *v) else { continue };
        let (_, py) = area.spot(0.0, t);
        pen.fill(area.left, py - 0.5, area.right - area.left, 1.0, GRID)?;
        pen.text_mid(text, area.left - 7.0, py, Type::new(TICK, MUTED, Align::Right))?;
    }
    let mut free = f64::NEG_INFINITY;
    for (v, text) in &x.ticks {
        let Some(t) = inside(x, *v) else { continue };
        let (px, _) = area.spot(t, 0.0);
        pen.fill(px - 0.5, area.top, 1.0, area.bottom - area.top, GRID)?;
        let half = font::width(text, TICK, false) / 2.0;
        if px - half < free {
            continue;
        }
        free = px + half + 8.0;
        pen.text(
            text,
            px,
            area.bottom + TICK + 5.0,
            Type::new(TICK, MUTED, Align::Center),
        )?;
    }
    pen.frame(
        area.left,
        area.top,
        area.right - area.left,
        area.bottom - area.top,
        FRAME,
        1.0,
    )
}

fn inside(axis: &Axis, v: f64) -> Option<f64> {
    axis.place(v).filter(|t| (0.0..=1.0).contains(t))
}

/// The names of both axes.
pub(crate) fn names<B: DrawingBackend>(pen: &mut Pen<B>, (x, y): (&str, &str), area: Area, height: f64) -> Result<()> {
    let kind = Type::new(LABEL, INK, Align::Center);
    let (wide, tall) = (area.right - area.left, area.bottom - area.top);
    let text = font::fit(x, LABEL, false, wide.max(60.0));
    pen.text(&text, (area.left + area.right) / 2.0, height - EDGE - 1.0, kind)?;
    let text = font::fit(y, LABEL, false, tall.max(60.0));
    pen.text_up(&text, EDGE + LABEL - 1.0, (area.top + area.bottom) / 2.0, kind)
}

fn curve<B: DrawingBackend>(
    pen: &mut Pen<B>,
    area: Area,
    x: &Axis,
    y: &Axis,
    series: &Series,
    ink: color::Rgb,
) -> Result<()> {
    runs(area, x, y, series)
        .iter()
        .try_for_each(|run| pen.line(run, ink, 2.0))
}

/// The stretches of a curve that lie inside the area, in pixels: it breaks at its gaps and where it leaves the area.
pub(crate) fn runs(area: Area, x: &Axis, y: &Axis, series: &Series) -> Vec<Vec<(f64, f64)>> {
    let mut runs: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    let spots = series.points.iter().map(|p| x.place(p.0).zip(y.place(p.1)));
    let mut before: Option<(f64, f64)> = None;
    for spot in spots {
        let seen = before.zip(spot).and_then(|(a, b)| clip(a, b));
        let last = runs.len() - 1;
        match seen {
            Some((from, to)) if runs[last].last() == Some(&from) => runs[last].push(to),
            Some((from, to)) => runs.push(vec![from, to]),
            None => runs.push(Vec::new()),
        }
        before = spot;
    }
    runs.retain(|run| run.len() > 1);
    for spot in runs.iter_mut().flatten() {
        *spot = area.spot(spot.0, spot.1);
    }
    runs
}

fn marks<B: DrawingBackend>(
    pen: &mut Pen<B>,
    area: Area,
    x: &Axis,
    y: &Axis,
    series: &Series,
    ink: color::Rgb,
) -> Result<()> {
    let Some(mark) = series.mark else {
        return Ok(());
    };
    // Many points need smaller marks.
    let radius = if series.points.len() > 300 { 2.4 } else { 3.3 };
    for p in &series.points {
        let Some((a, b)) = x.place(p.0).zip(y.place(p.1)) else {
            continue;
        };
        if (0.0..=1.0).contains(&a) && (0.0..=1.0).contains(&b) {
            pen.mark(mark, area.spot(a, b), radius, ink)?;
        }
    }
    Ok(())
}

/// The part of a stretch that lies in the unit square (Liang and Barsky, 1984).
fn clip(a: (f64, f64), b: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (step, room) in [(-dx, a.0), (dx, 1.0 - a.0), (-dy, a.1), (dy, 1.0 - a.1)] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            enter = enter.max(room / step);
        } else {
            leave = leave.min(room / step);
        }
    }
    if enter > leave {
        return None;
    }
    let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
    // The ends themselves stay exact, so that neighbouring stretches still meet.
    Some((
        if enter == 0.0 { a } else { at(enter) },
        if leave == 1.0 { b } else { at(leave) },
    ))
}

#[cfg(test)]
mod tests {
    use super::clip;

    #[test]
    fn stretches_are_cut_at_the_border() {
        assert_eq!(clip((0.2, 0.2), (0.8, 0.8)), Some(((0.2, 0.2), (0.8, 0.8))));
        assert_eq!(clip((0.5, 0.5), (0.5, 1.5)), Some(((0.5, 0.5), (0.5, 1.0))));
        assert_eq!(clip((-1.0, 0.5), (2.0, 0.5)), Some(((0.0, 0.5), (1.0, 0.5))));
        assert_eq!(clip((-1.0, 2.0), (2.0, 2.0)), None);
        assert_eq!(clip((1.5, 0.0), (1.6, 1.0)), None);
    }
}
