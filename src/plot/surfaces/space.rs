//! From three numbers to a place in the figure: a parallel projection of a box that stands upright.

use crate::plot::draw::axis::Axis;
use crate::plot::furniture::area::Area;

/// Half the width, depth and height of the box: a little flatter than a cube, as in matplotlib.
const HALF: [f64; 3] = [0.5, 0.5, 0.375];

/// Three axes around a box, and the direction that it is seen from.
pub(super) struct Space {
    pub axes: [Axis; 3],
    right: [f64; 3],
    up: [f64; 3],
    /// From the box to the eye.
    pub eye: [f64; 3],
    centre: (f64, f64),
    scale: f64,
}

/// Where a point is seen, and how near it is: larger is nearer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    pub x: f64,
    pub y: f64,
    pub near: f64,
}

impl Space {
    /// The largest box that stays inside `area` however it is turned. Angles are in degrees.
    pub fn new(axes: [Axis; 3], azimuth: f64, elevation: f64, area: Area) -> Self {
        let ((sa, ca), (se, ce)) = (azimuth.to_radians().sin_cos(), elevation.to_radians().sin_cos());
        let reach = HALF[0].hypot(HALF[1]);
        let (wide, tall) = (2.0 * reach, 2.0 * (reach * se + HALF[2] * ce));
        Self {
            axes,
            right: [-sa, ca, 0.0],
            up: [-se * ca, -se * sa, ce],
            eye: [ce * ca, ce * sa, se],
            centre: ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0),
            scale: ((area.right - area.left) / wide).min((area.bottom - area.top) / tall),
        }
    }

    /// Where a point of the box is seen. Its coordinates are 0 to 1 along the axes.
    pub fn project(&self, share: [f64; 3]) -> Seen {
        let p: [f64; 3] = std::array::from_fn(|i| (2.0 * share[i] - 1.0) * HALF[i]);
        Seen {
            x: self.centre.0 + self.scale * dot(p, self.right),
            y: self.centre.1 - self.scale * dot(p, self.up),
            near: dot(p, self.eye),
        }
    }

    /// The point as shares of the axes; `None` if one of its numbers cannot be drawn.
    pub fn share(&self, point: [f64; 3]) -> Option<[f64; 3]> {
        let [x, y, z] = &self.axes;
        Some([x.place(point[0])?, y.place(point[1])?, z.place(point[2])?])
    }

    /// How bright a surface with this normal is, 0 to 1, lit from over the viewer's left shoulder.
    pub fn light(&self, normal: [f64; 3]) -> f64 {
        let lamp: [f64; 3] = std::array::from_fn(|i| 0.62 * self.eye[i] + 0.62 * self.up[i] - 0.48 * self.right[i]);
        // Its underside, seen where it bends over, is as bright as the upper side would be, but for a little.
        let (side, shade) = if dot(normal, self.eye) < 0.0 {
            (-1.0, 0.9)
        } else {
            (1.0, 1.0)
        };
        let lit = side * dot(normal, lamp);
        shade * (0.74 + 0.3 * lit.max(-0.6)).min(1.0)
    }

    /// Whether the far wall of the first two axes stands at their high end.
    pub fn far(&self, axis: usize) -> bool {
        self.eye[axis] <= 0.0
    }
}

pub(super) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The upright direction of a surface that rises by `slope` shares of the height per share of width and depth.
pub(super) fn normal(slope: [f64; 2]) -> [f64; 3] {
    let [a, b] = [0, 1].map(|i| -slope[i] * HALF[2] / HALF[i]);
    let long = (a * a + b * b + 1.0).sqrt();
    [a / long, b / long, 1.0 / long]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(azimuth: f64, elevation: f64) -> Space {
        let unit = || Axis::exactly(0.0, 1.0, false, 4, false);
        let area = Area {
            left: 0.0,
            top: 0.0,
            right: 200.0,
            bottom: 200.0,
        };
        Space::new([unit(), unit(), unit()], azimuth, elevation, area)
    }

    #[test]
    fn the_usual_views_are_where_they_should_be() {
        // From the front, level: x to the right, z up, the low end of y near.
        let front = space(-90.0, 0.0);
        let (left, right) = (front.project([0.0, 0.5, 0.5]), front.project([1.0, 0.5, 0.5]));
        assert!(left.x < right.x && (left.y - right.y).abs() < 1e-9);
        assert!(front.project([0.5, 0.5, 1.0]).y < front.project([0.5, 0.5, 0.0]).y);
        assert!(front.project([0.5, 0.0, 0.5]).near > front.project([0.5, 1.0, 0.5]).near);
        // From above: y up, and height makes no difference.
        let above = space(-90.0, 90.0);
        assert!(above.project([0.5, 1.0, 0.5]).y < above.project([0.5, 0.0, 0.5]).y);
        let (low, high) = (above.project([0.3, 0.4, 0.0]), above.project([0.3, 0.4, 1.0]));
        assert!((low.y - high.y).abs() < 1e-9 && high.near > low.near);
    }

    #[test]
    fn the_box_stays_inside_from_everywhere() {
        for azimuth in (0..360).step_by(15) {
            for elevation in [0.0, 20.0, 45.0, 90.0] {
                let space = space(f64::from(azimuth), elevation);
                for corner in 0..8 {
                    let share = [corner & 1, corner >> 1 & 1, corner >> 2].map(f64::from);
                    let seen = space.project(share);
                    assert!((-1e-9..=200.0 + 1e-9).contains(&seen.x), "{azimuth} {elevation}");
                    assert!((-1e-9..=200.0 + 1e-9).contains(&seen.y), "{azimuth} {elevation}");
                }
            }
        }
    }
}
