//! Boxes joined by arrows: the graph of a computation, the layers of a network.

use plotters::prelude::DrawingBackend;

use super::layout::{self, Layout};
use crate::plot::draw::color::{FRAME, INK, MUTED, Rgb, WHITE, WRONG};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Type};
use crate::plot::draw::{font, message, paper};
use crate::{Error, Result};

const EDGE: f64 = 14.0;
const TITLE: f64 = 14.0;
const TEXT: f64 = 12.5;
const LABEL: f64 = 11.5;
/// From one line of text in a box to the next.
const LINE: f64 = 17.0;
const PAD: f64 = 9.0;
/// Between two boxes of a column, and between two columns without labels.
const GAP: f64 = 16.0;
const AISLE: f64 = 48.0;
const BOX: Rgb = [243, 246, 250];

/// Boxes joined by arrows, laid out from left to right (Graphviz's `dot` with `rankdir=LR`).
///
/// A box has a name and, below it, a value and a note in red, each of which may be empty. Boxes are numbered from 0 in
/// the order in which they are added; arrows name them by their numbers. Taught in notebook 04.
///
/// ```
/// use gradus::plot::Diagram;
/// let figure = Diagram::new("y = w x")
///     .node("w", "2.0", "slope 3.0")
///     .node("x", "3.0", "")
///     .node("y", "6.0", "")
///     .arrow(0, 2, "")
///     .arrow(1, 2, "")
///     .plot();
/// assert_eq!(figure.mime(), "image/svg+xml");
/// ```
#[derive(Debug, Clone)]
pub struct Diagram {
    title: String,
    nodes: Vec<[String; 3]>,
    arrows: Vec<(usize, usize, String)>,
    caption: Option<String>,
}

impl Diagram {
    /// A diagram without boxes. The title may be empty.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.into(),
            nodes: Vec::new(),
            arrows: Vec::new(),
            caption: None,
        }
    }

    /// Adds a box.
    #[must_use]
    pub fn node(mut self, name: &str, value: &str, note: &str) -> Self {
        self.nodes.push([name, value, note].map(str::to_string));
        self
    }

    /// Adds an arrow between two boxes, with a text on it that may be empty.
    #[must_use]
    pub fn arrow(mut self, from: usize, to: usize, label: &str) -> Self {
        self.arrows.push((from, to, label.into()));
        self
    }

    /// Says in words what the diagram shows; without it, the title and the number of boxes do.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.caption = Some(text.into());
        self
    }

    /// Draws the diagram.
    pub fn plot(&self) -> Figure {
        match self.layout().and_then(|layout| self.draw(&layout)) {
            Ok(figure) => {
                let title = if self.title.is_empty() { "Diagram" } else { &self.title };
                let alt = format!("{title}: {} boxes, {} arrows", self.nodes.len(), self.arrows.len());
                figure.caption(self.caption.as_deref().unwrap_or(&alt))
            }
            Err(error) => message::message(&error),
        }
    }

    fn layout(&self) -> Result<Layout> {
        let wrong = |expected: &str, got: String| {
            Err(Error::Argument {
                what: format!("arrows of the diagram {:?}", self.title),
                expected: expected.into(),
                got,
            })
        };
        let n = self.nodes.len();
        if n == 0 {
            return Err(Error::Argument {
                what: format!("boxes of the diagram {:?}", self.title),
                expected: "at least one".into(),
                got: "none".into(),
            });
        }
        if let Some((from, to, _)) = self.arrows.iter().find(|(from, to, _)| *from >= n || *to >= n) {
            return wrong(&format!("numbers of boxes, below {n}"), format!("{from} to {to}"));
        }
        let sizes: Vec<(f64, f64)> = self.nodes.iter().map(size).collect();
        let arrows: Vec<(usize, usize)> = self.arrows.iter().map(|(from, to, _)| (*from, *to)).collect();
        let labels = self.arrows.iter().map(|(_, _, label)| font::width(label, LABEL, false));
        let aisle = AISLE + labels.fold(0.0, f64::max) * 1.25;
        match layout::layout(&sizes, &arrows, aisle, GAP) {
            Some(layout) => Ok(layout),
            None => wrong("arrows that lead onwards", "a circle".into()),
        }
    }

    fn draw(&self, layout: &Layout) -> Result<Figure> {
        let top = EDGE + if self.title.is_empty() { 0.0 } else { TITLE + 12.0 };
        let room = font::width(&self.title, TITLE, true);
        let width = (layout.width.max(room) + 2.0 * EDGE).ceil();
        let (left, height) = ((width - layout.width) / 2.0, layout.height + top + EDGE);
        paper::svg(width, height, |pen| {
            pen.fill(0.0, 0.0, width, height, WHITE)?;
            let kind = Type::new(TITLE, INK, Align::Center).bold();
            pen.text(&self.title, width / 2.0, EDGE + TITLE - 2.0, kind)?;
            for (path, (_, _, label)) in layout.paths.iter().zip(&self.arrows) {
                let path: Vec<(f64, f64)> = path.iter().map(|p| (p.0 + left, p.1 + top)).collect();
                arrow(pen, &path, label)?;
            }
            for (lines, at) in self.nodes.iter().zip(&layout.centers) {
                node(pen, lines, (at.0 + left, at.1 + top))?;
            }
            Ok(())
        })
    }
}

/// The lines that are not empty, with the first bold and the last red.
fn shown(lines: &[String; 3]) -> impl Iterator<Item = (&str, Type)> {
    let kind = |i: usize| match i {
        0 => Type::new(TEXT, INK, Align::Center).bold(),
        1 => Type::new(TEXT, INK, Align::Center),
        _ => Type::new(TEXT, WRONG, Align::Center),
    };
    let all = lines.iter().enumerate().map(move |(i, line)| (line.as_str(), kind(i)));
    all.filter(|(line, _)| !line.is_empty())
}

fn size(lines: &[String; 3]) -> (f64, f64) {
    let widths = shown(lines).map(|(line, kind)| font::width(line, TEXT, kind.bold));
    let count = shown(lines).count().max(1) as f64;
    (widths.fold(16.0, f64::max) + 2.0 * PAD, count * LINE + 2.0 * PAD - 4.0)
}

fn node<B: DrawingBackend>(pen: &mut Pen<B>, lines: &[String; 3], (x, y): (f64, f64)) -> Result<()> {
    let (w, h) = size(lines);
    let (left, top) = (x - w / 2.0, y - h / 2.0);
    pen.fill(left, top, w, h, BOX)?;
    pen.frame(left, top, w, h, FRAME, 1.0)?;
    for (i, (line, kind)) in shown(lines).enumerate() {
        pen.text_mid(line, x, top + PAD - 2.0 + LINE * (i as f64 + 0.5), kind)?;
    }
    Ok(())
}

fn arrow<B: DrawingBackend>(pen: &mut Pen<B>, path: &[(f64, f64)], label: &str) -> Result<()> {
    const HEAD: f64 = 8.0;
    let Some(&(x, y)) = path.last() else { return Ok(()) };
    // The line ends inside the head, so that it does not blunt its tip.
    let mut line = path.to_vec();
    if let Some(end) = line.last_mut() {
        end.0 -= HEAD / 2.0;
    }
    pen.line(&line, MUTED, 1.5)?;
    pen.polygon(&[(x, y), (x - HEAD, y - 3.6), (x - HEAD, y + 3.6)], MUTED)?;
    if label.is_empty() {
        return Ok(());
    }
    // On the first part of its way, before arrows to the same box come together.
    let at = path[path.len() * 2 / 5];
    let half = font::width(label, LABEL, false) / 2.0 + 2.0;
    pen.fill(at.0 - half, at.1 - 8.0, 2.0 * half, 16.0, WHITE)?;
    pen.text_mid(label, at.0, at.1, Type::new(LABEL, MUTED, Align::Center))
}
