//! Two-dimensional sets with a known shape, for watching a network draw its boundary.
//!
//! The definitions of [`moons`], [`circles`] and [`blobs`] are those of scikit-learn's `make_moons`, `make_circles`
//! and `make_blobs`; the random numbers are not, so the noise differs. The samples come shuffled.

use std::f64::consts::{PI, TAU};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::data::dataset::Dataset;
use crate::data::dataset::permutation;
use crate::{Error, Result};

/// Two half circles that reach into each other: `n` points, Gaussian `noise` (a standard deviation) on both
/// coordinates.
///
/// scikit-learn: `sklearn.datasets.make_moons`. Taught in notebook 04.
///
/// # Errors
/// If `n` is below 2, or if `noise` is negative or not finite.
pub fn moons(n: usize, noise: f64, seed: u64) -> Result<Dataset> {
    check(n, 2, noise)?;
    let upper = n / 2;
    let mut points = Points::new(n, noise, seed);
    for i in 0..upper {
        let t = linspace(PI, upper, i);
        points.push(t.cos(), t.sin(), 0);
    }
    for i in 0..n - upper {
        let t = linspace(PI, n - upper, i);
        points.push(1.0 - t.cos(), 0.5 - t.sin(), 1);
    }
    points.finish("moons", 2)
}

/// A circle (class 0) around a smaller one (class 1): `n` points, the inner radius `factor` times the outer one, which
/// is 1, Gaussian `noise` (a standard deviation) on both coordinates.
///
/// scikit-learn: `sklearn.datasets.make_circles`. Taught in notebook 04.
///
/// # Errors
/// If `n` is below 2, if `noise` is negative or not finite, or if `factor` is not in `0..1`.
pub fn circles(n: usize, noise: f64, factor: f64, seed: u64) -> Result<Dataset> {
    check(n, 2, noise)?;
    if !(0.0..1.0).contains(&factor) {
        return Err(wrong("factor", "a number from 0 up to, but not including, 1", factor));
    }
    let outer = n / 2;
    let mut points = Points::new(n, noise, seed);
    for i in 0..outer {
        let t = TAU * i as f64 / outer as f64;
        points.push(t.cos(), t.sin(), 0);
    }
    for i in 0..n - outer {
        let t = TAU * i as f64 / (n - outer) as f64;
        points.push(factor * t.cos(), factor * t.sin(), 1);
    }
    points.finish("circles", 2)
}

/// `classes` arms that wind out of the origin: `n` points, the angle of each disturbed by Gaussian `noise` (radians,
/// 0.2 looks good).
///
/// The definition is that of Stanford's CS231n (the neural network case study), with the arms spread evenly.
/// Taught in notebook 04.
///
/// # Errors
/// If there are no classes or fewer points than classes, or if `noise` is negative or not finite.
pub fn spirals(n: usize, classes: usize, noise: f64, seed: u64) -> Result<Dataset> {
    check_classes(classes)?;
    check(n, classes, noise)?;
    let mut points = Points::new(n, 0.0, seed);
    for class in 0..classes {
        let count = share(n, classes, class);
        for i in 0..count {
            let radius = linspace(1.0, count, i);
            let angle = TAU * class as f64 / classes as f64 + 4.0 * radius + noise * points.normal();
            points.push(radius * angle.sin(), radius * angle.cos(), class);
        }
    }
    points.finish("spirals", classes)
}

/// Clouds around centres drawn from `-10..10` on both axes: `n` points, Gaussian with standard deviation `std`.
///
/// scikit-learn: `sklearn.datasets.make_blobs`. Taught in notebook 04.
///
/// # Errors
/// If there are no classes or fewer points than classes, or if `std` is negative or not finite.
pub fn blobs(n: usize, classes: usize, std: f64, seed: u64) -> Result<Dataset> {
    check_classes(classes)?;
    check(n, classes, std)?;
    let mut points = Points::new(n, std, seed);
    for class in 0..classes {
        let (x, y) = (points.rng.gen_range(-10.0..10.0), points.rng.gen_range(-10.0..10.0));
        for _ in 0..share(n, classes, class) {
            points.push(x, y, class);
        }
    }
    points.finish("blobs", classes)
}

/// Points of the square `-1..1`, class 1 where exactly one coordinate is positive: `n` points, Gaussian `noise` (a
/// standard deviation) added after the class was given.
///
/// No straight line separates the classes (Minsky and Papert, *Perceptrons*, 1969). Taught in notebook 04.
///
/// # Errors
/// If `n` is below 2, or if `noise` is negative or not finite.
pub fn xor(n: usize, noise: f64, seed: u64) -> Result<Dataset> {
    check(n, 2, noise)?;
    let mut points = Points::new(n, noise, seed);
    for _ in 0..n {
        let (x, y): (f64, f64) = (points.rng.gen_range(-1.0..1.0), points.rng.gen_range(-1.0..1.0));
        points.push(x, y, usize::from((x > 0.0) != (y > 0.0)));
    }
    points.finish("xor", 2)
}

/// Points in the making.
struct Points {
    rng: ChaCha8Rng,
    noise: f64,
    seed: u64,
    xy: Vec<(f32, f32)>,
    labels: Vec<usize>,
}

impl Points {
    fn new(n: usize, noise: f64, seed: u64) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        Self {
            rng,
            noise,
            seed,
            xy: Vec::with_capacity(n),
            labels: Vec::with_capacity(n),
        }
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.rng)
    }

    fn push(&mut self, x: f64, y: f64, label: usize) {
        let (dx, dy) = (self.noise * self.normal(), self.noise * self.normal());
        self.xy.push(((x + dx) as f32, (y + dy) as f32));
        self.labels.push(label);
    }

    fn finish(self, name: &str, classes: usize) -> Result<Dataset> {
        let order = permutation(self.xy.len(), self.seed);
        let values = order.iter().flat_map(|&i| [self.xy[i].0, self.xy[i].1]).collect();
        let labels = order.iter().map(|&i| self.labels[i]).collect();
        let names: Vec<String> = (0..classes).map(|class| format!("class {class}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Ok(Dataset::from_values(values, &[2], labels, &names)?.named(name))
    }
}

/// Number `i` of `count` evenly spaced numbers from 0 to `end`, both included.
fn linspace(end: f64, count: usize, i: usize) -> f64 {
    if count < 2 {
        0.0
    } else {
        end * i as f64 / (count - 1) as f64
    }
}

/// How many of `n` points class `class` gets: the first classes get one more where `n` does not divide evenly.
fn share(n: usize, classes: usize, class: usize) -> usize {
    n / classes + usize::from(class < n % classes)
}

fn check(n: usize, at_least: usize, noise: f64) -> Result<()> {
    if n < at_least {
        return Err(wrong("number of points", &format!("at least {at_least}"), n));
    }
    if !(noise.is_finite() && noise >= 0.0) {
        return Err(wrong("noise", "a standard deviation: 0 or more", noise));
    }
    Ok(())
}

fn check_classes(classes: usize) -> Result<()> {
    if classes == 0 {
        Err(wrong("number of classes", "at least 1", classes))
    } else {
        Ok(())
    }
}

fn wrong(what: &str, expected: &str, got: impl ToString) -> Error {
    Error::Argument {
        what: what.into(),
        expected: expected.into(),
        got: got.to_string(),
    }
}
