//! Line charts: curves, functions and points over two labelled axes.

use super::axis::Axis;
use super::chart_draw;
use super::figure::Figure;
use super::message;
use super::number::Number;
use super::pen::{self, Mark};
use crate::{Error, Result};

/// More marks than this make an SVG heavy: such a chart becomes pixels.
const MAX_SVG_MARKS: usize = 600;
/// A line with no more points than this gets a mark at each of them.
const FEW_POINTS: usize = 15;

/// Curves and points over two axes (matplotlib's `plot` and `scatter`).
///
/// ```
/// use gradus::plot::Chart;
/// let figure = Chart::new("Learning curve")
///     .line("training", &[1, 2, 3], &[0.9, 0.5, 0.4])
///     .line("validation", &[1, 2, 3], &[0.8, 0.6, 0.6])
///     .x_label("epoch")
///     .y_label("loss")
///     .plot();
/// assert_eq!(figure.mime(), "image/svg+xml");
/// ```
///
/// Values that are NaN, infinite or, on a logarithmic axis, not positive leave a gap in a line. A line with very many
/// points is thinned to what the figure's pixels can show; peaks stay.
#[derive(Debug, Clone)]
pub struct Chart {
    pub(crate) title: String,
    pub(crate) x_label: String,
    pub(crate) y_label: String,
    pub(crate) series: Vec<Series>,
    pub(crate) size: (u32, u32),
    markers: bool,
    log: (bool, bool),
    x_range: Option<(f64, f64)>,
    y_range: Option<(f64, f64)>,
    caption: Option<String>,
    /// The first mistake in what was given; `plot` shows it.
    problem: Option<(String, String, String)>,
}

/// One curve or one cloud of points.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub name: String,
    pub points: Vec<(f64, f64)>,
    /// Whether the points are joined.
    pub joined: bool,
    /// The mark at each point, if any.
    pub mark: Option<Mark>,
}

impl Chart {
    /// An empty chart of 700 × 360 pixels. The title may be empty.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.into(),
            x_label: String::new(),
            y_label: String::new(),
            series: Vec::new(),
            size: (700, 360),
            markers: false,
            log: (false, false),
            x_range: None,
            y_range: None,
            caption: None,
            problem: None,
        }
    }

    /// Adds a curve through the points `(x[i], y[i])`. The legend shows its name if there are two series or more.
    #[must_use]
    pub fn line<X: Number, Y: Number>(self, name: &str, x: &[X], y: &[Y]) -> Self {
        self.series(name, x, y, true)
    }

    /// Adds points that are not joined.
    #[must_use]
    pub fn points<X: Number, Y: Number>(self, name: &str, x: &[X], y: &[Y]) -> Self {
        self.series(name, x, y, false)
    }

    /// Adds the curve of a function between `from` and `to`.
    #[must_use]
    pub fn function(self, name: &str, from: f64, to: f64, f: impl Fn(f64) -> f64) -> Self {
        const STEPS: usize = 300;
        let x: Vec<f64> = (0..=STEPS)
            .map(|i| from + (to - from) * i as f64 / STEPS as f64)
            .collect();
        let y: Vec<f64> = x.iter().map(|&x| f(x)).collect();
        self.series(name, &x, &y, true)
    }

    /// Names the horizontal axis, with its unit.
    #[must_use]
    pub fn x_label(mut self, text: &str) -> Self {
        self.x_label = text.into();
        self
    }

    /// Names the vertical axis, with its unit.
    #[must_use]
    pub fn y_label(mut self, text: &str) -> Self {
        self.y_label = text.into();
        self
    }

    /// Makes the horizontal axis logarithmic.
    #[must_use]
    pub fn log_x(mut self) -> Self {
        self.log.0 = true;
        self
    }

    /// Makes the vertical axis logarithmic.
    #[must_use]
    pub fn log_y(mut self) -> Self {
        self.log.1 = true;
        self
    }

    /// Fixes the ends of the horizontal axis; what lies outside is cut off.
    #[must_use]
    pub fn x_range(mut self, from: f64, to: f64) -> Self {
        self.check_range("x_range", from, to, self.log.0);
        self.x_range = Some((from, to));
        self
    }

    /// Fixes the ends of the vertical axis; what lies outside is cut off.
    #[must_use]
    pub fn y_range(mut self, from: f64, to: f64) -> Self {
        self.check_range("y_range", from, to, self.log.1);
        self.y_range = Some((from, to));
        self
    }

    /// Marks every point of every line. Lines of 15 points or fewer have marks anyway.
    #[must_use]
    pub fn markers(mut self) -> Self {
        self.markers = true;
        self
    }

    /// Sets width and height in pixels, at least 220 × 170.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = (width.max(220), height.max(170));
        self
    }

    /// Says in words what the chart shows; without it, the title and the names of the series do.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.caption = Some(text.into());
        self
    }

    /// Draws the chart: SVG, or pixels where there are more than 600 points to mark.
    pub fn plot(&self) -> Figure {
        let drawn = self.scene().and_then(|(x, y, series)| {
            if marks(&series) > MAX_SVG_MARKS {
                self.draw_pixels(&x, &y, &series)
            } else {
                let (w, h) = (f64::from(self.size.0), f64::from(self.size.1));
                pen::svg(w, h, |pen| chart_draw::draw(self, &x, &y, &series, pen))
            }
        });
        self.finish(drawn)
    }

    /// Draws the chart as pixels whatever it holds: a frame of an [`Animation`](super::Animation).
    pub fn plot_pixels(&self) -> Figure {
        let drawn = self
            .scene()
            .and_then(|(x, y, series)| self.draw_pixels(&x, &y, &series));
        self.finish(drawn)
    }

    fn draw_pixels(&self, x: &Axis, y: &Axis, series: &[Series]) -> Result<Figure> {
        let (w, h) = (f64::from(self.size.0), f64::from(self.size.1));
        pen::pixels(w, h, |pen| chart_draw::draw(self, x, y, series, pen))
    }

    fn finish(&self, drawn: Result<Figure>) -> Figure {
        match drawn {
            Ok(figure) => figure.caption(&self.alt()),
            Err(error) => message::message(&error),
        }
    }

    fn alt(&self) -> String {
        if let Some(caption) = &self.caption {
            return caption.clone();
        }
        let names: Vec<&str> = self
            .series
            .iter()
            .map(|s| s.name.as_str())
            .filter(|n| !n.is_empty())
            .collect();
        let title = if self.title.is_empty() { "Chart" } else { &self.title };
        let mut alt = title.to_string();
        if !names.is_empty() {
            alt += &format!(": {}", names.join(", "));
        }
        match (self.y_label.as_str(), self.x_label.as_str()) {
            ("", "") => alt,
            (y, "") => format!("{alt} ({y})"),
            ("", x) => format!("{alt} (over {x})"),
            (y, x) => format!("{alt} ({y} over {x})"),
        }
    }

    fn series<X: Number, Y: Number>(mut self, name: &str, x: &[X], y: &[Y], joined: bool) -> Self {
        if x.len() != y.len() {
            self.note(
                format!("series {name:?}"),
                "as many y as x".into(),
                format!("{} x and {} y", x.len(), y.len()),
            );
        }
        let points = x.iter().zip(y).map(|(x, y)| (x.to_f64(), y.to_f64())).collect();
        let mark = (!joined).then(|| Mark::class(self.series.len()));
        self.series.push(Series {
            name: name.into(),
            points,
            joined,
            mark,
        });
        self
    }

    fn check_range(&mut self, what: &str, from: f64, to: f64, log: bool) {
        let ordered = from < to && (to - from).is_finite();
        if !ordered || (log && from <= 0.0) {
            let low = if log { "two positive numbers" } else { "two numbers" };
            self.note(
                what.into(),
                format!("{low}, the smaller first"),
                format!("{from} and {to}"),
            );
        }
    }

    fn note(&mut self, what: String, expected: String, got: String) {
        self.problem.get_or_insert((what, expected, got));
    }

    /// The axes, and the series thinned to what can be seen.
    fn scene(&self) -> Result<(Axis, Axis, Vec<Series>)> {
        if let Some((what, expected, got)) = self.problem.clone() {
            return Err(Error::Argument { what, expected, got });
        }
        let (width, height) = (f64::from(self.size.0), f64::from(self.size.1));
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
        let lines = self.series.iter().filter(|s| s.joined).count();
        let series = self.series.iter().map(|s| {
            let few = s.joined && s.points.len() <= FEW_POINTS;
            let mark = s.mark.or((self.markers || few).then_some(Mark::Circle));
            let points = if s.joined && mark.is_none() {
                super::thin::thin(&s.points, &x, &y, self.size, lines)
            } else {
                s.points.clone()
            };
            Series {
                points,
                mark,
                ..s.clone()
            }
        });
        let series = series.collect();
        Ok((x, y, series))
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
        Axis::around(values, log, wanted.max(2), steps).ok_or_else(|| Error::Argument {
            what: format!("values of the chart {:?}", self.title),
            expected: if log {
                "at least one positive number"
            } else {
                "at least one finite number"
            }
            .into(),
            got: format!("{n} values, none of them drawable"),
        })
    }
}

fn marks(series: &[Series]) -> usize {
    series.iter().filter(|s| s.mark.is_some()).map(|s| s.points.len()).sum()
}
