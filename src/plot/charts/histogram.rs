//! Histograms: how often values of each size occur.

use super::bins;
use crate::plot::draw::number::Number;
use crate::plot::furniture::frame::Frame;

/// The distribution of some numbers (matplotlib's `hist`).
///
/// ```
/// use gradus::plot::Histogram;
/// let figure = Histogram::new("Ages")
///     .values("smokers", &[19.0, 23.0, 33.0, 33.0, 41.0])
///     .values("others", &[18.0, 28.0, 29.0, 44.0, 60.0, 61.0])
///     .bins(6)
///     .x_label("age, years")
///     .plot();
/// assert_eq!(figure.mime(), "image/svg+xml");
/// ```
///
/// Several series share their bins and lie over each other. Values that are NaN or infinite are left out. Without
/// [`bins`](Self::bins) their number is chosen as NumPy's `auto` does; the counts themselves come from
/// [`Bins`](crate::plot::Bins).
#[derive(Debug, Clone)]
pub struct Histogram {
    pub(super) frame: Frame,
    pub(super) series: Vec<(String, Vec<f64>)>,
    pub(super) bins: Option<usize>,
    pub(super) range: Option<(f64, f64)>,
    pub(super) density: bool,
}

impl Histogram {
    /// An empty histogram of 700 × 360 pixels. The title may be empty.
    pub fn new(title: &str) -> Self {
        Self {
            frame: Frame::new(title),
            series: Vec::new(),
            bins: None,
            range: None,
            density: false,
        }
    }

    /// Adds values to count. The legend shows the name if there are two series or more.
    #[must_use]
    pub fn values<N: Number>(mut self, name: &str, values: &[N]) -> Self {
        self.series.push((name.into(), bins::finite(values)));
        self
    }

    /// Sets the number of bins, 1 to 2000.
    #[must_use]
    pub fn bins(mut self, bins: usize) -> Self {
        self.bins = Some(bins);
        self
    }

    /// Counts only what lies between `from` and `to`.
    #[must_use]
    pub fn x_range(mut self, from: f64, to: f64) -> Self {
        self.range = Some((from, to));
        self
    }

    /// Draws densities instead of counts: the area of each series is 1, so that sets of different sizes compare.
    #[must_use]
    pub fn density(mut self) -> Self {
        self.density = true;
        self
    }

    /// Names the horizontal axis, with its unit.
    #[must_use]
    pub fn x_label(mut self, text: &str) -> Self {
        self.frame.x_label = text.into();
        self
    }

    /// Names the vertical axis; without it, it is called "count" or "density".
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

    /// Says in words what the histogram shows; without it, the title and the names of the series do.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.frame.caption = Some(text.into());
        self
    }
}
