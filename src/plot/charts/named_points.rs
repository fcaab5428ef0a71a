//! Points in the plane with their names: words, samples, whatever was brought down to two numbers.

use plotters_bitmap::BitMapBackend;

use crate::plot::draw::axis::Axis;
use crate::plot::draw::color::{self, INK, WHITE};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Mark, Type};
use crate::plot::draw::{font, glyphs, message, paper};
use crate::plot::furniture::area::{Area, EDGE, LABEL, TICK, TITLE};
use crate::plot::furniture::axes::{axes, names, title, widest};
use crate::{Error, Result};

const SIZE: (f64, f64) = (640.0, 480.0);
const RADIUS: f64 = 3.4;
/// A longer name is cut.
const LONGEST: f64 = 130.0;

/// Draws points with a name each. A name that would lie over another one is left out, its point stays: a caption says how many.
/// Points that are not finite are left out.
///
/// `groups` colours the points, one number each, or is empty. The points come from
/// [`Pca::points`](crate::data::Pca::points), say. Taught in notebook 15.
pub fn named_points<S: AsRef<str>>(
    heading: &str,
    points: &[[f32; 2]],
    point_names: &[S],
    groups: &[usize],
    axis_names: (&str, &str),
) -> Figure {
    let texts: Vec<String> = point_names.iter().map(|name| name.as_ref().to_string()).collect();
    match Cloud::new(heading, points, &texts, groups).and_then(|cloud| cloud.draw(axis_names)) {
        Ok(figure) => figure,
        Err(error) => message::message(&error),
    }
}

struct Cloud<'a> {
    heading: &'a str,
    points: &'a [[f32; 2]],
    names: Vec<String>,
    note: Option<String>,
    groups: &'a [usize],
    x: Axis,
    y: Axis,
}

/// A rectangle in pixels: left, top, right, bottom.
type Taken = [f64; 4];

impl<'a> Cloud<'a> {
    fn new(heading: &'a str, points: &'a [[f32; 2]], names: &[String], groups: &'a [usize]) -> Result<Self> {
        let wrong = |expected: &str, got: String| Error::Argument {
            what: format!("points of {heading:?}"),
            expected: expected.into(),
            got,
        };
        if points.len() != names.len() || (!groups.is_empty() && groups.len() != points.len()) {
            let got = format!(
                "{} points, {} names, {} groups",
                points.len(),
                names.len(),
                groups.len()
            );
            return Err(wrong("a name for each point, and a group for each or none", got));
        }
        let finite = || points.iter().filter(|point| point.iter().all(|v| v.is_finite()));
        if finite().next().is_none() {
            return Err(wrong("at least one finite point", format!("{} points", points.len())));
        }
        let axis = |c: usize| {
            let values = finite().map(|point| f64::from(point[c]));
            let (lo, hi) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            let air = if hi > lo { (hi - lo) * 0.08 } else { 0.5 };
            Axis::exactly(lo - air, hi + air, false, 6, false)
        };
        let (x, y) = (axis(0), axis(1));
        let (names, note) = glyphs::legible(names, |i| i.to_string());
        Ok(Self {
            heading,
            points,
            names: font::fit_each(&names, TICK, false, LONGEST),
            note,
            groups,
            x,
            y,
        })
    }

    fn draw(&self, axis_names: (&str, &str)) -> Result<Figure> {
        let (width, height) = SIZE;
        let mut left_out = 0;
        let drawn = paper::pixels(width, height, |pen| {
            pen.fill(0.0, 0.0, width, height, WHITE)?;
            let top = title(pen, self.heading, width)?.max(EDGE + TITLE / 2.0);
            let area = Area {
                left: EDGE + LABEL + 8.0 + widest(&self.y) + 7.0,
                top: top + 4.0,
                right: width - EDGE - 8.0,
                bottom: height - EDGE - LABEL - 7.0 - TICK - 6.0,
            };
            axes(pen, area, &self.x, &self.y)?;
            names(pen, axis_names, area, height)?;
            left_out = self.marks(pen, area)?;
            Ok(())
        })?;
        let count = self.points.len();
        let mut caption = format!("{}: {count} points with their names", self.heading);
        if left_out > 0 {
            caption += &format!("; {left_out} names found no room");
        }
        let figure = drawn.caption(&caption);
        Ok(match &self.note {
            Some(note) => figure.noting(note),
            None => figure,
        })
    }

    /// Draws points, then names where there is room; returns how many names there was none for.
    fn marks(&self, pen: &mut Pen<BitMapBackend<'_>>, area: Area) -> Result<usize> {
        let mut spots = Vec::new();
        for (i, point) in self.points.iter().enumerate() {
            let places = self.x.place(f64::from(point[0])).zip(self.y.place(f64::from(point[1])));
            let Some((a, b)) = places.filter(|_| point.iter().all(|v| v.is_finite())) else {
                continue;
            };
            let group = self.groups.get(i).copied().unwrap_or(0);
            let at = area.spot(a, b);
            pen.mark(Mark::class(group), at, RADIUS, color::class(group))?;
            spots.push((i, at));
        }
        let mut taken: Vec<Taken> = spots
            .iter()
            .map(|(_, (x, y))| [x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS])
            .collect();
        let mut left_out = 0;
        for (own, (i, (x, y))) in spots.iter().enumerate() {
            let wide = font::width(&self.names[*i], TICK, false);
            match spot_for(area, &taken, own, (*x, *y), wide) {
                Some(place) => {
                    let kind = Type::new(TICK, INK, Align::Left);
                    pen.text_mid(&self.names[*i], place[0], (place[1] + place[3]) / 2.0, kind)?;
                    taken.push(place);
                }
                None => left_out += 1,
            }
        }
        Ok(left_out)
    }
}

/// A free rectangle for a name `wide` pixels wide: right of its point, left of it, above or below.
fn spot_for(area: Area, taken: &[Taken], own: usize, (x, y): (f64, f64), wide: f64) -> Option<Taken> {
    let (half, far) = (TICK / 2.0 + 0.5, RADIUS + 3.0);
    let tries = [
        (x + far, y),
        (x - far - wide, y),
        (x - wide / 2.0, y - far - half),
        (x - wide / 2.0, y + far + half),
    ];
    let fits = |place: &Taken| {
        let inside = place[0] > area.left && place[2] < area.right && place[1] > area.top && place[3] < area.bottom;
        let free = |(i, other): (usize, &Taken)| i == own || !overlap(place, other);
        inside && taken.iter().enumerate().all(free)
    };
    let places = tries.map(|(left, middle)| [left, middle - half, left + wide, middle + half]);
    places.into_iter().find(fits)
}

fn overlap(a: &Taken, b: &Taken) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}
