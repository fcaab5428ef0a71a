//! Where the bars of a chart stand: its size, the axis of values, the rectangle of the bars and the places across it.

use super::bars::Bars;
use crate::plot::draw::axis::{self, Axis};
use crate::plot::draw::font;
use crate::plot::furniture::area::{Area, EDGE, TICK};
use crate::plot::furniture::axes::widest;
use crate::{Error, Result};

/// The most room that names beside or below the bars may take, in pixels.
pub(super) const NAMES: f64 = 190.0;

impl Bars {
    /// Width and height of the figure.
    pub(super) fn sides(&self) -> (f64, f64) {
        let rows = self.categories.len() * self.groups.len().max(1);
        // Lying bars grow downwards; a figure of any number of rows stays readable.
        let tall = (110 + 15 * rows + 8 * self.categories.len()).clamp(200, 1600);
        self.frame.sides((700, if self.lying { tall as u32 } else { 360 }))
    }

    /// The axis of values. It always holds 0, where the bars begin.
    pub(super) fn axis(&self) -> Result<Axis> {
        self.frame.check()?;
        let ends = self.groups.iter().flat_map(|g| {
            let error = |i: usize| g.errors.get(i).copied().filter(|e| e.is_finite()).unwrap_or(0.0);
            let both = move |(i, v): (usize, &f64)| [v - error(i), v + error(i)];
            g.values.iter().enumerate().flat_map(both)
        });
        axis::check(
            &format!("values of the bars {:?}", self.frame.title),
            ends.clone(),
            false,
        )?;
        let finite = ends.filter(|v| v.is_finite());
        let (lo, hi) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if self.categories.is_empty() || lo > hi {
            return Err(Error::Argument {
                what: format!("values of the bars {:?}", self.frame.title),
                expected: "at least one category with a finite number".into(),
                got: format!("{} categories, {} series", self.categories.len(), self.groups.len()),
            });
        }
        let (lo, hi) = (lo.min(0.0), hi.max(0.0));
        let long = if hi > lo { hi - lo } else { 1.0 };
        // Air beyond the longest bar, more where a number stands there.
        let air = long
            * if self.decimals.is_some() {
                self.number_air()
            } else {
                0.05
            };
        let (lo, hi) = self.range.unwrap_or((
            if lo < 0.0 { lo - air } else { lo },
            if hi > 0.0 || lo == 0.0 { hi + air } else { hi },
        ));
        let (w, h) = self.sides();
        let wanted = if self.lying { w / 90.0 } else { h / 55.0 };
        Ok(Axis::exactly(lo, hi, false, (wanted as usize).max(2), false))
    }

    /// The share of the axis that a number at a bar's end takes: more where upright names leave the bars little room.
    fn number_air(&self) -> f64 {
        let slot = self.sides().0 / self.categories.len() as f64;
        let long = |name: &String| font::width(name, TICK, false) > slot - 12.0;
        if !self.lying && self.categories.iter().any(long) {
            0.22
        } else {
            0.11
        }
    }

    /// The rectangle of the bars, and the room for names that must run upwards to find any.
    pub(super) fn area(&self, axis: &Axis, top: f64, (width, height): (f64, f64)) -> (Area, Option<f64>) {
        let names = self.categories.iter().map(|name| font::width(name, TICK, false));
        let names = names.fold(0.0, f64::max).min(NAMES);
        let left = EDGE + self.frame.beside() + if self.lying { names } else { widest(axis) } + 7.0;
        let right = width - EDGE - 8.0;
        let slot = (right - left) / self.categories.len().max(1) as f64;
        let upright = !self.lying && names > slot - 6.0;
        let room = upright.then(|| names.min(height * 0.4).ceil());
        let below = room.map_or(TICK + 6.0, |room| room + 9.0);
        let area = Area {
            left,
            top: top + 4.0,
            right,
            bottom: height - EDGE - self.frame.below() - below,
        };
        (area, room)
    }

    /// Where `position` categories from the start stand on the axis of categories: x, or y of lying bars.
    pub(super) fn across(&self, area: Area, position: f64) -> f64 {
        let share = position / self.categories.len().max(1) as f64;
        if self.lying {
            area.top + share * (area.bottom - area.top)
        } else {
            area.left + share * (area.right - area.left)
        }
    }
}
