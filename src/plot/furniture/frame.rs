//! What every kind of chart is told besides its data, and how that is drawn.

use plotters::prelude::DrawingBackend;

use super::area::{Area, EDGE, LABEL, TICK};
use super::axes::{names, title, widest};
use super::legend::legend;
use super::series::Key;
use crate::plot::draw::axis::Axis;
use crate::plot::draw::color::WHITE;
use crate::plot::draw::figure::Figure;
use crate::plot::draw::message;
use crate::plot::draw::pen::Pen;
use crate::{Error, Result};

/// Title, names of the axes, size and caption of a chart, and the first mistake in what it was given.
///
/// Charts, bars, histograms, contours, heat maps and charts in space each hold one.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    /// Width and height, where the reader chose them.
    pub size: Option<(u32, u32)>,
    pub caption: Option<String>,
    /// What was wrong, what was expected and what was given.
    problem: Option<(String, String, String)>,
}

impl Frame {
    pub fn new(title: &str) -> Self {
        Self {
            title: title.into(),
            x_label: String::new(),
            y_label: String::new(),
            size: None,
            caption: None,
            problem: None,
        }
    }

    /// Chooses width and height, each at least that of `least`: what stands around the data needs its room.
    pub fn resize(&mut self, wanted: (u32, u32), least: (u32, u32)) {
        self.size = Some((wanted.0.max(least.0), wanted.1.max(least.1)));
    }

    /// Width and height: the chosen ones, or `otherwise`.
    pub fn sides(&self, otherwise: (u32, u32)) -> (f64, f64) {
        let (width, height) = self.size.unwrap_or(otherwise);
        (f64::from(width), f64::from(height))
    }

    /// The title, or what kind of chart it is.
    pub fn title_or<'a>(&'a self, kind: &'a str) -> &'a str {
        if self.title.is_empty() { kind } else { &self.title }
    }

    /// Notes a mistake. Builders return no errors: the first one is what is drawn in the end.
    pub fn note(&mut self, what: &str, expected: String, got: String) {
        self.problem.get_or_insert((what.into(), expected, got));
    }

    /// Notes a mistake unless `from` and `to` are the ends of an axis, a logarithmic one perhaps.
    pub fn check_range(&mut self, what: &str, from: f64, to: f64, log: bool) {
        let ordered = from < to && (to - from).is_finite();
        if !ordered || (log && from <= 0.0) {
            let low = if log { "two positive numbers" } else { "two numbers" };
            let expected = format!("{low}, the smaller first");
            self.note(what, expected, format!("{from} and {to}"));
        }
    }

    /// The mistake that was noted, if any.
    pub fn check(&self) -> Result<()> {
        match self.problem.clone() {
            Some((what, expected, got)) => Err(Error::Argument { what, expected, got }),
            None => Ok(()),
        }
    }

    /// What was drawn, with its caption; `alt` makes one where none was given.
    pub fn finish(&self, drawn: Result<Figure>, alt: impl FnOnce() -> String) -> Figure {
        match (drawn, &self.caption) {
            (Ok(figure), Some(caption)) => figure.caption(caption),
            (Ok(figure), None) => figure.caption(&alt()),
            (Err(error), _) => message::message(&error),
        }
    }

    /// Draws ground, title and legend; returns where they end.
    pub fn head<B: DrawingBackend>(&self, pen: &mut Pen<B>, (width, height): (f64, f64), keys: &[Key]) -> Result<f64> {
        pen.fill(0.0, 0.0, width, height, WHITE)?;
        let top = title(pen, &self.title, width)?;
        Ok(top + legend(pen, keys, width, top)?)
    }

    /// The room of the horizontal axis' name.
    pub fn below(&self) -> f64 {
        if self.x_label.is_empty() { 0.0 } else { LABEL + 7.0 }
    }

    /// The room of the vertical axis' name.
    pub fn beside(&self) -> f64 {
        if self.y_label.is_empty() { 0.0 } else { LABEL + 8.0 }
    }

    /// The rectangle that is left for the data below `top`, beside the ticks of `y`.
    pub fn area(&self, top: f64, y: &Axis, (width, height): (f64, f64)) -> Area {
        Area {
            left: EDGE + self.beside() + widest(y) + 7.0,
            top: top + 4.0,
            right: width - EDGE - 8.0,
            bottom: height - EDGE - self.below() - TICK - 6.0,
        }
    }

    /// Draws the names of both axes.
    pub fn names<B: DrawingBackend>(&self, pen: &mut Pen<B>, area: Area, height: f64) -> Result<()> {
        names(pen, (&self.x_label, &self.y_label), area, height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_the_usual_ones_or_large_enough() {
        let mut frame = Frame::new("");
        assert_eq!(frame.sides((700, 360)), (700.0, 360.0));
        frame.resize((900, 10), (220, 170));
        assert_eq!(frame.sides((700, 360)), (900.0, 170.0));
    }

    #[test]
    fn the_first_mistake_is_what_is_drawn() {
        let mut frame = Frame::new("Loss");
        frame.check_range("x_range", 0.0, 1.0, false);
        assert!(frame.check().is_ok());
        frame.check_range("x_range", 0.0, 1.0, true);
        frame.check_range("y_range", 2.0, 1.0, false);
        let mistake = frame.check().expect_err("a mistake");
        let figure = frame.finish(Err(mistake), String::new);
        let text = figure.error().expect("a message");
        assert!(
            text.contains("x_range") && text.contains("two positive numbers"),
            "{text}"
        );
    }
}
