//! Contour plots: a surface from above, in bands of colour, with the paths that an optimizer took over it.

use super::surface::Surface;
use crate::plot::draw::color::ColorMap;
use crate::plot::draw::style::Mark;
use crate::plot::furniture::frame::Frame;
use crate::plot::furniture::series::{Key, Series};

/// A surface seen from above: bands of equal height with the lines between them (matplotlib's `contourf` and `contour`),
/// and paths and points over it.
///
/// It is drawn as pixels, so that it can be a frame of an [`Animation`](crate::plot::Animation). Taught in notebook 05.
///
/// ```
/// use gradus::plot::{Contour, Surface};
/// let bowl = Surface::new((-2.0, 2.0), (-1.0, 1.0), |[x, y]| x * x + 4.0 * y * y);
/// let figure = Contour::new("Downhill", &bowl)
///     .path("gradient descent", &[[1.8, 0.8], [1.0, 0.2], [0.5, 0.0], [0.1, 0.0]])
///     .point("minimum", [0.0, 0.0])
///     .x_label("w₁")
///     .y_label("w₂")
///     .plot();
/// assert!(figure.error().is_none());
/// ```
#[derive(Debug, Clone)]
pub struct Contour {
    pub(super) frame: Frame,
    pub(super) surface: Surface,
    pub(super) levels: usize,
    pub(super) log: bool,
    pub(super) equal: bool,
    pub(super) map: ColorMap,
    pub(super) series: Vec<Series>,
}

impl Contour {
    /// A contour plot of 560 × 420 pixels with about twelve lines. The title may be empty.
    pub fn new(title: &str, surface: &Surface) -> Self {
        Self {
            frame: Frame::new(title),
            surface: surface.clone(),
            levels: 12,
            log: false,
            equal: false,
            map: ColorMap::default(),
            series: Vec::new(),
        }
    }

    /// Adds the path through the points, from a ring at its first point to a mark at its last. The legend shows its name.
    ///
    /// A path of 60 points or fewer has a dot at each; a point that is not finite leaves a gap.
    #[must_use]
    pub fn path(mut self, name: &str, points: &[[f32; 2]]) -> Self {
        let points = points.iter().map(|p| (f64::from(p[0]), f64::from(p[1]))).collect();
        let key = Key {
            name: name.into(),
            joined: true,
            mark: Some(Mark::class(self.series.len())),
        };
        self.series.push(Series { key, points });
        self
    }

    /// Adds a single point: a minimum, a start.
    #[must_use]
    pub fn point(mut self, name: &str, at: [f32; 2]) -> Self {
        self = self.path(name, &[at]);
        if let Some(last) = self.series.last_mut() {
            last.key.joined = false;
        }
        self
    }

    /// Names the horizontal axis.
    #[must_use]
    pub fn x_label(mut self, text: &str) -> Self {
        self.frame.x_label = text.into();
        self
    }

    /// Names the vertical axis.
    #[must_use]
    pub fn y_label(mut self, text: &str) -> Self {
        self.frame.y_label = text.into();
        self
    }

    /// Sets how many lines of equal height there are, roughly: they stand at round heights. At most 60.
    #[must_use]
    pub fn levels(mut self, about: usize) -> Self {
        self.levels = about.clamp(1, 60);
        self
    }

    /// Puts the lines at 1, 2, 5, 10, 20, … instead of equal steps: for a surface that falls by powers of ten.
    ///
    /// Four powers of ten below the highest point are told apart; heights below them, or not positive, share the last band.
    #[must_use]
    pub fn log_levels(mut self) -> Self {
        self.log = true;
        self
    }

    /// Gives both axes the same scale, so that angles are true: a gradient then meets the lines at a right angle.
    #[must_use]
    pub fn equal_axes(mut self) -> Self {
        self.equal = true;
        self
    }

    /// Chooses the colours.
    #[must_use]
    pub fn colors(mut self, map: ColorMap) -> Self {
        self.map = map;
        self
    }

    /// Sets width and height in pixels, at least 260 × 200.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.frame.resize((width, height), (260, 200));
        self
    }

    /// Says in words what the plot shows; without it, the title and the names of the paths do.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.frame.caption = Some(text.into());
        self
    }
}
