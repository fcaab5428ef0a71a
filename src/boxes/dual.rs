//! Numbers that carry their derivatives, so that a formula is written once for its value and its slopes.
//!
//! A box has four numbers, so four derivatives beside each value (forward mode) cost less than a tape would, and the
//! backward pass cannot disagree with the forward pass: it is the same formula.

use std::ops::{Add, Div, Mul, Sub};

/// What the formulas need of a number.
pub(crate) trait Number:
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

pub(crate) fn sigmoid(x: f64) -> f64 {
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
pub(crate) struct Dual {
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
