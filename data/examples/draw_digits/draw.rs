//! Draws one digit: a style, bent and shaken, as a pen of some width would leave it on 28x28 pixels.
//!
//! As in MNIST, the digit is fitted into 20x20 pixels with its proportions kept, and then centred by its mass.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::styles::{DIGITS, Point};

/// The side of a picture in pixels.
pub const SIDE: usize = 28;
/// The side of the box that the digit is fitted into.
const BOX: f64 = 20.0;
/// Points per stretch between two points of a style.
const STEPS: usize = 7;

/// `count` pictures, one after the other, and their labels: as many of each digit as of any other, in random order.
pub fn draw_set(count: usize, seed: u64) -> (Vec<u8>, Vec<u8>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut labels: Vec<u8> = (0..count).map(|i| (i % 10) as u8).collect();
    labels.shuffle(&mut rng);
    let pixels = labels
        .iter()
        .flat_map(|&label| draw(usize::from(label), &mut rng))
        .collect();
    (pixels, labels)
}

/// One picture, `SIDE` rows of `SIDE` pixels, 0 for paper, 255 for ink.
pub fn draw(digit: usize, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let styles = DIGITS[digit];
    let style = styles[rng.gen_range(0..styles.len())];
    let hand = Hand::new(digit, rng);
    let mut strokes: Vec<Vec<Point>> = style
        .iter()
        .map(|stroke| {
            let shaken = shake(stroke, hand.unrest, rng);
            curve(&shaken).into_iter().map(|point| hand.bend(point)).collect()
        })
        .collect();
    fit(&mut strokes, &hand);
    let picture = render(&strokes, &hand);
    let (dx, dy) = off_centre(&picture);
    for point in strokes.iter_mut().flatten() {
        *point = (point.0 - dx, point.1 - dy);
    }
    render(&strokes, &hand)
        .iter()
        .map(|ink| (ink * 255.0).round() as u8)
        .collect()
}

/// What stays the same within one digit: how it leans, how wide the pen is, how the paper lies.
struct Hand {
    /// Standard deviation of the points, in parts of the digit's size.
    unrest: f64,
    /// Half the width of the line, in pixels.
    radius: f64,
    /// How much the line narrows from its beginning to its end, -1..1.
    taper: f64,
    /// The darkest ink.
    ink: f64,
    slant: f64,
    turn: f64,
    width: f64,
    /// Two waves that bend the whole digit: amplitude, direction, phase.
    waves: [(f64, f64, f64, f64); 2],
}

impl Hand {
    fn new(digit: usize, rng: &mut ChaCha8Rng) -> Self {
        // A one or a seven that leans much more would be read as the other.
        let lean = if digit == 1 || digit == 7 { 0.16 } else { 0.24 };
        let mut wave = || {
            let direction = rng.gen_range(0.0..std::f64::consts::TAU);
            let (amplitude, phase) = (0.06 * bell(rng), rng.gen_range(0.0..std::f64::consts::TAU));
            (amplitude, direction.cos(), direction.sin(), phase)
        };
        let waves = [wave(), wave()];
        Self {
            unrest: rng.gen_range(0.012..0.042),
            radius: (1.15 + 0.34 * bell(rng)).clamp(0.6, 2.1),
            taper: 0.5 * bell(rng),
            ink: rng.gen_range(0.86..1.0),
            slant: 0.06 + lean * bell(rng),
            turn: 0.11 * bell(rng),
            width: rng.gen_range(0.6..1.14),
            waves,
        }
    }

    /// Where a point of the style lies on this hand's paper.
    fn bend(&self, (x, y): Point) -> Point {
        let (x, y) = ((x - 0.5) * self.width, y - 0.5);
        let (mut x, mut y) = (x - self.slant * y, y);
        for (amplitude, along, across, phase) in self.waves {
            let height = amplitude * (4.0 * (along * x + across * y) + phase).sin();
            (x, y) = (x - across * height, y + along * height);
        }
        let (sin, cos) = self.turn.sin_cos();
        (cos * x - sin * y, sin * x + cos * y)
    }
}

/// A number around 0 with standard deviation 1, never beyond 3.5: a sum of twelfths, because unlike the exact normal
/// distribution it needs no logarithm, whose last digit differs between machines.
fn bell(rng: &mut ChaCha8Rng) -> f64 {
    let sum: f64 = (0..4).map(|_| rng.gen_range(-0.5..0.5)).sum();
    sum * 3.0_f64.sqrt()
}

/// Moves every point a little; the two halves of a corner stay together.
fn shake(stroke: &[Point], unrest: f64, rng: &mut ChaCha8Rng) -> Vec<Point> {
    let mut out: Vec<Point> = Vec::with_capacity(stroke.len());
    for (i, &(x, y)) in stroke.iter().enumerate() {
        let twin = i > 0 && stroke[i - 1] == (x, y);
        let point = if twin {
            out[i - 1]
        } else {
            (x + unrest * bell(rng), y + unrest * bell(rng))
        };
        out.push(point);
    }
    out
}

/// A smooth line through all points (a Catmull-Rom spline).
fn curve(points: &[Point]) -> Vec<Point> {
    let mut line = Vec::with_capacity(points.len() * STEPS);
    for i in 0..points.len() - 1 {
        let (p1, p2) = (points[i], points[i + 1]);
        if p1 == p2 {
            continue;
        }
        let p0 = points[i.saturating_sub(1)];
        let p3 = points[(i + 2).min(points.len() - 1)];
        for step in 0..STEPS {
            let t = step as f64 / STEPS as f64;
            let blend = |a: f64, b: f64, c: f64, d: f64| {
                let (t2, t3) = (t * t, t * t * t);
                0.5 * (2.0 * b
                    + (c - a) * t
                    + (2.0 * a - 5.0 * b + 4.0 * c - d) * t2
                    + (3.0 * b - a - 3.0 * c + d) * t3)
            };
            line.push((blend(p0.0, p1.0, p2.0, p3.0), blend(p0.1, p1.1, p2.1, p3.1)));
        }
    }
    line.extend(points.last());
    line
}

/// Scales the strokes, ink included, into the box and puts them in the middle of the picture.
fn fit(strokes: &mut [Vec<Point>], hand: &Hand) {
    let all = || strokes.iter().flatten();
    let bounds = |pick: fn(&Point) -> f64| {
        all()
            .map(pick)
            .fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((left, right), (top, bottom)) = (bounds(|p| p.0), bounds(|p| p.1));
    let extent = (right - left).max(bottom - top);
    let scale = (BOX - 2.0 * hand.radius) / extent;
    let middle = SIDE as f64 / 2.0;
    for point in strokes.iter_mut().flatten() {
        point.0 = (point.0 - (left + right) / 2.0) * scale + middle;
        point.1 = (point.1 - (top + bottom) / 2.0) * scale + middle;
    }
}

/// How far the ink's centre of mass is from the picture's centre.
fn off_centre(picture: &[f64]) -> Point {
    let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
    for (i, ink) in picture.iter().enumerate() {
        mass += ink;
        x += ink * ((i % SIDE) as f64 + 0.5);
        y += ink * ((i / SIDE) as f64 + 0.5);
    }
    let middle = SIDE as f64 / 2.0;
    // Whole pixels, as MNIST does it.
    ((x / mass - middle).round(), (y / mass - middle).round())
}

/// The ink on each pixel, 0..=1: full inside the line, none outside, and in between on the pixels of its edge.
fn render(strokes: &[Vec<Point>], hand: &Hand) -> Vec<f64> {
    let mut picture = vec![0.0_f64; SIDE * SIDE];
    for stroke in strokes {
        let last = (stroke.len() - 1) as f64;
        for (i, pair) in stroke.windows(2).enumerate() {
            let along = i as f64 / last - 0.5;
            let radius = (hand.radius * (1.0 - hand.taper * along)).max(0.5);
            stamp(&mut picture, pair[0], pair[1], radius, hand.ink);
        }
    }
    picture
}

fn stamp(picture: &mut [f64], a: Point, b: Point, radius: f64, ink: f64) {
    let reach = radius + 1.0;
    let range = |p: f64, q: f64| {
        let low = (p.min(q) - reach).floor().clamp(0.0, SIDE as f64) as usize;
        let high = (p.max(q) + reach).ceil().clamp(0.0, SIDE as f64) as usize;
        low..high
    };
    for row in range(a.1, b.1) {
        for column in range(a.0, b.0) {
            let d = distance((column as f64 + 0.5, row as f64 + 0.5), a, b);
            let value = ink * ((radius - d) / 1.4 + 0.5).clamp(0.0, 1.0);
            let pixel = &mut picture[row * SIDE + column];
            *pixel = pixel.max(value);
        }
    }
}

/// The distance from `p` to the line from `a` to `b`.
fn distance(p: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let t = if length > 0.0 {
        ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length
    } else {
        0.0
    };
    let t = t.clamp(0.0, 1.0);
    let (x, y) = (p.0 - a.0 - t * dx, p.1 - a.1 - t * dy);
    (x * x + y * y).sqrt()
}
