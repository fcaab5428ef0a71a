//! How a chart over three axes is laid out and drawn: back walls, surface, curves, ticks.

use plotters::prelude::DrawingBackend;
use plotters_bitmap::BitMapBackend;

use super::chart3d::Chart3D;
use super::mesh::Depths;
use super::space::Space;
use crate::plot::draw::axis::{self, Axis};
use crate::plot::draw::color::{FRAME, GRID, INK, MUTED, Rgb};
use crate::plot::draw::font;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Type};
use crate::plot::furniture::area::{Area, EDGE, LABEL, TICK};
use crate::plot::furniture::axes::widest;
use crate::plot::furniture::legend::legend_height;
use crate::plot::furniture::series::Key;
use crate::{Error, Result};

const WALL: Rgb = [247, 247, 247];

/// A chart whose axes are known.
pub(super) struct Scene<'a> {
    pub chart: &'a Chart3D,
    pub space: Space,
    /// What the legend shows.
    keys: Vec<Key>,
}

impl<'a> Scene<'a> {
    pub fn new(chart: &'a Chart3D) -> Result<Self> {
        chart.frame.check()?;
        let axes = axes(chart)?;
        let keys: Vec<Key> = chart.series.iter().map(|s| s.key.clone()).collect();
        let shown = keys.len() > 1 || chart.surface.is_some();
        let keys = if shown { keys } else { Vec::new() };
        let (width, height) = chart.sides();
        let mut top = EDGE + if chart.frame.title.is_empty() { 0.0 } else { 24.0 };
        top += legend_height(&keys, width);
        let labels = chart.labels();
        let name = |i: usize| if labels[i].is_empty() { 0.0 } else { LABEL + 8.0 };
        let area = Area {
            left: EDGE + name(2) + widest(&axes[2]) + 10.0,
            top: top + 8.0,
            right: width - EDGE - 30.0,
            bottom: height - EDGE - name(0).max(name(1)) - TICK - 8.0,
        };
        Ok(Self {
            chart,
            space: Space::new(axes, chart.azimuth, chart.elevation, area),
            keys,
        })
    }

    /// Ground, title, legend and the three back walls with their grid.
    pub fn behind<B: DrawingBackend>(&self, pen: &mut Pen<B>) -> Result<()> {
        self.chart.frame.head(pen, self.chart.sides(), &self.keys)?;
        for wall in 0..3 {
            let (a, b) = ((wall + 1) % 3, (wall + 2) % 3);
            let at = |u: f64, v: f64| {
                let mut share = [self.far(wall); 3];
                (share[a], share[b]) = (u, v);
                self.spot(share)
            };
            let corners = [at(0.0, 0.0), at(1.0, 0.0), at(1.0, 1.0), at(0.0, 1.0)];
            pen.polygon(&corners, WALL)?;
            for v in inside(&self.space.axes[a]) {
                pen.line(&[at(v, 0.0), at(v, 1.0)], GRID, 1.0)?;
            }
            for v in inside(&self.space.axes[b]) {
                pen.line(&[at(0.0, v), at(1.0, v)], GRID, 1.0)?;
            }
            pen.line(
                &[corners[0], corners[1], corners[2], corners[3], corners[0]],
                FRAME,
                1.0,
            )?;
        }
        Ok(())
    }

    /// The surface, if there is one; returns how near it is in every pixel.
    pub fn surface(&self, pen: &mut Pen<BitMapBackend<'_>>) -> Result<Option<Depths>> {
        let Some(surface) = &self.chart.surface else {
            return Ok(None);
        };
        let size = self.chart.sides();
        let paper = pen.paper((0.0, 0.0), size);
        let depths = Depths::of(surface, &self.space, self.chart.map, paper, paper.0 as f64 / size.0);
        pen.dots(paper.0, &depths.colors)?;
        Ok(Some(depths))
    }

    /// Ticks and names along the three axes.
    pub fn ticks<B: DrawingBackend>(&self, pen: &mut Pen<B>) -> Result<()> {
        self.flat_axis(pen, 0)?;
        self.flat_axis(pen, 1)?;
        self.upright_axis(pen)
    }

    fn far(&self, axis: usize) -> f64 {
        if axis < 2 && self.space.far(axis) { 1.0 } else { 0.0 }
    }

    fn spot(&self, share: [f64; 3]) -> (f64, f64) {
        let seen = self.space.project(share);
        (seen.x, seen.y)
    }

    /// Ticks and name of the first or second axis, along the near edge of the floor.
    fn flat_axis<B: DrawingBackend>(&self, pen: &mut Pen<B>, axis: usize) -> Result<()> {
        let other = 1 - axis;
        let near = 1.0 - self.far(other);
        // Outwards on the floor, away from the box.
        let place = |along: f64, out: f64| {
            let mut share = [0.0; 3];
            share[axis] = along;
            share[other] = near + out * (2.0 * near - 1.0);
            self.spot(share)
        };
        let (from, to) = (place(0.5, 0.0), place(0.5, 0.1));
        let long = (to.0 - from.0).hypot(to.1 - from.1).max(1e-9);
        // Level views have no outwards: write below.
        let out = if long < 3.0 {
            (0.0, 1.0)
        } else {
            ((to.0 - from.0) / long, (to.1 - from.1) / long)
        };
        let ends = [place(0.0, 0.0), place(1.0, 0.0)];
        if (ends[0].0 - ends[1].0).hypot(ends[0].1 - ends[1].1) < 40.0 {
            // Seen along its length: there is no room.
            return Ok(());
        }
        let mut widest = 0.0f64;
        for (v, text) in ticks(&self.space.axes[axis]) {
            let (x, y) = place(v, 0.0);
            pen.line(&[(x, y), (x + 5.0 * out.0, y + 5.0 * out.1)], FRAME, 1.0)?;
            self.write(pen, text, (x + 10.0 * out.0, y + 10.0 * out.1), out, TICK, MUTED)?;
            widest = widest.max(font::width(text, TICK, false));
        }
        // Beyond the tick labels, which lie beside the edge where it runs up and below it where it is level.
        let away = 14.0 + widest * out.0.abs() + (TICK + 6.0) * out.1.abs();
        let at = (from.0 + away * out.0, from.1 + away * out.1);
        self.write(pen, self.chart.labels()[axis], at, out, LABEL, INK)
    }

    /// Ticks and name of the upright axis, along the leftmost edge of the box.
    fn upright_axis<B: DrawingBackend>(&self, pen: &mut Pen<B>) -> Result<()> {
        let edges = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
        let x = |edge: &[f64; 2]| self.spot([edge[0], edge[1], 0.0]).0;
        let edge = edges
            .into_iter()
            .min_by(|a, b| x(a).total_cmp(&x(b)))
            .unwrap_or_default();
        let place = |z: f64| self.spot([edge[0], edge[1], z]);
        if place(0.0).1 - place(1.0).1 < 40.0 {
            return Ok(());
        }
        let mut widest = 0.0f64;
        for (v, text) in ticks(&self.space.axes[2]) {
            let (x, y) = place(v);
            pen.line(&[(x, y), (x - 5.0, y)], FRAME, 1.0)?;
            // At the floor another axis has its ticks.
            let raised = if v < 0.03 { 4.0 } else { 0.0 };
            pen.text_mid(text, x - 9.0, y - raised, Type::new(TICK, MUTED, Align::Right))?;
            widest = widest.max(font::width(text, TICK, false));
        }
        let (x, y) = place(0.5);
        let room = self.chart.sides().1 - 2.0 * EDGE;
        let name = font::fit(&self.chart.z_label, LABEL, false, room);
        pen.text_up(&name, x - widest - 19.0, y, Type::new(LABEL, INK, Align::Center))
    }

    /// A text beside a point, on the side that `out` points to, inside the figure.
    fn write<B: DrawingBackend>(
        &self,
        pen: &mut Pen<B>,
        text: &str,
        at: (f64, f64),
        out: (f64, f64),
        size: f64,
        ink: Rgb,
    ) -> Result<()> {
        let (width, height) = self.chart.sides();
        let text = font::fit(text, size, false, width - 2.0 * EDGE);
        let wide = font::width(&text, size, false);
        let left = at.0 + (out.0 - 1.0) / 2.0 * wide;
        let left = left.min(width - EDGE - wide).max(EDGE);
        let y = (at.1 + 0.5 * size * out.1).min(height - EDGE - 0.4 * size);
        pen.text_mid(&text, left, y, Type::new(size, ink, Align::Left))
    }
}

/// The shares of an axis at which it has ticks.
fn inside(axis: &Axis) -> Vec<f64> {
    ticks(axis).map(|(share, _)| share).collect()
}

fn ticks(axis: &Axis) -> impl Iterator<Item = (f64, &str)> {
    let placed = axis
        .ticks
        .iter()
        .filter_map(|(v, text)| Some((axis.place(*v)?, text.as_str())));
    placed.filter(|(share, _)| (0.0..=1.0).contains(share))
}

/// The three axes: fixed, or those of the surface, or around all points.
fn axes(chart: &Chart3D) -> Result<[Axis; 3]> {
    let heights = chart.surface.as_ref().map(|s| s.heights()).transpose()?;
    let lies = chart.series.iter().any(|s| s.lies);
    if lies && chart.surface.is_none() {
        return Err(Error::Argument {
            what: format!("path of the chart {:?}", chart.frame.title),
            expected: "a surface that it lies on".into(),
            got: "no surface".into(),
        });
    }
    let along = |i: usize| {
        let own = chart.surface.as_ref().and_then(|s| [Some(s.x), Some(s.y), None][i]);
        if let Some((lo, hi)) = own.or(chart.ranges[i]) {
            return Ok(Axis::exactly(lo, hi, false, 5, false));
        }
        let heights = heights.filter(|_| i == 2).map(|(lo, hi)| [lo, hi].map(f64::from));
        let points = chart.series.iter().filter(|s| i < 2 || !s.lies);
        let all: Vec<f64> = points
            .flat_map(|s| s.points.iter().map(|p| p[i]))
            .chain(heights.into_iter().flatten())
            .collect();
        axis::check(
            &format!("values of the chart {:?}", chart.frame.title),
            all.iter().copied(),
            false,
        )?;
        Axis::around(all.iter().copied(), false, 5, false).ok_or_else(|| Error::Argument {
            what: format!("values of the chart {:?}", chart.frame.title),
            expected: "at least one finite number on every axis".into(),
            got: format!("{} values, none of them drawable", all.len()),
        })
    };
    Ok([along(0)?, along(1)?, along(2)?])
}
