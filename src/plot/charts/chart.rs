//! Line charts: curves, functions and points over two labelled axes.

use crate::plot::draw::number::Number;
use crate::plot::draw::style::Mark;
use crate::plot::furniture::frame::Frame;
use crate::plot::furniture::series::{Key, Series};

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
    pub(super) frame: Frame,
    pub(super) series: Vec<Series>,
    pub(super) markers: bool,
    pub(super) log: (bool, bool),
    pub(super) x_range: Option<(f64, f64)>,
    pub(super) y_range: Option<(f64, f64)>,
}

impl Chart {
    /// An empty chart of 700 × 360 pixels. The title may be empty.
    pub fn new(title: &str) -> Self {
        Self {
            frame: Frame::new(title),
            series: Vec::new(),
            markers: false,
            log: (false, false),
            x_range: None,
            y_range: None,
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
        self.frame.x_label = text.into();
        self
    }

    /// Names the vertical axis, with its unit.
    #[must_use]
    pub fn y_label(mut self, text: &str) -> Self {
        self.frame.y_label = text.into();
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
        self.frame.check_range("x_range", from, to, self.log.0);
        self.x_range = Some((from, to));
        self
    }

    /// Fixes the ends of the vertical axis; what lies outside is cut off.
    #[must_use]
    pub fn y_range(mut self, from: f64, to: f64) -> Self {
        self.frame.check_range("y_range", from, to, self.log.1);
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
        self.frame.resize((width, height), (220, 170));
        self
    }

    /// Says in words what the chart shows; without it, the title and the names of the series do.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.frame.caption = Some(text.into());
        self
    }

    fn series<X: Number, Y: Number>(mut self, name: &str, x: &[X], y: &[Y], joined: bool) -> Self {
        if x.len() != y.len() {
            let got = format!("{} x and {} y", x.len(), y.len());
            self.frame
                .note(&format!("series {name:?}"), "as many y as x".into(), got);
        }
        let points = x.iter().zip(y).map(|(x, y)| (x.to_f64(), y.to_f64())).collect();
        let mark = (!joined).then(|| Mark::class(self.series.len()));
        let name = name.into();
        let key = Key { name, joined, mark };
        self.series.push(Series { key, points });
        self
    }
}
