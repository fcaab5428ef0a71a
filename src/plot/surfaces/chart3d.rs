//! Charts over three axes: curves in space, and a surface seen from the side.

use super::chart::Series;
use super::color::ColorMap;
use super::figure::Figure;
use super::number::Number;
use super::pen::{self, Mark};
use super::surface::Surface;
use super::{chart3d_draw, message};
use crate::{Error, Result};

/// Curves, points and a surface over three labelled axes (matplotlib's `plot`, `scatter` and `plot_surface` with
/// `projection="3d"`).
///
/// Without a surface it is SVG; a surface is pixels. Frames of an [`Animation`](super::Animation) are made with
/// [`Chart3D::plot_pixels`]; all views of one chart have the same scale, so that it can be turned. Taught in notebooks 05
/// and A.
///
/// ```
/// use gradus::plot::Chart3D;
/// let t: Vec<f64> = (0..200).map(|i| f64::from(i) / 10.0).collect();
/// let (x, y): (Vec<f64>, Vec<f64>) = t.iter().map(|t| (t.cos(), t.sin())).unzip();
/// let figure = Chart3D::new("A helix").line("helix", &x, &y, &t).z_label("time").plot();
/// assert_eq!(figure.mime(), "image/svg+xml");
/// ```
#[derive(Debug, Clone)]
pub struct Chart3D {
    pub(super) title: String,
    pub(super) labels: [String; 3],
    pub(super) ranges: [Option<(f64, f64)>; 3],
    pub(super) surface: Option<Surface>,
    pub(super) series: Vec<Series3D>,
    pub(super) map: ColorMap,
    pub(super) along: Option<ColorMap>,
    pub(super) azimuth: f64,
    pub(super) elevation: f64,
    pub(super) size: (u32, u32),
    caption: Option<String>,
    /// The first mistake in what was given; `plot` shows it.
    problem: Option<(String, String, String)>,
}

/// One curve or one cloud of points in space.
#[derive(Debug, Clone)]
pub(super) struct Series3D {
    /// Name, mark and whether it is joined, for the legend.
    pub legend: Series,
    pub points: Vec<[f64; 3]>,
    /// Whether it lies on the surface: its heights are the surface's.
    pub lies: bool,
}

impl Chart3D {
    /// An empty chart of 560 × 420 pixels, seen as matplotlib does: 60 degrees to the left and 30 from above. The title may be
    /// empty.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.into(),
            labels: Default::default(),
            ranges: [None; 3],
            surface: None,
            series: Vec::new(),
            map: ColorMap::default(),
            along: None,
            azimuth: -60.0,
            elevation: 30.0,
            size: (560, 420),
            caption: None,
            problem: None,
        }
    }

    /// Adds a curve through the points `(x[i], y[i], z[i])`. The legend shows its name if there are two series or more.
    ///
    /// A point that is not finite leaves a gap.
    #[must_use]
    pub fn line<X: Number, Y: Number, Z: Number>(self, name: &str, x: &[X], y: &[Y], z: &[Z]) -> Self {
        self.space(name, x, y, z, true)
    }

    /// Adds points that are not joined.
    #[must_use]
    pub fn points<X: Number, Y: Number, Z: Number>(self, name: &str, x: &[X], y: &[Y], z: &[Z]) -> Self {
        self.space(name, x, y, z, false)
    }

    /// Draws a surface, coloured by its height and lit from the left. There is one at most: the last one given.
    #[must_use]
    pub fn surface(mut self, surface: &Surface) -> Self {
        self.surface = Some(surface.clone());
        self
    }

    /// Adds a path that lies on the surface, from its first point to a mark at its last. Where a hill hides it, it is pale.
    #[must_use]
    pub fn path(mut self, name: &str, points: &[[f32; 2]]) -> Self {
        let flat = points.iter().map(|p| [f64::from(p[0]), f64::from(p[1]), 0.0]);
        self.add(name, flat.collect(), true, true);
        self
    }

    /// Names the first axis, with its unit.
    #[must_use]
    pub fn x_label(mut self, text: &str) -> Self {
        self.labels[0] = text.into();
        self
    }

    /// Names the second axis, with its unit.
    #[must_use]
    pub fn y_label(mut self, text: &str) -> Self {
        self.labels[1] = text.into();
        self
    }

    /// Names the upright axis, with its unit.
    #[must_use]
    pub fn z_label(mut self, text: &str) -> Self {
        self.labels[2] = text.into();
        self
    }

    /// Fixes the ends of the first axis; a surface has its own.
    #[must_use]
    pub fn x_range(self, from: f64, to: f64) -> Self {
        self.range(0, from, to)
    }

    /// Fixes the ends of the second axis; a surface has its own.
    #[must_use]
    pub fn y_range(self, from: f64, to: f64) -> Self {
        self.range(1, from, to)
    }

    /// Fixes the ends of the upright axis; what lies beyond them is cut off.
    #[must_use]
    pub fn z_range(self, from: f64, to: f64) -> Self {
        self.range(2, from, to)
    }

    /// Chooses where it is seen from, in degrees (matplotlib's `view_init`, its arguments in the other order): `azimuth` turns
    /// the chart about its upright axis, `elevation` goes from 0 (from the side) to 90 (from above).
    #[must_use]
    pub fn view(mut self, azimuth: f64, elevation: f64) -> Self {
        if !(azimuth.is_finite() && (0.0..=90.0).contains(&elevation)) {
            self.note(
                "view".into(),
                "a finite azimuth and an elevation from 0 to 90 degrees".into(),
                format!("{azimuth} and {elevation}"),
            );
        }
        (self.azimuth, self.elevation) = (azimuth, elevation);
        self
    }

    /// Chooses the colours of the surface.
    #[must_use]
    pub fn colors(mut self, map: ColorMap) -> Self {
        self.map = map;
        self
    }

    /// Colours every curve along its way, from its first point to its last, so that time can be seen.
    #[must_use]
    pub fn colors_along(mut self, map: ColorMap) -> Self {
        self.along = Some(map);
        self
    }

    /// Sets width and height in pixels, at least 260 × 220.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = (width.max(260), height.max(220));
        self
    }

    /// Says in words what the chart shows; without it, the title and the names of the series do.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.caption = Some(text.into());
        self
    }

    /// Draws the chart: SVG, or pixels where it has a surface or more than 600 marks.
    pub fn plot(&self) -> Figure {
        let marks = |s: &&Series3D| !s.legend.joined;
        let marked: usize = self.series.iter().filter(marks).map(|s| s.points.len()).sum();
        if self.surface.is_some() || marked > 600 {
            return self.plot_pixels();
        }
        let (w, h) = (f64::from(self.size.0), f64::from(self.size.1));
        let drawn = self.scene().and_then(|scene| {
            pen::svg(w, h, |pen| {
                scene.behind(pen)?;
                scene.curves(pen, None)?;
                scene.ticks(pen)
            })
        });
        self.finish(drawn)
    }

    /// Draws the chart as pixels whatever it holds: a frame of an [`Animation`](super::Animation).
    pub fn plot_pixels(&self) -> Figure {
        let (w, h) = (f64::from(self.size.0), f64::from(self.size.1));
        let drawn = self.scene().and_then(|scene| {
            pen::pixels(w, h, |pen| {
                scene.behind(pen)?;
                let depths = scene.surface(pen)?;
                scene.curves(pen, depths.as_ref())?;
                scene.ticks(pen)
            })
        });
        self.finish(drawn)
    }

    fn scene(&self) -> Result<chart3d_draw::Scene<'_>> {
        if let Some((what, expected, got)) = self.problem.clone() {
            return Err(Error::Argument { what, expected, got });
        }
        chart3d_draw::Scene::new(self)
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
        let title = if self.title.is_empty() { "Chart" } else { &self.title };
        let surface = self.surface.as_ref().map(|_| "a surface");
        let names = self.series.iter().map(|s| s.legend.name.as_str());
        let shown: Vec<&str> = surface.into_iter().chain(names.filter(|n| !n.is_empty())).collect();
        let axes: Vec<&str> = self
            .labels
            .iter()
            .map(String::as_str)
            .filter(|l| !l.is_empty())
            .collect();
        let mut alt = match shown.join(", ") {
            shown if shown.is_empty() => format!("{title}, in three dimensions"),
            shown => format!("{title}: {shown} in three dimensions"),
        };
        if !axes.is_empty() {
            alt += &format!(" ({})", axes.join(", "));
        }
        alt
    }

    fn space<X: Number, Y: Number, Z: Number>(mut self, name: &str, x: &[X], y: &[Y], z: &[Z], joined: bool) -> Self {
        if x.len() != y.len() || y.len() != z.len() {
            self.note(
                format!("series {name:?}"),
                "as many x as y and z".into(),
                format!("{} x, {} y and {} z", x.len(), y.len(), z.len()),
            );
        }
        let points = x.iter().zip(y).zip(z);
        let points = points.map(|((x, y), z)| [x.to_f64(), y.to_f64(), z.to_f64()]).collect();
        self.add(name, points, joined, false);
        self
    }

    fn add(&mut self, name: &str, points: Vec<[f64; 3]>, joined: bool, lies: bool) {
        let mark = (lies || !joined).then(|| Mark::class(self.series.len()));
        let legend = Series {
            name: name.into(),
            points: Vec::new(),
            joined,
            mark,
        };
        self.series.push(Series3D { legend, points, lies });
    }

    fn range(mut self, axis: usize, from: f64, to: f64) -> Self {
        if !(from < to && (to - from).is_finite()) {
            let name = ["x_range", "y_range", "z_range"][axis];
            self.note(
                name.into(),
                "two numbers, the smaller first".into(),
                format!("{from} and {to}"),
            );
        }
        self.ranges[axis] = Some((from, to));
        self
    }

    fn note(&mut self, what: String, expected: String, got: String) {
        self.problem.get_or_insert((what, expected, got));
    }
}
