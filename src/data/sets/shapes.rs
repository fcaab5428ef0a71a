//! Coloured shapes that the project draws itself: ten classes, where colour, place, size and direction tell nothing.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::data::dataset::Dataset;
use crate::{Error, Result};

const SIDE: usize = 32;
/// Each pixel is the mean of so many by so many points.
const FINE: usize = 3;

/// A shape, as the points of the square -1..1 that belong to it.
type Shape = fn(f32, f32) -> bool;

const SHAPES: [(&str, Shape); 10] = [
    ("disc", |x, y| x.hypot(y) < 0.9),
    ("ring", |x, y| (0.55..0.95).contains(&x.hypot(y))),
    ("square", |x, y| x.abs().max(y.abs()) < 0.75),
    ("triangle", |x, y| y < 0.5 && y > 1.73 * x.abs() - 1.0),
    ("star", star),
    ("cross", |x, y| {
        x.abs().min(y.abs()) < 0.28 && x.abs().max(y.abs()) < 0.9
    }),
    ("crescent", |x, y| x.hypot(y) < 0.95 && (x - 0.45).hypot(y) > 0.75),
    ("heart", heart),
    ("bow tie", |x, y| y.abs() < 0.8 * x.abs() && x.abs() < 0.95),
    ("bars", |x, y| {
        y.abs() < 0.8 && (x + 3.0).rem_euclid(0.6) < 0.3 && x.abs() < 0.9
    }),
];

/// Five points of a star around the middle.
fn star(x: f32, y: f32) -> bool {
    let sector = std::f32::consts::TAU / 5.0;
    // The angle from the nearest point, and how far the edge lies out in that direction.
    let angle = (y.atan2(x).rem_euclid(sector) - sector / 2.0).abs();
    let (inner, outer) = (0.4_f32, 1.0_f32);
    let (sin, cos) = (sector / 2.0).sin_cos();
    let out = sector / 2.0 - angle;
    // The edge goes from (outer, 0) to inner * (cos, sin).
    let edge = outer * inner * sin / (inner * sin * out.cos() + (outer - inner * cos) * out.sin());
    x.hypot(y) < edge
}

fn heart(x: f32, y: f32) -> bool {
    let (x, y) = (1.2 * x, 0.1 - 1.2 * y);
    let a = x * x + y * y - 0.8;
    a * a * a < x * x * y * y * y
}

/// `n` coloured shapes, samples of shape `[3, 32, 32]`, in ten classes that come in turn: disc, ring, square, triangle, star,
/// cross, crescent, heart, bow tie, bars.
///
/// Each stands on a ground of its own, at a random place, in random size, direction and colour, under some noise. They need
/// no network and no cache, and stand in for [`cifar10`](super::cifar10). Taught in notebook 11.
///
/// # Errors
/// If `n` is 0.
pub fn shapes(n: usize, seed: u64) -> Result<Dataset> {
    if n == 0 {
        return Err(Error::Argument {
            what: "number of shapes".into(),
            expected: "at least 1".into(),
            got: "0".into(),
        });
    }
    let pixels: Vec<u8> = (0..n)
        .into_par_iter()
        .flat_map_iter(|i| draw(i % SHAPES.len(), &mut rng(seed, i)))
        .collect();
    let labels = (0..n).map(|i| i % SHAPES.len()).collect();
    let names = SHAPES.map(|(name, _)| name);
    Ok(Dataset::from_pixels(pixels, [3, SIDE, SIDE], labels, &names)?.named("Drawn shapes"))
}

/// Every picture has random numbers of its own, so that they can be drawn side by side.
fn rng(seed: u64, i: usize) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(i as u64).to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// The bytes `(3, 32, 32)` of one picture.
fn draw(class: usize, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let shape = SHAPES[class].1;
    let mut color = || [0; 3].map(|_| rng.gen_range(0.1..0.9_f32));
    let (top, bottom) = (color(), color());
    let middle: [f32; 3] = std::array::from_fn(|c| (top[c] + bottom[c]) / 2.0);
    let mut paint = color();
    // A shape in the colour of its ground could not be seen.
    while (0..3).map(|c| (paint[c] - middle[c]).abs()).fold(0.0, f32::max) < 0.3 {
        paint = color();
    }
    let radius = rng.gen_range(6.0..12.0_f32);
    let place = [0; 2].map(|_| rng.gen_range(radius - 1.0..SIDE as f32 - radius + 1.0));
    let (sin, cos) = rng.gen_range(0.0..std::f32::consts::TAU).sin_cos();
    let slope = rng.gen_range(0.0..std::f32::consts::TAU).sin_cos();
    let mut out = vec![0; 3 * SIDE * SIDE];
    for row in 0..SIDE {
        for column in 0..SIDE {
            let mut inside = 0;
            for fine in 0..FINE * FINE {
                let at = |pixel: usize, part: usize| pixel as f32 + (part as f32 + 0.5) / FINE as f32;
                let x = (at(column, fine % FINE) - place[0]) / radius;
                let y = (at(row, fine / FINE) - place[1]) / radius;
                inside += usize::from(shape(cos * x + sin * y, cos * y - sin * x));
            }
            let share = inside as f32 / (FINE * FINE) as f32;
            let along = slope.0 * (row as f32 - 15.5) + slope.1 * (column as f32 - 15.5);
            let mix = (0.5 + along / 44.0).clamp(0.0, 1.0);
            for c in 0..3 {
                let ground = top[c] + (bottom[c] - top[c]) * mix;
                let value = ground + (paint[c] - ground) * share + rng.gen_range(-0.12..0.12);
                out[(c * SIDE + row) * SIDE + column] = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
            }
        }
    }
    out
}
