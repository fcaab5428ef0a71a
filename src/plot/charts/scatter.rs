//! Points of classes in the plane, and the regions that a model gives to each class.

use plotters_bitmap::BitMapBackend;

use crate::plot::draw::axis::Axis;
use crate::plot::draw::color::{self, INK, MISSING, Rgb, WHITE};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Mark, Type};
use crate::plot::draw::{font, glyphs, message, paper};
use crate::plot::furniture::area::{Area, EDGE, LABEL, TICK, TITLE, inside};
use crate::plot::furniture::axes::{axes, widest};
use crate::{Error, Result};

const SIDE: f64 = 400.0;

/// What a model says about each point of a grid: made from its predictions with `into()`.
#[derive(Debug, Clone)]
pub enum Regions {
    /// The index of the predicted class.
    Classes(Vec<usize>),
    /// The probability of class 1, of two.
    Binary(Vec<f32>),
    /// The probabilities of all classes.
    Probabilities(Vec<Vec<f32>>),
}

impl From<Vec<usize>> for Regions {
    fn from(classes: Vec<usize>) -> Self {
        Self::Classes(classes)
    }
}

impl From<Vec<f32>> for Regions {
    fn from(probabilities: Vec<f32>) -> Self {
        Self::Binary(probabilities)
    }
}

impl From<Vec<Vec<f32>>> for Regions {
    fn from(probabilities: Vec<Vec<f32>>) -> Self {
        Self::Probabilities(probabilities)
    }
}

impl Regions {
    fn len(&self) -> usize {
        match self {
            Self::Classes(v) => v.len(),
            Self::Binary(v) => v.len(),
            Self::Probabilities(v) => v.len(),
        }
    }

    /// A pale colour of the class; the paler, the less sure the model is.
    fn color(&self, i: usize) -> Rgb {
        match self {
            Self::Classes(classes) => color::mix(color::class(classes[i]), WHITE, 0.32),
            Self::Binary(p) => shade(&[1.0 - p[i], p[i]]),
            Self::Probabilities(rows) => shade(&rows[i]),
        }
    }
}

fn shade(probabilities: &[f32]) -> Rgb {
    let best = (0..probabilities.len()).max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
    let Some(best) = best.filter(|&b| probabilities[b].is_finite()) else {
        return MISSING;
    };
    let even = 1.0 / probabilities.len() as f32;
    let sure = ((probabilities[best] - even) / (1.0 - even).max(1e-6)).clamp(0.0, 1.0);
    color::mix(color::class(best), WHITE, 0.06 + 0.42 * sure)
}

/// Draws points in the colours and shapes of their classes (matplotlib's `scatter`).
///
/// `labels` holds a class for each point; classes without a name are numbered. Points that are not finite are left out.
pub fn scatter<S: AsRef<str>>(title: &str, points: &[[f32; 2]], labels: &[usize], class_names: &[S]) -> Figure {
    let drawn = Plane::new(title, points, labels, class_names).and_then(|plane| plane.draw(None));
    match drawn {
        Ok(figure) => figure.caption(&format!("{title}: {} points in two dimensions", points.len())),
        Err(error) => message::message(&error),
    }
}

/// Draws the points of [`scatter`] over the regions that a model gives to each class.
///
/// `predict` gets the points of a grid of `resolution` × `resolution` and returns the class of each (`Vec<usize>`), the
/// probability of class 1 of two (`Vec<f32>`), or all probabilities (`Vec<Vec<f32>>`); with probabilities, pale
/// means unsure. A resolution of 100 to 200 looks smooth.
///
/// # Errors
/// What `predict` returns, and [`Error::Argument`] if there are no finite points, not as many labels as points or
/// predictions as grid points, or a resolution outside 2 to 1000.
pub fn boundary<S: AsRef<str>, R: Into<Regions>>(
    title: &str,
    points: &[[f32; 2]],
    labels: &[usize],
    class_names: &[S],
    resolution: usize,
    predict: impl FnOnce(&[[f32; 2]]) -> Result<R>,
) -> Result<Figure> {
    if !(2..=1000).contains(&resolution) {
        return Err(Error::Argument {
            what: "resolution of a decision boundary".into(),
            expected: "2 to 1000".into(),
            got: resolution.to_string(),
        });
    }
    let plane = Plane::new(title, points, labels, class_names)?;
    let grid = plane.grid(resolution);
    let regions: Regions = predict(&grid)?.into();
    if regions.len() != grid.len() {
        return Err(Error::Argument {
            what: "predictions for a decision boundary".into(),
            expected: format!("one for each of {} grid points", grid.len()),
            got: regions.len().to_string(),
        });
    }
    let colors: Vec<Rgb> = (0..grid.len()).map(|i| regions.color(i)).collect();
    let figure = plane.draw(Some((&colors, resolution)))?;
    Ok(figure.caption(&format!(
        "{title}: decision regions of a model under {} points",
        points.len()
    )))
}

/// Points, their classes and the axes around them.
struct Plane<'a> {
    title: &'a str,
    points: &'a [[f32; 2]],
    labels: &'a [usize],
    names: Vec<String>,
    /// What is to be said of the names.
    note: Option<String>,
    x: Axis,
    y: Axis,
    ends: [(f64, f64); 2],
}

impl<'a> Plane<'a> {
    fn new<S: AsRef<str>>(
        title: &'a str,
        points: &'a [[f32; 2]],
        labels: &'a [usize],
        class_names: &[S],
    ) -> Result<Self> {
        let wrong = |expected: &str, got: String| Error::Argument {
            what: format!("points of {title:?}"),
            expected: expected.into(),
            got,
        };
        if points.len() != labels.len() {
            return Err(wrong(
                "one label for each point",
                format!("{} points, {} labels", points.len(), labels.len()),
            ));
        }
        let finite = points.iter().filter(|p| p.iter().all(|v| v.is_finite()));
        if finite.clone().next().is_none() {
            return Err(wrong("at least one finite point", format!("{} points", points.len())));
        }
        let ends = [0, 1].map(|c| {
            let values = finite.clone().map(|p| f64::from(p[c]));
            let (lo, hi) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            let air = if hi > lo { (hi - lo) * 0.1 } else { 0.5 };
            (lo - air, hi + air)
        });
        let [x, y] = ends.map(|(lo, hi)| Axis::exactly(lo, hi, false, 6, false));
        let named: Vec<String> = class_names.iter().map(|s| s.as_ref().to_string()).collect();
        let (named, note) = glyphs::legible(&named, |i| format!("class {i}"));
        let most = labels.iter().copied().max().map_or(0, |m| m + 1);
        // A wrong label must not ask for a million names.
        let names = named
            .into_iter()
            .chain((class_names.len()..most.min(64)).map(|i| format!("class {i}")))
            .collect();
        Ok(Self {
            title,
            points,
            labels,
            names,
            note,
            x,
            y,
            ends,
        })
    }

    /// The centres of the cells of a grid over the plane, row by row from the top.
    fn grid(&self, n: usize) -> Vec<[f32; 2]> {
        let at = |(lo, hi): (f64, f64), i: usize| (lo + (hi - lo) * (i as f64 + 0.5) / n as f64) as f32;
        let [xs, ys] = self.ends;
        (0..n)
            .flat_map(|row| (0..n).map(move |col| [at(xs, col), at(ys, n - 1 - row)]))
            .collect()
    }

    fn draw(&self, regions: Option<(&[Rgb], usize)>) -> Result<Figure> {
        let left = (EDGE + LABEL + 8.0 + widest(&self.y) + 7.0).ceil();
        let top = EDGE + if self.title.is_empty() { 2.0 } else { 26.0 };
        let area = Area {
            left,
            top,
            right: left + SIDE * 1.15,
            bottom: top + SIDE,
        };
        let names = self
            .names
            .iter()
            .map(|n| font::width(n, LABEL, false))
            .fold(0.0, f64::max)
            .min(160.0);
        let width = area.right + 34.0 + names + EDGE;
        let height = area.bottom + TICK + 8.0 + LABEL + 7.0 + EDGE;
        let drawn = paper::pixels(width, height, |pen| {
            pen.fill(0.0, 0.0, width, height, WHITE)?;
            let middle = (area.left + area.right) / 2.0;
            let title = font::fit(self.title, TITLE, true, width - 2.0 * EDGE);
            let at = inside(middle, font::width(&title, TITLE, true), width);
            pen.text(&title, at, EDGE + 13.0, Type::new(TITLE, INK, Align::Center).bold())?;
            axes(pen, area, &self.x, &self.y)?;
            if let Some((colors, n)) = regions {
                let size = (area.right - area.left - 2.0, area.bottom - area.top - 2.0);
                pen.picture((area.left + 1.0, area.top + 1.0), size, colors.as_flattened(), n, n)?;
            }
            let kind = Type::new(LABEL, INK, Align::Center);
            pen.text("x₁", middle, height - EDGE - 1.0, kind)?;
            pen.text_up("x₂", EDGE + LABEL - 1.0, (area.top + area.bottom) / 2.0, kind)?;
            self.marks(pen, area)?;
            self.legend(pen, area)
        });
        match &self.note {
            Some(note) => drawn.map(|figure| figure.noting(note)),
            None => drawn,
        }
    }

    fn marks(&self, pen: &mut Pen<BitMapBackend<'_>>, area: Area) -> Result<()> {
        // Many points need smaller marks.
        let radius = if self.points.len() > 600 { 2.6 } else { 3.6 };
        for (p, &label) in self.points.iter().zip(self.labels) {
            if let Some((a, b)) = self.x.place(f64::from(p[0])).zip(self.y.place(f64::from(p[1]))) {
                let at = area.spot(a, b);
                pen.mark(Mark::class(label), at, radius + 1.0, WHITE)?;
                pen.mark(Mark::class(label), at, radius, color::class(label))?;
            }
        }
        Ok(())
    }

    fn legend(&self, pen: &mut Pen<BitMapBackend<'_>>, area: Area) -> Result<()> {
        let rows = ((area.bottom - area.top) / 20.0) as usize;
        let names = font::fit_each(&self.names, LABEL, false, 160.0);
        for (i, name) in names.iter().enumerate().take(rows) {
            let (x, y) = (area.right + 18.0, area.top + 12.0 + 20.0 * i as f64);
            pen.mark(Mark::class(i), (x, y), 4.2, color::class(i))?;
            pen.text_mid(name, x + 11.0, y, Type::new(LABEL, INK, Align::Left))?;
        }
        Ok(())
    }
}
