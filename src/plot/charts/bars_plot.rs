//! How bars are drawn: grid, names, bars, whiskers and numbers.

use plotters::prelude::DrawingBackend;

use super::bars::Bars;
use super::bars_layout::NAMES;
use crate::Result;
use crate::plot::draw::axis::Axis;
use crate::plot::draw::color::{self, FRAME, GRID, INK, MUTED};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Type};
use crate::plot::draw::{font, paper};
use crate::plot::furniture::area::{Area, TICK};
use crate::plot::furniture::series::Key;

/// How much of a category's room its bars take.
const FULL: f64 = 0.74;
/// Small letters, for the numbers at the bars.
const SMALL: f64 = 10.5;

impl Bars {
    /// Draws the chart, as SVG.
    pub fn plot(&self) -> Figure {
        let (w, h) = self.sides();
        let drawn = self
            .axis()
            .and_then(|axis| paper::svg(w, h, |pen| self.draw(pen, &axis)));
        self.frame.finish(drawn, || self.alt())
    }

    /// Draws the chart as pixels: a frame of an [`Animation`](crate::plot::Animation).
    pub fn plot_pixels(&self) -> Figure {
        let (w, h) = self.sides();
        let drawn = self
            .axis()
            .and_then(|axis| paper::pixels(w, h, |pen| self.draw(pen, &axis)));
        self.frame.finish(drawn, || self.alt())
    }

    fn alt(&self) -> String {
        let names: Vec<&str> = self.groups.iter().map(|g| g.name.as_str()).collect();
        let names = names.join(", ");
        let colon = if names.is_empty() { "" } else { ": " };
        let title = self.frame.title_or("Bars");
        format!("{title}{colon}{names} for {}", self.categories.join(", "))
    }

    fn draw<B: DrawingBackend>(&self, pen: &mut Pen<B>, axis: &Axis) -> Result<()> {
        let sides = self.sides();
        let keys: Vec<Key> = self.groups.iter().map(|g| Key::square(&g.name)).collect();
        let top = self.frame.head(pen, sides, if keys.len() > 1 { &keys } else { &[] })?;
        let (area, below) = self.area(axis, top, sides);
        self.grid(pen, area, axis)?;
        self.names(pen, area, below)?;
        self.bars(pen, area, axis)?;
        if let Some(zero) = axis.place(0.0).filter(|t| (0.0..=1.0).contains(t)) {
            let (x, y) = area.spot(zero, zero);
            if self.lying {
                pen.fill(x - 0.5, area.top, 1.0, area.bottom - area.top, FRAME)?;
            } else {
                pen.fill(area.left, y - 0.5, area.right - area.left, 1.0, FRAME)?;
            }
        }
        pen.frame(
            area.left,
            area.top,
            area.right - area.left,
            area.bottom - area.top,
            FRAME,
            1.0,
        )?;
        self.frame.names(pen, area, sides.1)
    }

    fn grid<B: DrawingBackend>(&self, pen: &mut Pen<B>, area: Area, axis: &Axis) -> Result<()> {
        for (value, text) in &axis.ticks {
            let Some(t) = axis.place(*value).filter(|t| (0.0..=1.0).contains(t)) else {
                continue;
            };
            let (x, y) = area.spot(t, t);
            if self.lying {
                pen.fill(x - 0.5, area.top, 1.0, area.bottom - area.top, GRID)?;
                let kind = Type::new(TICK, MUTED, Align::Center);
                pen.text(text, x, area.bottom + TICK + 5.0, kind)?;
            } else {
                pen.fill(area.left, y - 0.5, area.right - area.left, 1.0, GRID)?;
                pen.text_mid(text, area.left - 7.0, y, Type::new(TICK, MUTED, Align::Right))?;
            }
        }
        Ok(())
    }

    fn names<B: DrawingBackend>(&self, pen: &mut Pen<B>, area: Area, below: Option<f64>) -> Result<()> {
        let room = if self.lying {
            NAMES
        } else {
            // Level names share the axis.
            let slot = (area.right - area.left) / self.categories.len().max(1) as f64;
            below.unwrap_or(slot - 6.0)
        };
        let names = font::fit_each(&self.categories, TICK, false, room);
        for (i, name) in names.iter().enumerate() {
            let middle = self.across(area, i as f64 + 0.5);
            if self.lying {
                pen.text_mid(name, area.left - 7.0, middle, Type::new(TICK, INK, Align::Right))?;
            } else if below.is_some() {
                // Ends at the axis. Where there are more names than rows of text, only every n-th is written.
                let every = (TICK * 1.25 * self.categories.len() as f64 / (area.right - area.left)).ceil();
                if i % (every as usize).max(1) == 0 {
                    let kind = Type::new(TICK, INK, Align::Right);
                    pen.text_up(name, middle + 0.36 * TICK, area.bottom + 6.0, kind)?;
                }
            } else {
                let kind = Type::new(TICK, INK, Align::Center);
                pen.text(name, middle, area.bottom + TICK + 5.0, kind)?;
            }
        }
        Ok(())
    }

    fn bars<B: DrawingBackend>(&self, pen: &mut Pen<B>, area: Area, axis: &Axis) -> Result<()> {
        let place = |v: f64| axis.place(v).map(|t| t.clamp(0.0, 1.0));
        let Some(zero) = place(0.0) else { return Ok(()) };
        let thick = FULL / self.groups.len().max(1) as f64;
        for (g, group) in self.groups.iter().enumerate() {
            for (i, &value) in group.values.iter().enumerate().take(self.categories.len()) {
                let Some(end) = place(value) else { continue };
                let from = i as f64 + (1.0 - FULL) / 2.0 + g as f64 * thick;
                let sides = (self.across(area, from), self.across(area, from + thick));
                self.bar(pen, area, sides, (zero.min(end), zero.max(end)), color::class(g))?;
                let middle = (sides.0 + sides.1) / 2.0;
                let mut tip = end;
                if let Some(error) = group.errors.get(i).filter(|e| e.is_finite()) {
                    let ends = place(value - error).zip(place(value + error));
                    if let Some((low, high)) = ends {
                        self.whisker(pen, area, middle, (low, high))?;
                        tip = if value < 0.0 { low } else { high };
                    }
                }
                if let Some(decimals) = self.decimals {
                    let text = format!("{value:.decimals$}").replace('-', "−");
                    self.number(pen, area, middle, tip, value < 0.0, &text)?;
                }
            }
        }
        Ok(())
    }

    /// A bar between two places on the axis of values, 0 to 1.
    fn bar<B: DrawingBackend>(
        &self,
        pen: &mut Pen<B>,
        area: Area,
        (a, b): (f64, f64),
        (low, high): (f64, f64),
        ink: color::Rgb,
    ) -> Result<()> {
        let ((left, bottom), (right, top)) = (area.spot(low, low), area.spot(high, high));
        // A hair of white between neighbours.
        let hair = if b - a > 6.0 { 0.5 } else { 0.0 };
        if self.lying {
            pen.fill(left, a + hair, right - left, b - a - 2.0 * hair, ink)
        } else {
            pen.fill(a + hair, top, b - a - 2.0 * hair, bottom - top, ink)
        }
    }

    fn whisker<B: DrawingBackend>(
        &self,
        pen: &mut Pen<B>,
        area: Area,
        middle: f64,
        (low, high): (f64, f64),
    ) -> Result<()> {
        let ((left, bottom), (right, top)) = (area.spot(low, low), area.spot(high, high));
        if self.lying {
            pen.line(&[(left, middle), (right, middle)], INK, 1.5)?;
            pen.line(&[(left, middle - 3.5), (left, middle + 3.5)], INK, 1.5)?;
            pen.line(&[(right, middle - 3.5), (right, middle + 3.5)], INK, 1.5)
        } else {
            pen.line(&[(middle, bottom), (middle, top)], INK, 1.5)?;
            pen.line(&[(middle - 3.5, bottom), (middle + 3.5, bottom)], INK, 1.5)?;
            pen.line(&[(middle - 3.5, top), (middle + 3.5, top)], INK, 1.5)
        }
    }

    fn number<B: DrawingBackend>(
        &self,
        pen: &mut Pen<B>,
        area: Area,
        middle: f64,
        tip: f64,
        negative: bool,
        text: &str,
    ) -> Result<()> {
        let (x, y) = area.spot(tip, tip);
        if self.lying {
            let (x, align) = if negative {
                (x - 5.0, Align::Right)
            } else {
                (x + 5.0, Align::Left)
            };
            return pen.text_mid(text, x, middle, Type::new(SMALL, INK, align));
        }
        let baseline = if negative { y + SMALL + 2.0 } else { y - 4.0 };
        pen.text(text, middle, baseline, Type::new(SMALL, INK, Align::Center))
    }
}
