//! A function beside its derivative.

use crate::ops::Activation;
use crate::plot::charts::chart::Chart;
use crate::plot::draw::figure::Figure;

/// Points of a curve.
const STEPS: usize = 400;
/// A jump must survive this many halvings of the step to count as one.
const HALVINGS: usize = 30;

/// Draws a function on the left and its derivative on the right, over the same axis.
///
/// Where the derivative jumps there is a gap between its branches, not a steep line.
///
/// ```
/// let figure = gradus::plot::with_derivative("square", -2.0, 2.0, |x| x * x, |x| 2.0 * x);
/// assert_eq!(figure.mime(), "image/svg+xml");
/// ```
///
/// Taught in notebook 02.
pub fn with_derivative(
    title: &str,
    from: f64,
    to: f64,
    f: impl Fn(f64) -> f64,
    derivative: impl Fn(f64) -> f64,
) -> Figure {
    let panel = |title: &str, label: &str, g: &dyn Fn(f64) -> f64| {
        let (x, y) = sampled(from, to, g);
        let chart = Chart::new(title).line("", &x, &y).x_label("x").y_label(label);
        chart.size(360, 260).plot()
    };
    let left = panel(title, "f(x)", &f);
    let right = panel(&format!("{title}: derivative"), "f′(x)", &derivative);
    Figure::row(vec![left, right]).caption(&format!("{title} beside its derivative, from {from} to {to}"))
}

impl Activation {
    /// Draws the function beside its derivative, from -5 to 5.
    pub fn plot(self) -> Figure {
        let name = self.to_string();
        with_derivative(&name, -5.0, 5.0, |x| self.value(x), |x| self.slope(x))
    }
}

/// The points of a curve. At a jump, both its sides and a point that cannot be drawn between them.
fn sampled(from: f64, to: f64, f: &dyn Fn(f64) -> f64) -> (Vec<f64>, Vec<f64>) {
    let at = |i: usize| from + (to - from) * i as f64 / STEPS as f64;
    let (mut x, mut y) = (vec![at(0)], vec![f(at(0))]);
    for i in 1..=STEPS {
        let (a, b) = (at(i - 1), at(i));
        if let Some((left, right)) = jump(a, b, f) {
            x.extend([left, left, right]);
            y.extend([f(left), f64::NAN, f(right)]);
        }
        x.push(b);
        y.push(f(b));
    }
    (x, y)
}

/// The two sides of a jump between `a` and `b`, if there is one: what a steep curve loses in a halving of the step, a jump keeps.
fn jump(mut a: f64, mut b: f64, f: &dyn Fn(f64) -> f64) -> Option<(f64, f64)> {
    let first = (f(b) - f(a)).abs();
    if first == 0.0 || !first.is_finite() {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = a + (b - a) / 2.0;
        if (f(middle) - f(a)).abs() >= (f(b) - f(middle)).abs() {
            b = middle;
        } else {
            a = middle;
        }
    }
    let left = (f(b) - f(a)).abs();
    (left > 0.5 * first).then_some((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_are_told_from_steep_curves() {
        assert!(jump(-0.01, 0.02, &|x| f64::from(u8::from(x > 0.0))).is_some());
        assert!(jump(-0.01, 0.02, &|x| (1e3 * x).tanh()).is_none());
        assert!(jump(-0.01, 0.02, &|x| x.abs()).is_none());
        assert!(jump(-0.01, 0.02, &|_| 1.0).is_none());
        let (x, y) = sampled(-1.0, 1.0, &|x| Activation::ReLU.slope(x));
        let gap = y.iter().position(|y| y.is_nan()).unwrap();
        assert_eq!((y[gap - 1], y[gap + 1]), (0.0, 1.0));
        assert!(x[gap + 1] - x[gap - 1] < 1e-9 && x[gap].abs() < 1e-9);
        assert_eq!(y.iter().filter(|y| y.is_nan()).count(), 1);
    }

    #[test]
    fn every_activation_is_drawn() {
        let figure = Activation::LeakyReLU { negative_slope: 0.1 }.plot();
        assert_eq!(figure.error(), None);
        assert!(figure.alt().starts_with("Leaky ReLU"), "{}", figure.alt());
    }
}
