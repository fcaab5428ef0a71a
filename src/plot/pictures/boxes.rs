//! Boxes on pictures, with labels.

use crate::data::Image;
use crate::detect::{Box2D, Detection, Object};
use crate::metrics::Matches;
use crate::plot::draw::color::{self, INK, Rgb, WHITE};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Type};
use crate::plot::draw::{font, glyphs, message, paper};
use crate::{Error, Result};

const EDGE: f64 = 8.0;
const TITLE: f64 = 12.5;
const LABEL: f64 = 10.0;
const LINE: f64 = 2.0;
/// Colours of hits, misses and false alarms; the words are written beside them, and misses are dashed.
const HIT: usize = 2;
const MISS: usize = 0;
const ALARM: usize = 1;

/// One picture with boxes on it, enlarged without smoothing. Several make a grid by [`Figure::grid`].
///
/// torchvision: `utils.draw_bounding_boxes`. Taught in notebook 21.
///
/// ```
/// use gradus::prelude::*;
/// # fn main() -> gradus::Result<()> {
/// let (train, _) = data::digit_scenes(5, 0)?;
/// let figure = plot::Boxes::new("The first scene", train.image(0)?).objects(train.objects(0)?, train.class_names()).plot();
/// assert!(figure.error().is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Boxes {
    title: String,
    image: Image,
    marks: Vec<Mark>,
    legend: Vec<(String, usize)>,
    cells: Option<[usize; 2]>,
    width: f64,
    caption: Option<String>,
    /// What is to be said of names that cannot be written.
    note: Option<String>,
}

#[derive(Clone, Debug)]
struct Mark {
    bounds: Box2D,
    text: String,
    color: usize,
    dashed: bool,
}

impl Boxes {
    /// A picture without boxes yet. The title may be empty.
    pub fn new(title: &str, image: &Image) -> Self {
        Self {
            title: title.into(),
            image: image.clone(),
            marks: Vec::new(),
            legend: Vec::new(),
            cells: None,
            width: 240.0,
            caption: None,
            note: None,
        }
    }

    /// Adds a box in colour number `color`, with a label above it that may be empty.
    #[must_use]
    pub fn add(mut self, bounds: &Box2D, text: &str, color: usize) -> Self {
        self.marks.push(Mark {
            bounds: *bounds,
            text: text.into(),
            color,
            dashed: false,
        });
        self
    }

    /// Adds a box as [`add`](Self::add) does, with a dashed line.
    #[must_use]
    pub fn add_dashed(self, bounds: &Box2D, text: &str, color: usize) -> Self {
        let mut added = self.add(bounds, text, color);
        if let Some(mark) = added.marks.last_mut() {
            mark.dashed = true;
        }
        added
    }

    /// Adds objects with the names of their classes, each class in a colour of its own.
    #[must_use]
    pub fn objects<S: AsRef<str>>(mut self, objects: &[Object], class_names: &[S]) -> Self {
        let names = self.legible(class_names);
        objects.iter().fold(self, |all, object| {
            all.add(&object.bounds, name(&names, object.class), object.class)
        })
    }

    /// Adds detections with the names of their classes and their scores, each class in a colour of its own.
    #[must_use]
    pub fn detections<S: AsRef<str>>(mut self, found: &[Detection], class_names: &[S]) -> Self {
        let names = self.legible(class_names);
        // The surest is drawn last: its label is not covered.
        found.iter().rev().fold(self, |all, d| {
            let text = format!("{} {:.2}", name(&names, d.class), d.score);
            all.add(&d.bounds, &text, d.class)
        })
    }

    /// Adds hits in green, missed objects in dashed blue and false alarms in orange, with a legend.
    #[must_use]
    pub fn judged<S: AsRef<str>>(
        mut self,
        objects: &[Object],
        found: &[Detection],
        matches: &Matches,
        class_names: &[S],
    ) -> Self {
        let names = self.legible(class_names);
        let label = |d: &Detection| format!("{} {:.2}", name(&names, d.class), d.score);
        for object in matches.misses.iter().filter_map(|&i| objects.get(i)) {
            self = self.add_dashed(&object.bounds, name(&names, object.class), MISS);
        }
        for d in matches.hits.iter().filter_map(|&(i, _)| found.get(i)) {
            self = self.add(&d.bounds, &label(d), HIT);
        }
        for d in matches.false_alarms.iter().filter_map(|&i| found.get(i)) {
            self = self.add(&d.bounds, &label(d), ALARM);
        }
        let counts = [matches.hits.len(), matches.misses.len(), matches.false_alarms.len()];
        let verdicts = ["hit", "missed", "false alarm"];
        let entry = |((n, name), color): ((usize, &str), usize)| (format!("{name} {n}"), color);
        self.legend = counts
            .into_iter()
            .zip(verdicts)
            .zip([HIT, MISS, ALARM])
            .map(entry)
            .collect();
        self
    }

    /// The names of classes as the picture can show them.
    fn legible<S: AsRef<str>>(&mut self, class_names: &[S]) -> Vec<String> {
        let names: Vec<String> = class_names.iter().map(|name| name.as_ref().to_string()).collect();
        let (names, note) = glyphs::legible(&names, |class| format!("class {class}"));
        self.note = self.note.take().or(note);
        names
    }

    /// Adds an entry to the legend below the picture.
    #[must_use]
    pub fn legend(mut self, text: &str, color: usize) -> Self {
        self.legend.push((text.into(), color));
        self
    }

    /// Draws the borders of `rows` x `columns` cells.
    #[must_use]
    pub fn cells(mut self, cells: [usize; 2]) -> Self {
        self.cells = Some(cells);
        self
    }

    /// Sets the width of the drawn picture in pixels; 240 unless set.
    #[must_use]
    pub fn width(mut self, pixels: usize) -> Self {
        self.width = pixels as f64;
        self
    }

    /// Says in words what the picture shows.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.caption = Some(text.into());
        self
    }

    /// Draws it.
    pub fn plot(&self) -> Figure {
        let labels: Vec<&str> = self
            .marks
            .iter()
            .map(|m| m.text.as_str())
            .filter(|t| !t.is_empty())
            .collect();
        let title = if self.title.is_empty() { "Picture" } else { &self.title };
        let mut alt = format!("{title}: {} boxes", self.marks.len());
        if !labels.is_empty() && labels.len() <= 12 {
            alt += &format!(": {}", labels.join(", "));
        }
        match self.draw() {
            Ok(figure) => {
                let figure = figure.caption(self.caption.as_deref().unwrap_or(&alt));
                self.note.as_deref().map_or(figure.clone(), |note| figure.noting(note))
            }
            Err(error) => message::message(&error),
        }
    }

    fn draw(&self) -> Result<Figure> {
        if !(16.0..=2000.0).contains(&self.width) {
            return Err(Error::Argument {
                what: "width of a picture with boxes".into(),
                expected: "16 to 2000 pixels".into(),
                got: self.width.to_string(),
            });
        }
        let [channels, rows, columns] = self.image.shape();
        let scale = self.width / columns as f64;
        let height = (rows as f64 * scale).round();
        let head = if self.title.is_empty() {
            EDGE
        } else {
            EDGE + TITLE + 6.0
        };
        let foot = if self.legend.is_empty() {
            EDGE
        } else {
            EDGE + LABEL + 8.0
        };
        let (plane, values) = (rows * columns, self.image.pixels());
        let rgb: Vec<u8> = (0..plane)
            .flat_map(|i| [0, 1, 2].map(|c| (values[(c % channels) * plane + i] * 255.0).round() as u8))
            .collect();
        let full = (self.width + 2.0 * EDGE, head + height + foot);
        paper::pixels(full.0, full.1, |pen| {
            pen.fill(0.0, 0.0, full.0, full.1, WHITE)?;
            let title = font::fit(&self.title, TITLE, true, full.0 - 4.0);
            pen.text(
                &title,
                full.0 / 2.0,
                head - 7.0,
                Type::new(TITLE, INK, Align::Center).bold(),
            )?;
            pen.picture((EDGE, head), (self.width, height), &rgb, columns, rows)?;
            self.draw_cells(pen, head, height)?;
            let board = Board {
                left: EDGE,
                top: head,
                scale,
                right: EDGE + self.width,
                bottom: head + height,
            };
            self.marks.iter().try_for_each(|mark| board.outline(pen, mark))?;
            self.marks.iter().try_for_each(|mark| board.label(pen, mark))?;
            self.draw_legend(pen, full.1 - EDGE)
        })
    }

    fn draw_cells<B: plotters::prelude::DrawingBackend>(&self, pen: &mut Pen<B>, top: f64, height: f64) -> Result<()> {
        let Some([rows, columns]) = self.cells else {
            return Ok(());
        };
        for row in 1..rows {
            pen.wash(
                EDGE,
                top + height * row as f64 / rows as f64 - 0.5,
                self.width,
                1.0,
                WHITE,
                0.6,
            )?;
        }
        for column in 1..columns {
            pen.wash(
                EDGE + self.width * column as f64 / columns as f64 - 0.5,
                top,
                1.0,
                height,
                WHITE,
                0.6,
            )?;
        }
        Ok(())
    }

    fn draw_legend<B: plotters::prelude::DrawingBackend>(&self, pen: &mut Pen<B>, y: f64) -> Result<()> {
        let mut x = EDGE;
        for (text, color) in &self.legend {
            pen.fill(x, y - 8.0, 9.0, 9.0, color::class(*color))?;
            pen.text(text, x + 13.0, y, Type::new(LABEL, INK, Align::Left))?;
            x += 13.0 + font::width(text, LABEL, false) + 12.0;
        }
        Ok(())
    }
}

fn name(names: &[String], class: usize) -> &str {
    names.get(class).map_or("?", String::as_str)
}

/// Where the picture lies in the figure.
struct Board {
    left: f64,
    top: f64,
    scale: f64,
    right: f64,
    bottom: f64,
}

impl Board {
    /// Edges in the figure, inside the picture: left, top, right, bottom.
    fn place(&self, b: &Box2D) -> [f64; 4] {
        let x = |v: f32| (self.left + f64::from(v) * self.scale).clamp(self.left, self.right);
        let y = |v: f32| (self.top + f64::from(v) * self.scale).clamp(self.top, self.bottom);
        [x(b.xmin), y(b.ymin), x(b.xmax), y(b.ymax)]
    }

    fn outline<B: plotters::prelude::DrawingBackend>(&self, pen: &mut Pen<B>, mark: &Mark) -> Result<()> {
        let [l, t, r, b] = self.place(&mark.bounds);
        let ink = color::class(mark.color);
        if !mark.dashed {
            return pen.frame(l, t, r - l, b - t, ink, LINE);
        }
        let (dash, gap) = (5.0, 3.0);
        let mut at = 0.0;
        while at < r - l {
            let long = (r - l - at).min(dash);
            pen.fill(l + at, t, long, LINE, ink)?;
            pen.fill(l + at, b - LINE, long, LINE, ink)?;
            at += dash + gap;
        }
        at = 0.0;
        while at < b - t {
            let long = (b - t - at).min(dash);
            pen.fill(l, t + at, LINE, long, ink)?;
            pen.fill(r - LINE, t + at, LINE, long, ink)?;
            at += dash + gap;
        }
        Ok(())
    }

    /// The label above the box; inside it where there is no room above.
    fn label<B: plotters::prelude::DrawingBackend>(&self, pen: &mut Pen<B>, mark: &Mark) -> Result<()> {
        if mark.text.is_empty() {
            return Ok(());
        }
        let [l, t, _, _] = self.place(&mark.bounds);
        let (wide, tall) = (font::width(&mark.text, LABEL, false) + 4.0, LABEL + 2.0);
        let x = l.min(self.right - wide).max(self.left);
        let y = if t - tall >= self.top { t - tall } else { t };
        let ground: Rgb = color::class(mark.color);
        pen.fill(x, y, wide, tall, ground)?;
        let kind = Type::new(LABEL, color::ink_on(ground), Align::Left);
        pen.text(&mark.text, x + 2.0, y + tall - 3.0, kind)
    }
}
