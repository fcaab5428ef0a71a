//! Histograms: how often values of each size occur.

use plotters::prelude::DrawingBackend;

use super::axis::Axis;
use super::bins::{self, Bins};
use super::chart::Series;
use super::chart_draw::{Area, EDGE, LABEL, TICK, axes, legend, names, title};
use super::color::{self, WHITE};
use super::figure::Figure;
use super::font;
use super::message;
use super::number::Number;
use super::pen::{self, Mark, Pen};
use crate::Result;

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
/// [`bins`](Self::bins) their number is chosen as NumPy's `auto` does; the counts themselves come from [`Bins`].
#[derive(Debug, Clone)]
pub struct Histogram {
    title: String,
    series: Vec<(String, Vec<f64>)>,
    x_label: String,
    y_label: String,
    bins: Option<usize>,
    range: Option<(f64, f64)>,
    density: bool,
    size: (u32, u32),
    caption: Option<String>,
}

/// The outlines to draw, and their axes.
struct Scene {
    x: Axis,
    y: Axis,
    edges: Vec<f64>,
    heights: Vec<Vec<f64>>,
}

impl Histogram {
    /// An empty histogram of 700 × 360 pixels. The title may be empty.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.into(),
            series: Vec::new(),
            x_label: String::new(),
            y_label: String::new(),
            bins: None,
            range: None,
            density: false,
            size: (700, 360),
            caption: None,
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
        self.x_label = text.into();
        self
    }

    /// Names the vertical axis; without it, it is called "count" or "density".
    #[must_use]
    pub fn y_label(mut self, text: &str) -> Self {
        self.y_label = text.into();
        self
    }

    /// Sets width and height in pixels, at least 220 × 170.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = (width.max(220), height.max(170));
        self
    }

    /// Says in words what the histogram shows; without it, the title and the names of the series do.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.caption = Some(text.into());
        self
    }

    /// Draws the histogram, as SVG.
    pub fn plot(&self) -> Figure {
        let (w, h) = (f64::from(self.size.0), f64::from(self.size.1));
        self.finish(
            self.scene()
                .and_then(|scene| pen::svg(w, h, |pen| self.draw(pen, &scene))),
        )
    }

    /// Draws the histogram as pixels: a frame of an [`Animation`](super::Animation).
    pub fn plot_pixels(&self) -> Figure {
        let (w, h) = (f64::from(self.size.0), f64::from(self.size.1));
        self.finish(
            self.scene()
                .and_then(|scene| pen::pixels(w, h, |pen| self.draw(pen, &scene))),
        )
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
        let title = if self.title.is_empty() {
            "Histogram"
        } else {
            &self.title
        };
        let names: Vec<&str> = self.series.iter().map(|s| s.0.as_str()).collect();
        let of = if self.x_label.is_empty() {
            String::new()
        } else {
            format!(" (over {})", self.x_label)
        };
        format!("{title}: histogram of {}{of}", names.join(", "))
    }

    fn scene(&self) -> Result<Scene> {
        let all: Vec<f64> = self.series.iter().flat_map(|s| s.1.iter().copied()).collect();
        let (lo, hi) = match self.range {
            Some(range) => range,
            None => bins::ends(&all)?,
        };
        let shown: Vec<f64> = all.into_iter().filter(|v| (lo..=hi).contains(v)).collect();
        let count = self.bins.unwrap_or_else(|| bins::auto_bins(&shown));
        let counted: Vec<Bins> = self
            .series
            .iter()
            .map(|s| Bins::between(&s.1, count, lo, hi))
            .collect::<Result<_>>()?;
        let heights: Vec<Vec<f64>> = counted
            .iter()
            .map(|bins| {
                if self.density {
                    bins.densities()
                } else {
                    bins.counts().iter().map(|&n| n as f64).collect()
                }
            })
            .collect();
        let top = heights.iter().flatten().copied().fold(0.0, f64::max);
        let top = if top > 0.0 { top * 1.06 } else { 1.0 };
        let (wide, tall) = (self.size.0 as usize, self.size.1 as usize);
        let air = (hi - lo) * 0.02;
        Ok(Scene {
            x: Axis::exactly(lo - air, hi + air, false, (wide / 75).max(2), false),
            y: Axis::exactly(0.0, top, false, (tall / 55).max(2), !self.density),
            edges: counted.first().map(|b| b.edges().to_vec()).unwrap_or_default(),
            heights,
        })
    }

    fn draw<B: DrawingBackend>(&self, pen: &mut Pen<B>, scene: &Scene) -> Result<()> {
        let (width, height) = (f64::from(self.size.0), f64::from(self.size.1));
        pen.fill(0.0, 0.0, width, height, WHITE)?;
        let mut top = title(pen, &self.title, width)?;
        if self.series.len() > 1 {
            top += legend(pen, &self.key(), width, top)?;
        }
        let widest = scene
            .y
            .ticks
            .iter()
            .map(|(_, text)| font::width(text, TICK, false))
            .fold(0.0, f64::max);
        let y_label = match (self.y_label.as_str(), self.density) {
            ("", true) => "density",
            ("", false) => "count",
            (given, _) => given,
        };
        let x_label = if self.x_label.is_empty() { 0.0 } else { LABEL + 7.0 };
        let area = Area {
            left: EDGE + LABEL + 8.0 + widest + 7.0,
            top: top + 4.0,
            right: width - EDGE - 8.0,
            bottom: height - EDGE - x_label - TICK - 6.0,
        };
        axes(pen, area, &scene.x, &scene.y)?;
        names(pen, (&self.x_label, y_label), area, height)?;
        for (i, heights) in scene.heights.iter().enumerate() {
            fill(pen, area, scene, heights, color::class(i))?;
        }
        // The outlines lie on top, so that a series that is covered is still seen.
        for (i, heights) in scene.heights.iter().enumerate() {
            outline(pen, area, scene, heights, color::class(i))?;
        }
        Ok(())
    }

    /// What the legend shows: a square in the colour of each series.
    fn key(&self) -> Vec<Series> {
        let square = |(name, _): &(String, Vec<f64>)| Series {
            name: name.clone(),
            points: Vec::new(),
            joined: false,
            mark: Some(Mark::Square),
        };
        self.series.iter().map(square).collect()
    }
}

/// Where `x` and `y` of the data stand in the figure.
fn spot(area: Area, scene: &Scene, x: f64, y: f64) -> (f64, f64) {
    let (a, b) = (scene.x.place(x), scene.y.place(y));
    area.spot(a.unwrap_or(0.0).clamp(0.0, 1.0), b.unwrap_or(0.0).clamp(0.0, 1.0))
}

fn fill<B: DrawingBackend>(
    pen: &mut Pen<B>,
    area: Area,
    scene: &Scene,
    heights: &[f64],
    ink: color::Rgb,
) -> Result<()> {
    for (ends, &height) in scene.edges.windows(2).zip(heights) {
        let ((left, top), (right, bottom)) = (spot(area, scene, ends[0], height), spot(area, scene, ends[1], 0.0));
        pen.wash(left, top, right - left, bottom - top, ink, 0.35)?;
    }
    Ok(())
}

/// A line along the tops of the bins, down to the axis at both ends.
fn outline<B: DrawingBackend>(
    pen: &mut Pen<B>,
    area: Area,
    scene: &Scene,
    heights: &[f64],
    ink: color::Rgb,
) -> Result<()> {
    let (Some(&first), Some(&last)) = (scene.edges.first(), scene.edges.last()) else {
        return Ok(());
    };
    let mut path = vec![spot(area, scene, first, 0.0)];
    for (ends, &height) in scene.edges.windows(2).zip(heights) {
        path.push(spot(area, scene, ends[0], height));
        path.push(spot(area, scene, ends[1], height));
    }
    path.push(spot(area, scene, last, 0.0));
    pen.line(&path, ink, 1.6)
}
