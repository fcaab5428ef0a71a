//! A surface as pixels: triangles with a depth for every pixel, so that what is nearer hides what is behind it.

use super::space::{Seen, Space, normal};
use super::surface::Surface;
use crate::plot::draw::color::{self, ColorMap, INK, Rgb};

/// Grid lines along each side that the surface carries.
const LINES: usize = 20;
/// Half the width of such a line, as a share of the side.
const HALF_LINE: f64 = 0.0015;
/// How far something may lie behind the surface and still be seen on it; the box is 1 wide.
const TOUCHING: f64 = 0.015;

/// What a pixel shows of the surface, and how near that is.
pub(super) struct Depths {
    width: usize,
    /// Pixels of the paper per pixel of the figure.
    k: f64,
    near: Vec<f64>,
    pub colors: Vec<Option<Rgb>>,
}

/// A corner of a triangle: its place on the paper, and what is mixed between the corners.
#[derive(Clone, Copy)]
struct Corner {
    at: (f64, f64),
    /// Nearness, shares along the three axes, light.
    rest: [f64; 5],
}

impl Depths {
    /// Draws `surface` on a paper of `width` × `height` pixels, `k` of them to a pixel of the figure.
    pub fn of(surface: &Surface, space: &Space, map: ColorMap, (width, height): (usize, usize), k: f64) -> Self {
        let mut depths = Self {
            width,
            k,
            near: vec![f64::NEG_INFINITY; width * height],
            colors: vec![None; width * height],
        };
        let (columns, rows) = (surface.columns, surface.rows);
        let corners: Vec<Option<Corner>> = (0..columns * rows).map(|i| corner(surface, space, i, k)).collect();
        let paint = Paint::new(surface, space, map);
        for at in (0..rows - 1).flat_map(|j| (0..columns - 1).map(move |i| j * columns + i)) {
            let quad = [at, at + 1, at + columns, at + columns + 1].map(|i| corners[i]);
            if let [Some(a), Some(b), Some(c), Some(d)] = quad {
                depths.triangle([a, b, c], &paint);
                depths.triangle([b, d, c], &paint);
            }
        }
        depths
    }

    /// Whether the surface stands before a point.
    pub fn hide(&self, seen: Seen) -> bool {
        let (x, y) = ((seen.x * self.k) as usize, (seen.y * self.k) as usize);
        let near = self.near.get(y * self.width + x.min(self.width - 1));
        near.is_some_and(|near| *near > seen.near + TOUCHING)
    }

    fn triangle(&mut self, [a, b, c]: [Corner; 3], paint: &Paint) {
        let height = self.near.len() / self.width;
        let cross = |o: (f64, f64), p: (f64, f64), q: (f64, f64)| (p.0 - o.0) * (q.1 - o.1) - (p.1 - o.1) * (q.0 - o.0);
        let area = cross(a.at, b.at, c.at);
        if area == 0.0 {
            return;
        }
        let ends = |v: [f64; 3], most: usize| {
            let (lo, hi) = (v[0].min(v[1]).min(v[2]), v[0].max(v[1]).max(v[2]));
            // Negative numbers become 0 and large ones the largest there is.
            (lo.floor() as usize, (hi.ceil() as usize).min(most))
        };
        let (left, right) = ends([a.at.0, b.at.0, c.at.0], self.width);
        let (top, bottom) = ends([a.at.1, b.at.1, c.at.1], height);
        for y in top..bottom {
            for x in left..right {
                let p = (x as f64 + 0.5, y as f64 + 0.5);
                let [u, v, w] = [cross(b.at, c.at, p), cross(c.at, a.at, p), cross(a.at, b.at, p)].map(|s| s / area);
                // Neighbours share their edges, so that no pixel falls between them.
                if u < -1e-9 || v < -1e-9 || w < -1e-9 {
                    continue;
                }
                let rest: [f64; 5] = std::array::from_fn(|i| u * a.rest[i] + v * b.rest[i] + w * c.rest[i]);
                let at = y * self.width + x;
                if rest[0] > self.near[at]
                    && let Some(color) = paint.color(rest)
                {
                    self.near[at] = rest[0];
                    self.colors[at] = Some(color);
                }
            }
        }
    }
}

/// Sample `i` of the surface; `None` where it has a hole.
fn corner(surface: &Surface, space: &Space, i: usize, k: f64) -> Option<Corner> {
    let (column, row) = (i % surface.columns, i / surface.columns);
    let place = |i: usize| space.axes[2].place(f64::from(surface.values[i]));
    let z = place(i)?;
    let share = |i: usize, n: usize| i as f64 / (n - 1) as f64;
    let at = [share(column, surface.columns), share(row, surface.rows), z];
    // The slope between the neighbours on both sides, where there are two.
    let slope = |at: usize, n: usize, step: usize| {
        let (before, after) = (at.min(1), (n - 1 - at).min(1));
        let rise = place(i + step * after)? - place(i - step * before)?;
        Some(rise * (n - 1) as f64 / (before + after) as f64)
    };
    let across = slope(column, surface.columns, 1).unwrap_or(0.0);
    let along = slope(row, surface.rows, surface.columns).unwrap_or(0.0);
    let seen = space.project(at);
    Some(Corner {
        at: (seen.x * k, seen.y * k),
        rest: [seen.near, at[0], at[1], z, space.light(normal([across, along]))],
    })
}

/// How a point of the surface is coloured.
struct Paint {
    map: ColorMap,
    /// The shares of the upright axis at which the first and the last colour stand.
    ends: (f64, f64),
    lines: (f64, f64),
}

impl Paint {
    fn new(surface: &Surface, space: &Space, map: ColorMap) -> Self {
        let place = |v: f32| space.axes[2].place(f64::from(v)).unwrap_or(0.0);
        let (lo, hi) = map.range(&surface.values);
        // Where the axis has fixed ends, the colours belong to what is shown; the middle of blue to red stays.
        let ends = match map {
            ColorMap::BlueRed => (place(lo), place(hi)),
            _ => (place(lo).max(0.0), place(hi).min(1.0)),
        };
        let lines = |samples: usize| LINES.min(samples - 1) as f64;
        Self {
            map,
            ends,
            lines: (lines(surface.columns), lines(surface.rows)),
        }
    }

    /// The colour; `None` beyond the ends of the upright axis.
    fn color(&self, [_, u, v, z, light]: [f64; 5]) -> Option<Rgb> {
        if !(-1e-9..=1.0 + 1e-9).contains(&z) {
            return None;
        }
        let line = |at: f64, n: f64| ((at * n).round() / n - at).abs() < HALF_LINE;
        let base = self.map.at(((z - self.ends.0) / (self.ends.1 - self.ends.0)) as f32);
        let shaded = color::mix(base, [0, 0, 0], light as f32);
        let ruled = line(u, self.lines.0) || line(v, self.lines.1);
        Some(if ruled { color::mix(shaded, INK, 0.72) } else { shaded })
    }
}
