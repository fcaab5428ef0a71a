//! Heights over a rectangle: what a contour plot and a 3-D chart draw.

use std::sync::Arc;

use crate::{Error, Result};

/// Samples along each side of a surface that a function makes: fine enough that its curves look round.
const SIDE: usize = 121;

/// A function of two numbers, sampled over a rectangle: a loss over two weights (matplotlib's `meshgrid` and the `Z` of it).
///
/// Cloning is cheap. [`Contour`](crate::plot::Contour) shows it from above, [`Chart3D`](crate::plot::Chart3D) from the
/// side. Taught in notebook 05.
///
/// ```
/// use gradus::plot::{Chart3D, Contour, Surface};
/// let bowl = Surface::new((-2.0, 2.0), (-1.0, 1.0), |[x, y]| x * x + 4.0 * y * y);
/// assert!((bowl.at([1.0, 0.5]) - 2.0).abs() < 1e-2);
/// assert_eq!(Contour::new("A bowl", &bowl).plot().mime(), "image/png");
/// assert_eq!(Chart3D::new("A bowl").surface(&bowl).plot().mime(), "image/png");
/// ```
#[derive(Debug, Clone)]
pub struct Surface {
    pub(super) x: (f64, f64),
    pub(super) y: (f64, f64),
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Row by row, from the lowest `y`.
    pub(super) values: Arc<[f32]>,
}

impl Surface {
    /// Samples `f` over the rectangle from `x.0` to `x.1` and from `y.0` to `y.1`.
    ///
    /// Where `f` is NaN or infinite, the surface has a hole.
    pub fn new(x: (f64, f64), y: (f64, f64), f: impl Fn([f32; 2]) -> f32) -> Self {
        let place = |(lo, hi): (f64, f64), i: usize| (lo + (hi - lo) * i as f64 / (SIDE - 1) as f64) as f32;
        let values = (0..SIDE * SIDE)
            .map(|i| f([place(x, i % SIDE), place(y, i / SIDE)]))
            .collect();
        Self {
            x,
            y,
            columns: SIDE,
            rows: SIDE,
            values,
        }
    }

    /// A surface whose heights are known already: row by row from the lowest `y`, each row of `columns` heights from the
    /// lowest `x`, evenly spaced, the outermost at the ends of the ranges.
    ///
    /// # Errors
    /// [`Error::Argument`] unless there are at least two full rows of at least two heights.
    pub fn from_values(x: (f64, f64), y: (f64, f64), columns: usize, values: &[f32]) -> Result<Self> {
        let rows = values.len() / columns.max(1);
        if columns < 2 || rows < 2 || rows * columns != values.len() {
            return Err(Error::Argument {
                what: "heights of a surface".into(),
                expected: "two or more full rows of two or more columns".into(),
                got: format!("{} heights in rows of {columns}", values.len()),
            });
        }
        Ok(Self {
            x,
            y,
            columns,
            rows,
            values: values.into(),
        })
    }

    /// The height at a point, straight between the four samples around it; NaN outside the rectangle.
    pub fn at(&self, point: [f32; 2]) -> f32 {
        let part = |(lo, hi): (f64, f64), v: f32| (f64::from(v) - lo) / (hi - lo);
        self.between(part(self.x, point[0]), part(self.y, point[1]))
    }

    /// The height where `u` and `v` are the shares of the way across, 0 to 1.
    pub(super) fn between(&self, u: f64, v: f64) -> f32 {
        if !((0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v)) {
            return f32::NAN;
        }
        let (a, b) = (u * (self.columns - 1) as f64, v * (self.rows - 1) as f64);
        let (i, j) = ((a as usize).min(self.columns - 2), (b as usize).min(self.rows - 2));
        let (s, t) = ((a - i as f64) as f32, (b - j as f64) as f32);
        let at = j * self.columns + i;
        let mix = |l: f32, r: f32, share: f32| l + (r - l) * share;
        let low = mix(self.values[at], self.values[at + 1], s);
        let above = at + self.columns;
        mix(low, mix(self.values[above], self.values[above + 1], s), t)
    }

    /// The lowest and the highest finite height.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is none, and where a range is empty or not finite.
    pub(super) fn heights(&self) -> Result<(f32, f32)> {
        for (what, (lo, hi)) in [("x", self.x), ("y", self.y)] {
            // Beyond f32 the samples themselves would not be finite.
            if !(lo < hi && lo.abs().max(hi.abs()) < f64::from(f32::MAX)) {
                return Err(Error::Argument {
                    what: format!("range of {what} of a surface"),
                    expected: "two finite numbers, the smaller first".into(),
                    got: format!("{lo} and {hi}"),
                });
            }
        }
        let finite = self.values.iter().copied().filter(|v| v.is_finite());
        let (lo, hi) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if lo > hi {
            return Err(Error::Argument {
                what: "heights of a surface".into(),
                expected: "at least one finite number".into(),
                got: format!("{} values, none of them finite", self.values.len()),
            });
        }
        Ok((lo, hi))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_lie_straight_between_the_samples() {
        let plane = Surface::from_values((0.0, 2.0), (10.0, 20.0), 2, &[0.0, 2.0, 4.0, 6.0]).unwrap();
        assert_eq!(plane.at([0.0, 10.0]), 0.0);
        assert_eq!(plane.at([2.0, 10.0]), 2.0);
        assert_eq!(plane.at([0.0, 20.0]), 4.0);
        assert_eq!(plane.at([1.0, 15.0]), 3.0);
        assert_eq!(plane.at([2.0, 20.0]), 6.0);
        assert!(plane.at([2.1, 15.0]).is_nan());
        let bowl = Surface::new((-1.0, 1.0), (-3.0, 3.0), |[x, y]| x - 2.0 * y);
        assert!((bowl.at([0.37, -1.21]) - (0.37 + 2.42)).abs() < 1e-5);
    }

    #[test]
    fn impossible_surfaces_are_refused() {
        assert!(Surface::from_values((0.0, 1.0), (0.0, 1.0), 2, &[0.0; 5]).is_err());
        assert!(Surface::from_values((0.0, 1.0), (0.0, 1.0), 0, &[]).is_err());
        assert!(Surface::new((1.0, 0.0), (0.0, 1.0), |_| 0.0).heights().is_err());
        assert!(Surface::new((0.0, 1.0), (0.0, f64::NAN), |_| 0.0).heights().is_err());
        assert!(Surface::new((0.0, 1.0), (0.0, 1.0), |_| f32::NAN).heights().is_err());
    }
}
