//! How a line chart is laid out and drawn.

use plotters::prelude::DrawingBackend;

use super::chart::Chart;
use crate::plot::draw::axis::{self, Axis};
use crate::plot::draw::color::{self, Rgb};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::paper;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::Mark;
use crate::plot::draw::thin::thin;
use crate::plot::furniture::area::Area;
use crate::plot::furniture::axes::axes;
use crate::plot::furniture::clip::runs;
use crate::plot::furniture::series::{Key, Series};
use crate::{Error, Result};

const SIZE: (u32, u32) = (700, 360);
/// More marks than this make an SVG heavy: such a chart becomes pixels.
const MAX_SVG_MARKS: usize = 600;
/// A line with no more points than this gets a mark at each of them.
const FEW_POINTS: usize = 15;

/// The axes, and the series thinned to what can be seen, with their marks decided.
struct Scene {
    x: Axis,
    y: Axis,
    series: Vec<Series>,
}

impl Scene {
    fn marks(&self) -> usize {
        let marked = self.series.iter().filter(|s| s.key.mark.is_some());
        marked.map(|s| s.points.len()).sum()
    }
}

impl Chart {
    /// Draws the chart: SVG, or pixels where there are more than 600 points to mark.
    pub fn plot(&self) -> Figure {
        let drawn = self.scene().and_then(|scene| {
            if scene.marks() > MAX_SVG_MARKS {
                self.pixels(&scene)
            } else {
                let (width, height) = self.sides();
                paper::svg(width, height, |pen| self.draw(pen, &scene))
            }
        });
        self.frame.finish(drawn, || self.alt())
    }

    /// Draws the chart as pixels whatever it holds: a frame of an [`Animation`](crate::plot::Animation).
    pub fn plot_pixels(&self) -> Figure {
        let drawn = self.scene().and_then(|scene| self.pixels(&scene));
        self.frame.finish(drawn, || self.alt())
    }

    fn pixels(&self, scene: &Scene) -> Result<Figure> {
        let (width, height) = self.sides();
        paper::pixels(width, height, |pen| self.draw(pen, scene))
    }

    fn sides(&self) -> (f64, f64) {
        self.frame.sides(SIZE)
    }

    fn alt(&self) -> String {
        let names: Vec<&str> = self
            .series
            .iter()
            .map(|s| s.key.name.as_str())
            .filter(|n| !n.is_empty())
            .collect();
        let mut alt = self.frame.title_or("Chart").to_string();
        if !names.is_empty() {
            alt += &format!(": {}", names.join(", "));
        }
        match (self.frame.y_label.as_str(), self.frame.x_label.as_str()) {
            ("", "") => alt,
            (y, "") => format!("{alt} ({y})"),
            ("", x) => format!("{alt} (over {x})"),
            (y, x) => format!("{alt} ({y} over {x})"),
        }
    }

    /// The axes, and the series thinned to what can be seen.
    fn scene(&self) -> Result<Scene> {
        self.frame.check()?;
        let (width, height) = self.sides();
        let all = self.series.iter().flat_map(|s| s.points.iter().copied());
        let x = self.axis(
            self.x_range,
            all.clone().map(|p| p.0),
            self.log.0,
            (width / 75.0) as usize,
            true,
        )?;
        // Points beside the shown part do not stretch the other axis.
        let shown = all.filter(|p| x.place(p.0).is_some_and(|t| (0.0..=1.0).contains(&t)));
        let y = self.axis(
            self.y_range,
            shown.map(|p| p.1),
            self.log.1,
            (height / 55.0) as usize,
            false,
        )?;
        let lines = self.series.iter().filter(|s| s.key.joined).count();
        let series = self.series.iter().map(|s| {
            let few = s.key.joined && s.points.len() <= FEW_POINTS;
            let mark = s.key.mark.or((self.markers || few).then_some(Mark::Circle));
            let points = if s.key.joined && mark.is_none() {
                thin(&s.points, &x, &y, (width, height), lines)
            } else {
                s.points.clone()
            };
            let key = Key { mark, ..s.key.clone() };
            Series { key, points }
        });
        let series = series.collect();
        Ok(Scene { x, y, series })
    }

    fn axis(
        &self,
        range: Option<(f64, f64)>,
        values: impl Iterator<Item = f64> + Clone,
        log: bool,
        wanted: usize,
        steps: bool,
    ) -> Result<Axis> {
        if let Some((lo, hi)) = range {
            if log && lo <= 0.0 {
                return Err(Error::Argument {
                    what: "range of a logarithmic axis".into(),
                    expected: "two positive numbers".into(),
                    got: format!("{lo} and {hi}"),
                });
            }
            return Ok(Axis::exactly(lo, hi, log, wanted.max(2), false));
        }
        let n = values.clone().count();
        axis::check(
            &format!("values of the chart {:?}", self.frame.title),
            values.clone(),
            log,
        )?;
        Axis::around(values, log, wanted.max(2), steps).ok_or_else(|| Error::Argument {
            what: format!("values of the chart {:?}", self.frame.title),
            expected: if log {
                "at least one positive number"
            } else {
                "at least one finite number"
            }
            .into(),
            got: format!("{n} values, none of them drawable"),
        })
    }

    fn draw<B: DrawingBackend>(&self, pen: &mut Pen<B>, scene: &Scene) -> Result<()> {
        let sides = self.sides();
        let keys: Vec<Key> = scene.series.iter().map(|s| s.key.clone()).collect();
        let top = self.frame.head(pen, sides, if keys.len() > 1 { &keys } else { &[] })?;
        let area = self.frame.area(top, &scene.y, sides);
        axes(pen, area, &scene.x, &scene.y)?;
        self.frame.names(pen, area, sides.1)?;
        // Clouds of points lie lowest, so that a fitted line is seen; the marks of lines lie on top.
        let numbered = || scene.series.iter().enumerate();
        for (i, s) in numbered().filter(|(_, s)| !s.key.joined) {
            scene.mark(pen, area, s, color::class(i))?;
        }
        for (i, s) in numbered().filter(|(_, s)| s.key.joined) {
            scene.curve(pen, area, s, color::class(i))?;
        }
        for (i, s) in numbered().filter(|(_, s)| s.key.joined) {
            scene.mark(pen, area, s, color::class(i))?;
        }
        Ok(())
    }
}

impl Scene {
    fn curve<B: DrawingBackend>(&self, pen: &mut Pen<B>, area: Area, series: &Series, ink: Rgb) -> Result<()> {
        runs(area, &self.x, &self.y, &series.points)
            .iter()
            .try_for_each(|run| pen.line(run, ink, 2.0))
    }

    fn mark<B: DrawingBackend>(&self, pen: &mut Pen<B>, area: Area, series: &Series, ink: Rgb) -> Result<()> {
        let Some(mark) = series.key.mark else {
            return Ok(());
        };
        // Many points need smaller marks.
        let radius = if series.points.len() > 300 { 2.4 } else { 3.3 };
        for p in &series.points {
            let Some((a, b)) = self.x.place(p.0).zip(self.y.place(p.1)) else {
                continue;
            };
            if (0.0..=1.0).contains(&a) && (0.0..=1.0).contains(&b) {
                pen.mark(mark, area.spot(a, b), radius, ink)?;
            }
        }
        Ok(())
    }
}
