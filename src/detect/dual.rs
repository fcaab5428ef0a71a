//! The formulas of the box loss, for plain numbers and for numbers that carry their derivatives.
//!
//! A box has four numbers, so four derivatives beside each value (forward mode) cost less than a tape would, and the
//! backward pass cannot disagree with the forward pass: it is the same formula.

use std::ops::{Add, Div, Mul, Sub};

/// What the formulas need of a number.
pub(super) trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// A number that does not depend on anything.
    fn constant(value: f64) -> Self;
    /// The value without derivatives.
    fn value(self) -> f64;
    /// `f(self)`, whose value and slope at `self` are given.
    fn through(self, value: f64, slope: f64) -> Self;

    fn min(self, other: Self) -> Self {
        if self.value() <= other.value() { self } else { other }
    }

    fn max(self, other: Self) -> Self {
        if self.value() >= other.value() { self } else { other }
    }

    fn atan(self) -> Self {
        let x = self.value();
        self.through(x.atan(), 1.0 / (1.0 + x * x))
    }

    fn sigmoid(self) -> Self {
        let s = sigmoid(self.value());
        self.through(s, s * (1.0 - s))
    }
}

pub(super) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Number for f64 {
    fn constant(value: f64) -> Self {
        value
    }

    fn value(self) -> f64 {
        self
    }

    fn through(self, value: f64, _: f64) -> Self {
        value
    }
}

/// A value and its derivatives by four variables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dual {
    pub value: f64,
    pub slopes: [f64; 4],
}

impl Dual {
    /// Variable number `i`.
    pub fn variable(value: f64, i: usize) -> Self {
        let mut slopes = [0.0; 4];
        slopes[i] = 1.0;
        Self { value, slopes }
    }

    fn join(self, other: Self, value: f64, by_self: f64, by_other: f64) -> Self {
        let slopes = std::array::from_fn(|i| by_self * self.slopes[i] + by_other * other.slopes[i]);
        Self { value, slopes }
    }
}

impl Add for Dual {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.join(other, self.value + other.value, 1.0, 1.0)
    }
}

impl Sub for Dual {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.join(other, self.value - other.value, 1.0, -1.0)
    }
}

impl Mul for Dual {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.join(other, self.value * other.value, other.value, self.value)
    }
}

impl Div for Dual {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        self.join(other, value, 1.0 / other.value, -value / other.value)
    }
}

impl Number for Dual {
    fn constant(value: f64) -> Self {
        Self {
            value,
            slopes: [0.0; 4],
        }
    }

    fn value(self) -> f64 {
        self.value
    }

    fn through(self, value: f64, slope: f64) -> Self {
        Self {
            value,
            slopes: self.slopes.map(|s| s * slope),
        }
    }
}

/// Keeps divisions by areas and diagonals of 0 finite; torchvision's value.
const EPS: f64 = 1e-7;

/// Complete IoU of two boxes `cx, cy, w, h`. The weight of the penalty for the shape counts as a constant, as in the paper.
pub(super) fn ciou<N: Number>(a: [N; 4], b: [N; 4]) -> N {
    ciou_with(a, b, None)
}

/// The same with a given weight for the shape's penalty, for checks that hold it fixed.
pub(super) fn ciou_with<N: Number>(a: [N; 4], b: [N; 4], weight: Option<f64>) -> N {
    let half = N::constant(0.5);
    let edges = |[x, y, w, h]: [N; 4]| [x - half * w, y - half * h, x + half * w, y + half * h];
    let (ea, eb) = (edges(a), edges(b));
    let zero = N::constant(0.0);
    let side = |low: usize, high: usize| (ea[high].min(eb[high]) - ea[low].max(eb[low])).max(zero);
    let both = side(0, 2) * side(1, 3);
    let eps = N::constant(EPS);
    let iou = both / (a[2] * a[3] + b[2] * b[3] - both + eps);
    let hull = |low: usize, high: usize| ea[high].max(eb[high]) - ea[low].min(eb[low]);
    let (hw, hh) = (hull(0, 2), hull(1, 3));
    let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
    let distance = (dx * dx + dy * dy) / (hw * hw + hh * hh + eps);
    let turn = (b[2] / b[3]).atan() - (a[2] / a[3]).atan();
    let shape = N::constant(4.0 / std::f64::consts::PI.powi(2)) * turn * turn;
    let weight = weight.unwrap_or_else(|| shape_weight(iou.value(), shape.value()));
    iou - distance - N::constant(weight) * shape
}

/// How much the penalty for the shape counts: `v / (1 - IoU + v)`.
pub(super) fn shape_weight(iou: f64, shape: f64) -> f64 {
    shape / (1.0 - iou + shape + EPS)
}
