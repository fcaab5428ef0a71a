//! A graph: its nodes at their places, its edges as lines between them.

use plotters_bitmap::BitMapBackend;

use crate::graph::Graph;
use crate::plot::draw::axis::Axis;
use crate::plot::draw::color::{self, GRID, INK, WHITE};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Mark, Type};
use crate::plot::draw::{font, message, paper};
use crate::plot::furniture::area::{Area, EDGE, LABEL, TICK, TITLE};
use crate::plot::furniture::axes::{axes, names, title, widest};
use crate::{Error, Result};

const SIZE: (f64, f64) = (560.0, 440.0);

/// A drawn graph: nodes as dots in the colours of their classes, edges as lines.
///
/// ```
/// use gradus::plot::GraphPlot;
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let ring = Graph::undirected(4, &[(0, 1), (1, 2), (2, 3), (3, 0)])?;
/// GraphPlot::new("A ring", &ring, &ring.spring_layout()).classes(&[0, 0, 1, 1]).names(&["a", "b", "c", "d"]).plot();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct GraphPlot {
    heading: String,
    edges: Vec<(usize, usize)>,
    places: Vec<[f64; 2]>,
    classes: Vec<usize>,
    names: Vec<String>,
    strengths: Option<Vec<f32>>,
    ringed: Vec<usize>,
    axes: Option<(String, String, f64)>,
    caption: Option<String>,
}

impl GraphPlot {
    /// A graph whose nodes stand at `places`, such as those of [`Graph::spring_layout`]. Taught in notebook 20.
    pub fn new(heading: &str, graph: &Graph, places: &[[f64; 2]]) -> Self {
        Self {
            heading: heading.into(),
            edges: graph.edges(),
            places: places.to_vec(),
            classes: Vec::new(),
            names: Vec::new(),
            strengths: None,
            ringed: Vec::new(),
            axes: None,
            caption: None,
        }
    }

    /// A class for each node: its colour and shape.
    #[must_use]
    pub fn classes(mut self, classes: &[usize]) -> Self {
        self.classes = classes.to_vec();
        self
    }

    /// A name for each node, written beside it.
    #[must_use]
    pub fn names<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.names = names.iter().map(|name| name.as_ref().to_string()).collect();
        self
    }

    /// How strong each edge is, from 0 to 1, in the order of [`Graph::edges`]: the stronger, the thicker and darker its line.
    #[must_use]
    pub fn strengths(mut self, strengths: &[f32]) -> Self {
        self.strengths = Some(strengths.to_vec());
        self
    }

    /// Nodes with a ring around them: those whose class is known, for one.
    #[must_use]
    pub fn ringed(mut self, nodes: &[usize]) -> Self {
        self.ringed = nodes.to_vec();
        self
    }

    /// Axes from `-reach` to `reach` with these names, where places mean something.
    #[must_use]
    pub fn axes(mut self, x: &str, y: &str, reach: f64) -> Self {
        self.axes = Some((x.into(), y.into(), reach));
        self
    }

    /// What the figure says to those who do not see it.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.caption = Some(text.into());
        self
    }

    /// The figure; a message in its place where there is not a finite place, a class and a name for each node, or not a strength
    /// for each edge.
    pub fn plot(&self) -> Figure {
        match self.check().and_then(|()| self.draw()) {
            Ok(figure) => figure,
            Err(error) => message::message(&error),
        }
    }

    fn check(&self) -> Result<()> {
        let wrong = |expected: &str, got: String| {
            let what = format!("graph {:?}", self.heading);
            Err(Error::Argument {
                what,
                expected: expected.into(),
                got,
            })
        };
        let n = self.places.len();
        let most = self
            .edges
            .iter()
            .map(|(a, b)| *a.max(b))
            .chain(self.ringed.iter().copied())
            .max();
        let fits = |len: usize| len == 0 || len == n;
        if n == 0 || most.is_some_and(|most| most >= n) || !fits(self.classes.len()) || !fits(self.names.len()) {
            let got = format!("{n} places, {} classes, {} names", self.classes.len(), self.names.len());
            return wrong("a place for each node, and a class and a name for each or none", got);
        }
        if !self.places.iter().flatten().all(|x| x.is_finite()) {
            return wrong("finite places", "others".into());
        }
        match &self.strengths {
            Some(strengths) if strengths.len() != self.edges.len() => wrong(
                "a strength for each edge",
                format!("{} for {}", strengths.len(), self.edges.len()),
            ),
            _ => Ok(()),
        }
    }

    fn draw(&self) -> Result<Figure> {
        let (width, height) = SIZE;
        let reach = self.axes.as_ref().map_or(1.1, |(.., reach)| reach.max(1e-6));
        let axis = Axis::exactly(-reach, reach, false, 6, false);
        let drawn = paper::pixels(width, height, |pen| {
            pen.fill(0.0, 0.0, width, height, WHITE)?;
            let top = title(pen, &self.heading, width)?.max(EDGE + TITLE / 2.0) + 4.0;
            let mut area = Area {
                left: EDGE,
                top,
                right: width - EDGE,
                bottom: height - EDGE,
            };
            if let Some((x, y, _)) = &self.axes {
                area.left += LABEL + 8.0 + widest(&axis) + 7.0;
                area.bottom -= LABEL + 7.0 + TICK + 6.0;
                axes(pen, area, &axis, &axis)?;
                names(pen, (x, y), area, height)?;
            }
            let spot = |p: &[f64; 2]| area.spot((p[0] / reach + 1.0) / 2.0, (p[1] / reach + 1.0) / 2.0);
            let spots: Vec<(f64, f64)> = self.places.iter().map(spot).collect();
            self.lines(pen, &spots)?;
            self.dots(pen, &spots)
        })?;
        let plain = format!("{}: a graph of {} nodes", self.heading, self.places.len());
        Ok(drawn.caption(self.caption.as_deref().unwrap_or(&plain)))
    }

    fn lines(&self, pen: &mut Pen<BitMapBackend<'_>>, spots: &[(f64, f64)]) -> Result<()> {
        for (k, (a, b)) in self.edges.iter().enumerate() {
            let (shade, wide) = match &self.strengths {
                Some(strengths) => {
                    let strength = strengths[k].clamp(0.0, 1.0);
                    (color::mix(INK, GRID, strength), 0.8 + 4.0 * f64::from(strength))
                }
                None => (color::mix(INK, WHITE, 0.3), 1.0),
            };
            pen.line(&[spots[*a], spots[*b]], shade, wide)?;
        }
        Ok(())
    }

    fn dots(&self, pen: &mut Pen<BitMapBackend<'_>>, spots: &[(f64, f64)]) -> Result<()> {
        let radius = if spots.len() > 60 { 3.6 } else { 6.0 };
        for node in &self.ringed {
            pen.mark(Mark::Circle, spots[*node], radius + 4.0, INK)?;
            pen.mark(Mark::Circle, spots[*node], radius + 2.6, WHITE)?;
        }
        for (node, at) in spots.iter().enumerate() {
            let class = self.classes.get(node).copied().unwrap_or(0);
            pen.mark(Mark::class(class), *at, radius + 1.0, WHITE)?;
            pen.mark(Mark::class(class), *at, radius, color::class(class))?;
        }
        for (name, (x, y)) in self.names.iter().zip(spots) {
            let text = font::fit(name, TICK, false, 130.0);
            pen.text_mid(&text, x + radius + 3.0, y - radius, Type::new(TICK, INK, Align::Left))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_said() {
        let pair = Graph::undirected(2, &[(0, 1)]).expect("edges");
        let places = [[0.0, 0.0], [1.0, 1.0]];
        let plot = GraphPlot::new("pair", &pair, &places);
        assert!(plot.check().is_ok() && plot.draw().is_ok());
        let wrong = [
            GraphPlot::new("pair", &pair, &places[..1]),
            GraphPlot::new("pair", &pair, &[[0.0, f64::NAN], [1.0, 1.0]]),
            plot.clone().classes(&[1]),
            plot.clone().names(&["a", "b", "c"]),
            plot.clone().ringed(&[2]),
            plot.clone().strengths(&[0.5]),
        ];
        assert!(wrong.iter().all(|plot| plot.check().is_err()));
        assert!(
            plot.strengths(&[0.5, 1.0])
                .ringed(&[0])
                .axes("x", "y", 2.0)
                .draw()
                .is_ok()
        );
    }
}
