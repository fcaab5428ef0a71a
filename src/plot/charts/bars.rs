//! Bar charts: one value, or a few, for each of some categories.

use plotters::prelude::DrawingBackend;

use super::axis::Axis;
use super::chart::Series;
use super::chart_draw::{Area, EDGE, LABEL, TICK, legend, names, title};
use super::color::{self, FRAME, GRID, INK, MUTED, WHITE};
use super::figure::Figure;
use super::font;
use super::message;
use super::number::Number;
use super::pen::{self, Align, Mark, Pen, Type};
use crate::{Error, Result};

/// How much of a category's room its bars take.
const FULL: f64 = 0.74;
/// The most room that names beside or below the bars may take, in pixels.
const NAMES: f64 = 190.0;
/// Small letters, for the numbers at the bars.
const SMALL: f64 = 10.5;

/// Bars over categories (matplotlib's `bar` and `barh`).
///
/// ```
/// use gradus::plot::Bars;
/// let figure = Bars::new("Scores of two classes", &["benign", "malignant"])
///     .series("precision", &[0.97, 0.94])
///     .series("recall", &[0.96, 0.95])
///     .y_label("score")
///     .y_range(0.0, 1.0)
///     .numbers(2)
///     .plot();
/// assert_eq!(figure.mime(), "image/svg+xml");
/// ```
///
/// Bars begin at 0 and may point both ways. A value that is NaN or infinite leaves a gap.
#[derive(Debug, Clone)]
pub struct Bars {
    title: String,
    categories: Vec<String>,
    groups: Vec<Group>,
    x_label: String,
    y_label: String,
    lying: bool,
    decimals: Option<usize>,
    range: Option<(f64, f64)>,
    size: Option<(u32, u32)>,
    caption: Option<String>,
    /// The first mistake in what was given; `plot` shows it.
    problem: Option<(String, String, String)>,
}

/// One bar for each category.
#[derive(Debug, Clone)]
struct Group {
    name: String,
    values: Vec<f64>,
    errors: Vec<f64>,
}

impl Bars {
    /// A chart for these categories, without bars yet. The title may be empty.
    pub fn new<S: AsRef<str>>(title: &str, categories: &[S]) -> Self {
        Self {
            title: title.into(),
            categories: categories.iter().map(|name| name.as_ref().to_string()).collect(),
            groups: Vec::new(),
            x_label: String::new(),
            y_label: String::new(),
            lying: false,
            decimals: None,
            range: None,
            size: None,
            caption: None,
            problem: None,
        }
    }

    /// Adds a bar for each category. Several series stand side by side; the legend shows their names.
    #[must_use]
    pub fn series<N: Number>(mut self, name: &str, values: &[N]) -> Self {
        self.check_length(name, values.len());
        self.groups.push(Group {
            name: name.into(),
            values: values.iter().map(|v| v.to_f64()).collect(),
            errors: Vec::new(),
        });
        self
    }

    /// Adds a whisker of this length in both directions to each bar of the last series: a standard deviation, say.
    #[must_use]
    pub fn errors<N: Number>(mut self, errors: &[N]) -> Self {
        self.check_length("errors", errors.len());
        if let Some(group) = self.groups.last_mut() {
            group.errors = errors.iter().map(|v| v.to_f64()).collect();
        }
        self
    }

    /// Names the horizontal axis.
    #[must_use]
    pub fn x_label(mut self, text: &str) -> Self {
        self.x_label = text.into();
        self
    }

    /// Names the vertical axis.
    #[must_use]
    pub fn y_label(mut self, text: &str) -> Self {
        self.y_label = text.into();
        self
    }

    /// Lays the bars down: the categories stand below each other, which leaves room for long names.
    #[must_use]
    pub fn horizontal(mut self) -> Self {
        self.lying = true;
        self
    }

    /// Writes its value at each bar, with so many decimals.
    #[must_use]
    pub fn numbers(mut self, decimals: usize) -> Self {
        self.decimals = Some(decimals.min(9));
        self
    }

    /// Fixes the ends of the axis of values; bars are cut off there.
    #[must_use]
    pub fn y_range(mut self, from: f64, to: f64) -> Self {
        if !(from < to && (to - from).is_finite()) {
            let got = format!("{from} and {to}");
            self.note("y_range", "two numbers, the smaller first".into(), got);
        }
        self.range = Some((from, to));
        self
    }

    /// Sets width and height in pixels, at least 220 × 170.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = Some((width.max(220), height.max(170)));
        self
    }

    /// Says in words what the chart shows; without it, the title and the names of the series do.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.caption = Some(text.into());
        self
    }

    /// Draws the chart, as SVG.
    pub fn plot(&self) -> Figure {
        let (w, h) = self.sides();
        self.finish(self.axis().and_then(|axis| pen::svg(w, h, |pen| self.draw(pen, &axis))))
    }

    /// Draws the chart as pixels: a frame of an [`Animation`](super::Animation).
    pub fn plot_pixels(&self) -> Figure {
        let (w, h) = self.sides();
        self.finish(
            self.axis()
                .and_then(|axis| pen::pixels(w, h, |pen| self.draw(pen, &axis))),
        )
    }

    fn finish(&self, drawn: Result<Figure>) -> Figure {
        match drawn {
            Ok(figure) => figure.caption(&self.alt()),
            Err(error) => message::message(&error),
        }
    }

    fn alt(&self) -> String {
        if let Some(caption) = &self.caption {
            return caption.clone();
        }
        let title = if self.title.is_empty() { "Bars" } else { &self.title };
        let names: Vec<&str> = self.groups.iter().map(|g| g.name.as_str()).collect();
        let names = names.join(", ");
        let colon = if names.is_empty() { "" } else { ": " };
        format!("{title}{colon}{names} for {}", self.categories.join(", "))
    }

    fn sides(&self) -> (f64, f64) {
        let (w, h) = self.size.unwrap_or_else(|| {
            let rows = self.categories.len() * self.groups.len().max(1);
            // Lying bars grow downwards; a figure of any number of rows stays readable.
            let tall = (110 + 15 * rows + 8 * self.categories.len()).clamp(200, 1600);
            (700, if self.lying { tall as u32 } else { 360 })
        });
        (f64::from(w), f64::from(h))
    }

    fn check_length(&mut self, name: &str, got: usize) {
        let wanted = self.categories.len();
        if got != wanted {
            let expected = format!("one value for each of {wanted} categories");
            self.note(&format!("series {name:?}"), expected, format!("{got} values"));
        }
    }

    fn note(&mut self, what: &str, expected: String, got: String) {
        self.problem.get_or_insert((what.into(), expected, got));
    }

    /// The axis of values. It always holds 0, where the bars begin.
    fn axis(&self) -> Result<Axis> {
        if let Some((what, expected, got)) = self.problem.clone() {
            return Err(Error::Argument { what, expected, got });
        }
        let ends = self.groups.iter().flat_map(|g| {
            let error = |i: usize| g.errors.get(i).copied().filter(|e| e.is_finite()).unwrap_or(0.0);
            let both = move |(i, v): (usize, &f64)| [v - error(i), v + error(i)];
            g.values.iter().enumerate().flat_map(both)
        });
        let finite = ends.filter(|v| v.abs() < 1e150);
        let (lo, hi) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if self.categories.is_empty() || lo > hi {
            return Err(Error::Argument {
                what: format!("values of the bars {:?}", self.title),
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

    fn draw<B: DrawingBackend>(&self, pen: &mut Pen<B>, axis: &Axis) -> Result<()> {
        let (width, height) = self.sides();
        pen.fill(0.0, 0.0, width, height, WHITE)?;
        let mut top = title(pen, &self.title, width)?;
        if self.groups.len() > 1 {
            top += legend(pen, &self.key(), width, top)?;
        }
        let (area, below) = self.area(axis, top, (width, height));
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
        names(pen, (&self.x_label, &self.y_label), area, height)
    }

    /// What the legend shows: a square in the colour of each series.
    fn key(&self) -> Vec<Series> {
        let square = |g: &Group| Series {
            name: g.name.clone(),
            points: Vec::new(),
            joined: false,
            mark: Some(Mark::Square),
        };
        self.groups.iter().map(square).collect()
    }

    /// The rectangle of the bars, and the room for names that must run upwards to find any.
    fn area(&self, axis: &Axis, top: f64, (width, height): (f64, f64)) -> (Area, Option<f64>) {
        let longest = |names: &mut dyn Iterator<Item = &String>, size: f64| {
            names.map(|name| font::width(name, size, false)).fold(0.0, f64::max)
        };
        let names = longest(&mut self.categories.iter(), TICK).min(NAMES);
        let ticks = longest(&mut axis.ticks.iter().map(|(_, text)| text), TICK);
        let y_label = if self.y_label.is_empty() { 0.0 } else { LABEL + 8.0 };
        let x_label = if self.x_label.is_empty() { 0.0 } else { LABEL + 7.0 };
        let left = EDGE + y_label + if self.lying { names } else { ticks } + 7.0;
        let right = width - EDGE - 8.0;
        let slot = (right - left) / self.categories.len().max(1) as f64;
        let upright = !self.lying && names > slot - 6.0;
        let room = upright.then(|| names.min(height * 0.4).ceil());
        let below = room.map_or(TICK + 6.0, |room| room + 9.0);
        let area = Area {
            left,
            top: top + 4.0,
            right,
            bottom: height - EDGE - x_label - below,
        };
        (area, room)
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
        for (i, name) in self.categories.iter().enumerate() {
            let middle = self.across(area, i as f64 + 0.5);
            if self.lying {
                let name = font::fit(name, TICK, false, NAMES);
                pen.text_mid(&name, area.left - 7.0, middle, Type::new(TICK, INK, Align::Right))?;
            } else if let Some(room) = below {
                // Ends at the axis. Where there are more names than rows of text, only every n-th is written.
                let every = (TICK * 1.25 * self.categories.len() as f64 / (area.right - area.left)).ceil();
                if i % (every as usize).max(1) == 0 {
                    let name = font::fit(name, TICK, false, room);
                    let kind = Type::new(TICK, INK, Align::Right);
                    pen.text_up(&name, middle + 0.36 * TICK, area.bottom + 6.0, kind)?;
                }
            } else {
                let kind = Type::new(TICK, INK, Align::Center);
                pen.text(name, middle, area.bottom + TICK + 5.0, kind)?;
            }
        }
        Ok(())
    }

    /// Where `position` categories from the start stand on the axis of categories: x, or y of lying bars.
    fn across(&self, area: Area, position: f64) -> f64 {
        let share = position / self.categories.len().max(1) as f64;
        if self.lying {
            area.top + share * (area.bottom - area.top)
        } else {
            area.left + share * (area.right - area.left)
        }
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
