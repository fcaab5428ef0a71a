//! Charts over three axes: curves in space, and a surface seen from the side.

use super::surface::Surface;
use crate::plot::draw::color::ColorMap;
use crate::plot::draw::number::Number;
use crate::plot::draw::style::Mark;
use crate::plot::furniture::frame::Frame;
use crate::plot::furniture::series::Key;

const SIZE: (u32, u32) = (560, 420);

/// Curves, points and a surface over three labelled axes (matplotlib's `plot`, `scatter` and `plot_surface` with
/// `projection="3d"`).
///
/// Without a surface it is SVG; a surface is pixels. Frames of an [`Animation`](crate::plot::Animation) are made with
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
    pub(super) frame: Frame,
    pub(super) z_label: String,
    pub(super) ranges: [Option<(f64, f64)>; 3],
    pub(super) surface: Option<Surface>,
    pub(super) series: Vec<Series3D>,
    pub(super) map: ColorMap,
    pub(super) along: Option<ColorMap>,
    pub(super) azimuth: f64,
    pub(super) elevation: f64,
}

/// One curve or one cloud of points in space.
#[derive(Debug, Clone)]
pub(super) struct Series3D {
    pub key: Key,
    pub points: Vec<[f64; 3]>,
    /// Whether it lies on the surface: its heights are the surface's.
    pub lies: bool,
}

impl Chart3D {
    /// An empty chart of 560 × 420 pixels, seen as matplotlib does: 60 degrees to the left and 30 from above. The title may be
    /// empty.
    pub fn new(title: &str) -> Self {
        Self {
            frame: Frame::new(title),
            z_label: String::new(),
            ranges: [None; 3],
            surface: None,
            series: Vec::new(),
            map: ColorMap::default(),
            along: None,
            azimuth: -60.0,
            elevation: 30.0,
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
        self.frame.x_label = text.into();
        self
    }

    /// Names the second axis, with its unit.
    #[must_use]
    pub fn y_label(mut self, text: &str) -> Self {
        self.frame.y_label = text.into();
        self
    }

    /// Names the upright axis, with its unit.
    #[must_use]
    pub fn z_label(mut self, text: &str) -> Self {
        self.z_label = text.into();
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
            let expected = "a finite azimuth and an elevation from 0 to 90 degrees".into();
            self.frame.note("view", expected, format!("{azimuth} and {elevation}"));
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
        self.frame.resize((width, height), (260, 220));
        self
    }

    /// Says in words what the chart shows; without it, the title and the names of the series do.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.frame.caption = Some(text.into());
        self
    }

    fn space<X: Number, Y: Number, Z: Number>(mut self, name: &str, x: &[X], y: &[Y], z: &[Z], joined: bool) -> Self {
        if x.len() != y.len() || y.len() != z.len() {
            let got = format!("{} x, {} y and {} z", x.len(), y.len(), z.len());
            self.frame
                .note(&format!("series {name:?}"), "as many x as y and z".into(), got);
        }
        let points = x.iter().zip(y).zip(z);
        let points = points.map(|((x, y), z)| [x.to_f64(), y.to_f64(), z.to_f64()]).collect();
        self.add(name, points, joined, false);
        self
    }

    fn add(&mut self, name: &str, points: Vec<[f64; 3]>, joined: bool, lies: bool) {
        let mark = (lies || !joined).then(|| Mark::class(self.series.len()));
        let name = name.into();
        let key = Key { name, joined, mark };
        self.series.push(Series3D { key, points, lies });
    }

    fn range(mut self, axis: usize, from: f64, to: f64) -> Self {
        let name = ["x_range", "y_range", "z_range"][axis];
        self.frame.check_range(name, from, to, false);
        self.ranges[axis] = Some((from, to));
        self
    }

    /// Width and height of the figure.
    pub(super) fn sides(&self) -> (f64, f64) {
        self.frame.sides(SIZE)
    }

    /// The names of the three axes.
    pub(super) fn labels(&self) -> [&str; 3] {
        [&self.frame.x_label, &self.frame.y_label, &self.z_label]
    }
}
