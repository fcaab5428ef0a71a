//! The curves and points of a chart over three axes.

use plotters::prelude::DrawingBackend;

use super::chart3d::Series3D;
use super::chart3d_scene::Scene;
use super::mesh::Depths;
use super::space::Seen;
use crate::Result;
use crate::plot::draw::axis::Axis;
use crate::plot::draw::color::{self, Rgb, WHITE};
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::Mark;
use crate::plot::draw::thin::thin;

/// Pieces of one colour that a curve coloured along its way is made of.
const PIECES: usize = 40;
/// A path with no more points than this has a dot at each of them.
const FEW_POINTS: usize = 60;
/// How long a stretch may be before it is cut to follow the surface, as a share of the box.
const STRETCH: f64 = 0.004;

/// A stretch of a curve that is seen in one go.
struct Run {
    path: Vec<Seen>,
    color: Rgb,
    hidden: bool,
}

impl Scene<'_> {
    /// Draws all curves and points; where the surface hides a curve, it is pale and thin.
    pub fn curves<B: DrawingBackend>(&self, pen: &mut Pen<B>, depths: Option<&Depths>) -> Result<()> {
        let series = || self.chart.series.iter().enumerate();
        let runs: Vec<(usize, Vec<Run>)> = series()
            .filter(|(_, s)| s.key.joined)
            .map(|(i, s)| (i, self.runs(s, color::class(i), depths)))
            .collect();
        let lines = runs.iter().map(|(_, r)| r.len()).sum();
        for (_, runs) in &runs {
            for run in runs.iter().filter(|r| r.hidden) {
                self.line(pen, run, color::mix(run.color, WHITE, 0.45), 1.2, lines)?;
            }
        }
        for (i, runs) in &runs {
            let seam = self.chart.series[*i].lies;
            for run in runs.iter().filter(|r| !r.hidden && seam) {
                self.line(pen, run, WHITE, 4.0, lines)?;
            }
            for run in runs.iter().filter(|r| !r.hidden) {
                self.line(pen, run, run.color, if seam { 2.2 } else { 1.8 }, lines)?;
            }
        }
        for (i, s) in series() {
            self.marks(pen, s, color::class(i), depths)?;
        }
        Ok(())
    }

    /// A point of a series as shares of the axes; `None` for a gap and outside the box.
    fn share(&self, series: &Series3D, mut point: [f64; 3]) -> Option<[f64; 3]> {
        if let Some(surface) = self.chart.surface.as_ref().filter(|_| series.lies) {
            point[2] = f64::from(surface.at([point[0] as f32, point[1] as f32]));
        }
        let share = self.space.share(point)?;
        share.iter().all(|s| (-1e-6..=1.0 + 1e-6).contains(s)).then_some(share)
    }

    /// The stretches of a curve: it breaks at gaps, at the walls of the box and where a hill begins or ends to hide it.
    fn runs(&self, series: &Series3D, color: Rgb, depths: Option<&Depths>) -> Vec<Run> {
        let points = if self.chart.surface.is_some() || self.chart.ranges.iter().any(Option::is_some) {
            self.follow(&series.points)
        } else {
            series.points.clone()
        };
        let piece = points.len().div_ceil(PIECES).max(1);
        let mut runs: Vec<Run> = Vec::new();
        let mut before: Option<Seen> = None;
        for (i, point) in points.iter().enumerate() {
            let Some(share) = self.share(series, *point) else {
                before = None;
                continue;
            };
            let seen = self.space.project(share);
            let hidden = depths.is_some_and(|d| d.hide(seen));
            let color = match self.chart.along {
                Some(map) => map.at(((i / piece) as f32 + 0.5) / points.len().div_ceil(piece) as f32),
                None => color,
            };
            match runs.last_mut() {
                Some(run) if before.is_some() && run.hidden == hidden && run.color == color => run.path.push(seen),
                _ => runs.push(Run {
                    path: before.into_iter().chain([seen]).collect(),
                    color,
                    hidden,
                }),
            }
            before = Some(seen);
        }
        if self.chart.along.is_some() {
            // What is nearer is drawn later.
            let near = |run: &Run| run.path.iter().map(|s| s.near).sum::<f64>() / run.path.len() as f64;
            runs.sort_by(|a, b| near(a).total_cmp(&near(b)));
        }
        runs
    }

    /// The points with others between them, close enough to follow a surface and to end at the walls.
    fn follow(&self, points: &[[f64; 3]]) -> Vec<[f64; 3]> {
        let mut out = Vec::new();
        for (i, &point) in points.iter().enumerate() {
            let before = points[i.saturating_sub(1)];
            let far = |axis: usize| {
                let [a, b] = [before, point].map(|p| self.space.axes[axis].place(p[axis]));
                a.zip(b).map_or(0.0, |(a, b)| (b - a).abs())
            };
            let parts = ((far(0) + far(1) + far(2)) / STRETCH).clamp(1.0, 2000.0) as usize;
            for part in 1..parts {
                let share = part as f64 / parts as f64;
                out.push(std::array::from_fn(|c| before[c] + (point[c] - before[c]) * share));
            }
            out.push(point);
        }
        out
    }

    fn line<B: DrawingBackend>(&self, pen: &mut Pen<B>, run: &Run, color: Rgb, width: f64, lines: usize) -> Result<()> {
        let (w, h) = self.chart.sides();
        let path: Vec<(f64, f64)> = run.path.iter().map(|s| (s.x, s.y)).collect();
        let whole = |side: f64| Axis::exactly(0.0, side, false, 2, false);
        pen.line(&thin(&path, &whole(w), &whole(h), (w, h), lines), color, width)
    }

    /// The points of a cloud, the farthest first; of a path its dots, a ring at its start and a mark at its end.
    fn marks<B: DrawingBackend>(
        &self,
        pen: &mut Pen<B>,
        series: &Series3D,
        ink: Rgb,
        depths: Option<&Depths>,
    ) -> Result<()> {
        let Some(mark) = series.key.mark else {
            return Ok(());
        };
        let spot = |p: &[f64; 3]| {
            let seen = self.space.project(self.share(series, *p)?);
            (!depths.is_some_and(|d| d.hide(seen))).then_some(seen)
        };
        let at = |s: Seen| (s.x, s.y);
        let end = series.points.last().and_then(spot);
        if series.key.joined {
            if series.points.len() <= FEW_POINTS {
                for seen in series.points.iter().filter_map(spot) {
                    pen.mark(Mark::Circle, at(seen), 2.7, ink)?;
                }
            }
            if let Some(start) = series.points.first().and_then(spot).filter(|_| series.points.len() > 1) {
                pen.mark(Mark::Circle, at(start), 4.6, ink)?;
                pen.mark(Mark::Circle, at(start), 2.6, WHITE)?;
            }
            if let Some(end) = end {
                pen.mark(mark, at(end), 6.4, WHITE)?;
                pen.mark(mark, at(end), 5.0, ink)?;
            }
            return Ok(());
        }
        let mut seen: Vec<Seen> = series.points.iter().filter_map(spot).collect();
        seen.sort_by(|a, b| a.near.total_cmp(&b.near));
        // Many points need smaller marks, and seams would cover the others.
        let (radius, seam) = if seen.len() > 300 { (2.0, 0.0) } else { (3.6, 0.9) };
        for seen in seen {
            if seam > 0.0 {
                pen.mark(mark, at(seen), radius + seam, WHITE)?;
            }
            pen.mark(mark, at(seen), radius, ink)?;
        }
        Ok(())
    }
}
