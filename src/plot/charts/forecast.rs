//! A forecast: what was, what came, what was expected, and how sure the forecast is.

use plotters::prelude::DrawingBackend;

use crate::plot::draw::axis::{self, Axis};
use crate::plot::draw::color::{self, WHITE};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::paper;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::Mark;
use crate::plot::furniture::area::Area;
use crate::plot::furniture::axes::axes;
use crate::plot::furniture::clip::runs;
use crate::plot::furniture::frame::Frame;
use crate::plot::furniture::series::Key;
use crate::{Error, Result};

const SIZE: (u32, u32) = (700, 360);
/// How much of its colour the band keeps.
const PALE: f32 = 0.28;

/// A series up to now, what came afterwards, and a forecast with its band.
///
/// ```
/// use gradus::plot::Forecast;
/// let figure = Forecast::new("Passengers", &[112.0, 118.0, 132.0])
///     .truth(&[129.0, 121.0])
///     .forecast(&[130.0, 125.0])
///     .band("80 % band", &[120.0, 110.0], &[140.0, 138.0])
///     .x_label("month")
///     .plot();
/// assert_eq!(figure.error(), None);
/// ```
///
/// Taught in notebook 14.
#[derive(Debug, Clone)]
pub struct Forecast {
    frame: Frame,
    history: Vec<f32>,
    truth: Vec<f32>,
    forecasts: Vec<(String, Vec<f32>)>,
    band: Option<(String, Vec<f32>, Vec<f32>)>,
    first: f64,
}

impl Forecast {
    /// A chart of a series up to now, 700 × 360 pixels. The steps are counted from 0 unless [`from`](Self::from) says otherwise.
    pub fn new(title: &str, history: &[f32]) -> Self {
        Self {
            frame: Frame::new(title),
            history: history.to_vec(),
            truth: Vec::new(),
            forecasts: Vec::new(),
            band: None,
            first: 0.0,
        }
    }

    /// What came in the steps behind the history.
    #[must_use]
    pub fn truth(mut self, values: &[f32]) -> Self {
        self.truth = values.to_vec();
        self
    }

    /// What was forecast for the steps behind the history.
    #[must_use]
    pub fn forecast(self, values: &[f32]) -> Self {
        self.named("forecast", values)
    }

    /// One more forecast, with its name: a simple one to compare with.
    #[must_use]
    pub fn named(mut self, name: &str, values: &[f32]) -> Self {
        self.forecasts.push((name.into(), values.to_vec()));
        self
    }

    /// The band in which the values are expected, step for step behind the history: its lower and its upper edge.
    #[must_use]
    pub fn band(mut self, name: &str, lower: &[f32], upper: &[f32]) -> Self {
        let ordered = lower.len() == upper.len() && lower.iter().zip(upper).all(|(low, high)| low <= high);
        if !ordered || lower.is_empty() {
            let got = format!(
                "{} and {} values, or a lower one above its upper one",
                lower.len(),
                upper.len()
            );
            self.frame.note(
                "band of a forecast",
                "as many lower as upper values, each below its upper one".into(),
                got,
            );
        }
        self.band = Some((name.into(), lower.to_vec(), upper.to_vec()));
        self
    }

    /// The number of the first step of the history, on the horizontal axis.
    #[must_use]
    pub fn from(mut self, first: f64) -> Self {
        self.first = first;
        self
    }

    /// Names the horizontal axis, with its unit.
    #[must_use]
    pub fn x_label(mut self, text: &str) -> Self {
        self.frame.x_label = text.into();
        self
    }

    /// Names the vertical axis, with its unit.
    #[must_use]
    pub fn y_label(mut self, text: &str) -> Self {
        self.frame.y_label = text.into();
        self
    }

    /// Sets width and height in pixels, at least 220 × 170.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.frame.resize((width, height), (220, 170));
        self
    }

    /// Says in words what the chart shows.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.frame.caption = Some(text.into());
        self
    }

    /// Draws the chart as SVG.
    pub fn plot(&self) -> Figure {
        self.frame.finish(self.draw(), || {
            let title = self.frame.title_or("Forecast");
            let steps = self.forecasts.first().map_or(0, |(_, values)| values.len());
            format!("{title}: {} steps of history, {steps} of forecast", self.history.len())
        })
    }

    /// The curves with their names; all but the history begin at its last point.
    fn curves(&self) -> Vec<(&str, Vec<(f64, f64)>)> {
        let mut curves = vec![("history", self.points(&self.history, 0))];
        if !self.truth.is_empty() {
            curves.push(("what came", self.continued(&self.truth)));
        }
        curves.extend(
            self.forecasts
                .iter()
                .map(|(name, values)| (name.as_str(), self.continued(values))),
        );
        curves
    }

    fn points(&self, values: &[f32], start: usize) -> Vec<(f64, f64)> {
        let point = |(i, v): (usize, &f32)| (self.first + (start + i) as f64, f64::from(*v));
        values.iter().enumerate().map(point).collect()
    }

    fn continued(&self, values: &[f32]) -> Vec<(f64, f64)> {
        let start = self.history.len().saturating_sub(1);
        let mut points = self.points(&self.history[start..], start);
        points.extend(self.points(values, self.history.len()));
        points
    }

    /// The corners of the band: along its upper edge, and back along the lower one.
    fn corners(&self) -> Option<(&str, Vec<(f64, f64)>)> {
        let (name, lower, upper) = self.band.as_ref()?;
        let mut corners = self.points(upper, self.history.len());
        corners.extend(self.points(lower, self.history.len()).into_iter().rev());
        Some((name, corners))
    }

    fn draw(&self) -> Result<Figure> {
        self.frame.check()?;
        let curves = self.curves();
        let band = self.corners();
        let sides = self.frame.sides(SIZE);
        let corners = band.iter().flat_map(|(_, corners)| corners.clone());
        let all: Vec<(f64, f64)> = curves
            .iter()
            .flat_map(|(_, points)| points.clone())
            .chain(corners)
            .collect();
        let axis = |values: Vec<f64>, wanted: f64, steps: bool| {
            axis::check(
                &format!("values of the forecast {:?}", self.frame.title),
                values.iter().copied(),
                false,
            )?;
            Axis::around(values.iter().copied(), false, wanted as usize, steps).ok_or_else(|| Error::Argument {
                what: format!("values of the forecast {:?}", self.frame.title),
                expected: "at least one finite number".into(),
                got: format!("{} values, none of them drawable", values.len()),
            })
        };
        let finite = || all.iter().filter(|(_, y)| y.is_finite());
        let x = axis(finite().map(|p| p.0).collect(), sides.0 / 75.0, true)?;
        let y = axis(finite().map(|p| p.1).collect(), sides.1 / 55.0, false)?;
        let mut keys: Vec<Key> = curves.iter().map(|(name, _)| key(name, true)).collect();
        keys.extend(band.iter().map(|(name, _)| key(name, false)));
        paper::svg(sides.0, sides.1, |pen| {
            let top = self.frame.head(pen, sides, if keys.len() > 1 { &keys } else { &[] })?;
            let area = self.frame.area(top, &y, sides);
            // The band lies under the grid's frame and all curves.
            axes(pen, area, &x, &y)?;
            if let Some((_, corners)) = &band {
                ribbon(pen, area, (&x, &y), corners, curves.len())?;
            }
            self.frame.names(pen, area, sides.1)?;
            for (i, (_, points)) in curves.iter().enumerate() {
                runs(area, &x, &y, points)
                    .iter()
                    .try_for_each(|run| pen.line(run, color::class(i), 2.0))?;
            }
            Ok(())
        })
    }
}

/// The band in the pale colour of its place in the legend.
fn ribbon<B: DrawingBackend>(
    pen: &mut Pen<B>,
    area: Area,
    (x, y): (&Axis, &Axis),
    corners: &[(f64, f64)],
    class: usize,
) -> Result<()> {
    let spots = corners.iter().filter_map(|p| x.place(p.0).zip(y.place(p.1)));
    let spots: Vec<(f64, f64)> = spots.map(|(a, b)| area.spot(a, b)).collect();
    pen.polygon(&spots, color::mix(color::class(class), WHITE, PALE))
}

fn key(name: &str, joined: bool) -> Key {
    Key {
        name: name.into(),
        joined,
        mark: (!joined).then_some(Mark::Square),
    }
}
