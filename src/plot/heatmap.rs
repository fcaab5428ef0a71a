//! Heatmaps: a matrix in colours, with labels and, if wanted, its numbers.

use plotters_bitmap::BitMapBackend;

use super::axis::Axis;
use super::color::{self, ColorMap, FRAME, INK, MUTED, WHITE};
use super::figure::Figure;
use super::font;
use super::pen::{self, Align, Pen, Type};
use crate::{Error, Result};

const EDGE: f64 = 10.0;
const TITLE: f64 = 14.0;
const LABEL: f64 = 12.5;
const TICK: f64 = 11.5;
const ROOM: (f64, f64) = (540.0, 460.0);
const STRIP: f64 = 13.0;
/// What a colour bar takes beside a picture: the strip and its numbers.
pub(crate) const BAR_WIDTH: f64 = STRIP + 52.0;

/// A matrix whose values are shown as colours (matplotlib's `matshow`, seaborn's `heatmap`).
///
/// Cells whose value is NaN or infinite are grey.
#[derive(Debug, Clone)]
pub struct Heatmap {
    title: String,
    rows: usize,
    cols: usize,
    values: Vec<f32>,
    row_labels: Vec<String>,
    col_labels: Vec<String>,
    x_label: String,
    y_label: String,
    map: ColorMap,
    range: Option<(f32, f32)>,
    cells: Cells,
    caption: Option<String>,
}

/// What is written into the cells.
#[derive(Debug, Clone)]
enum Cells {
    Empty,
    Decimals(usize),
    Texts(Vec<String>),
}

/// Where the matrix stands, and how large the figure is.
struct Plan {
    left: f64,
    top: f64,
    cell: (f64, f64),
    /// Whether the column labels stand upright.
    upright: bool,
    width: f64,
    height: f64,
}

impl Heatmap {
    /// A matrix of `rows` × `cols` values, row by row. The title may be empty.
    pub fn new(title: &str, rows: usize, cols: usize, values: &[f32]) -> Self {
        Self {
            title: title.into(),
            rows,
            cols,
            values: values.to_vec(),
            row_labels: Vec::new(),
            col_labels: Vec::new(),
            x_label: String::new(),
            y_label: String::new(),
            map: ColorMap::default(),
            range: None,
            cells: Cells::Empty,
            caption: None,
        }
    }

    /// Names the rows. Without it they are numbered.
    #[must_use]
    pub fn row_labels<S: AsRef<str>>(mut self, labels: &[S]) -> Self {
        self.row_labels = labels.iter().map(|s| s.as_ref().to_string()).collect();
        self
    }

    /// Names the columns. Without it they are numbered.
    #[must_use]
    pub fn col_labels<S: AsRef<str>>(mut self, labels: &[S]) -> Self {
        self.col_labels = labels.iter().map(|s| s.as_ref().to_string()).collect();
        self
    }

    /// Says below the matrix what its columns are.
    #[must_use]
    pub fn x_label(mut self, text: &str) -> Self {
        self.x_label = text.into();
        self
    }

    /// Says beside the matrix what its rows are.
    #[must_use]
    pub fn y_label(mut self, text: &str) -> Self {
        self.y_label = text.into();
        self
    }

    /// Chooses the colours.
    #[must_use]
    pub fn colors(mut self, map: ColorMap) -> Self {
        self.map = map;
        self
    }

    /// Fixes the values that have the first and the last colour; without it, the smallest and the largest have them.
    #[must_use]
    pub fn range(mut self, from: f32, to: f32) -> Self {
        self.range = Some((from, to));
        self
    }

    /// Writes each value into its cell with this many decimals.
    #[must_use]
    pub fn numbers(mut self, decimals: usize) -> Self {
        self.cells = Cells::Decimals(decimals.min(9));
        self
    }

    /// Writes a text into each cell.
    pub(crate) fn texts(mut self, texts: Vec<String>) -> Self {
        self.cells = Cells::Texts(texts);
        self
    }

    /// Says in words what the matrix shows.
    #[must_use]
    pub fn caption(mut self, text: &str) -> Self {
        self.caption = Some(text.into());
        self
    }

    /// Draws the matrix.
    pub fn plot(&self) -> Figure {
        match self.check().and_then(|()| self.draw()) {
            Ok(figure) => {
                let title = if self.title.is_empty() { "Heatmap" } else { &self.title };
                let alt = format!("{title}: matrix of {} × {}", self.rows, self.cols);
                figure.caption(self.caption.as_deref().unwrap_or(&alt))
            }
            Err(error) => pen::message(&error),
        }
    }

    fn check(&self) -> Result<()> {
        let wrong = |what: &str, expected: String, got: String| {
            Err(Error::Argument {
                what: format!("{what} of the heatmap {:?}", self.title),
                expected,
                got,
            })
        };
        let n = self.rows.checked_mul(self.cols);
        if self.values.is_empty() || n != Some(self.values.len()) {
            let expected = format!("{} × {}, at least one", self.rows, self.cols);
            return wrong("values", expected, self.values.len().to_string());
        }
        for (what, labels, n) in [
            ("row labels", &self.row_labels, self.rows),
            ("column labels", &self.col_labels, self.cols),
        ] {
            if !labels.is_empty() && labels.len() != n {
                return wrong(what, n.to_string(), labels.len().to_string());
            }
        }
        match self.range {
            Some((from, to)) if !(from < to && (to - from).is_finite()) => wrong(
                "range",
                "two finite numbers, the smaller first".into(),
                format!("{from} and {to}"),
            ),
            _ => Ok(()),
        }
    }

    fn draw(&self) -> Result<Figure> {
        let texts: Vec<String> = match &self.cells {
            Cells::Empty => Vec::new(),
            Cells::Decimals(n) => self
                .values
                .iter()
                .map(|v| format!("{v:.n$}").replace('-', "−"))
                .collect(),
            Cells::Texts(texts) => texts.clone(),
        };
        let plan = self.plan(&texts);
        let range = self.range.unwrap_or_else(|| self.map.range(&self.values));
        let colors: Vec<[u8; 3]> = self
            .values
            .iter()
            .map(|&v| self.map.at(color::place(v, range)))
            .collect();
        pen::pixels(plan.width, plan.height, |pen| {
            pen.fill(0.0, 0.0, plan.width, plan.height, WHITE)?;
            let (w, h) = (plan.cell.0 * self.cols as f64, plan.cell.1 * self.rows as f64);
            pen.fill(plan.left - 1.0, plan.top - 1.0, w + 2.0, h + 2.0, FRAME)?;
            pen.picture(
                (plan.left, plan.top),
                (w, h),
                colors.as_flattened(),
                self.cols,
                self.rows,
            )?;
            for (i, text) in texts.iter().enumerate() {
                let (row, col) = (i / self.cols, i % self.cols);
                // In a matrix of counts the zeros step back behind what was counted.
                let faint = matches!(self.cells, Cells::Texts(_)) && text == "0";
                let ink = if faint { color::FRAME } else { color::ink_on(colors[i]) };
                let x = plan.left + (col as f64 + 0.5) * plan.cell.0;
                let y = plan.top + (row as f64 + 0.5) * plan.cell.1;
                pen.text_mid(text, x, y, Type::new(TICK, ink, Align::Center))?;
            }
            self.labels(pen, &plan)?;
            bar(pen, plan.left + w + 16.0, plan.top, h.max(80.0), self.map, range)
        })
    }

    fn plan(&self, texts: &[String]) -> Plan {
        let widest = |texts: &[String]| texts.iter().map(|t| font::width(t, TICK, false)).fold(0.0, f64::max);
        let (rows, cols) = (self.rows as f64, self.cols as f64);
        let (mut cw, mut ch) = ((ROOM.0 / cols).clamp(1.0, 46.0), (ROOM.1 / rows).clamp(1.0, 46.0));
        if cw.min(ch) >= 6.0 {
            cw = cw.min(ch).floor();
            ch = cw;
        } else {
            // A long matrix: its cells need not be square, but a bar code of tall stripes misleads.
            (cw, ch) = (cw.min(16.0), ch.min(16.0));
        }
        if !texts.is_empty() {
            cw = cw.max(widest(texts) + 8.0).ceil();
            ch = ch.max(TICK + 10.0);
        }
        let row_width = if self.row_labels.is_empty() {
            widest(&[(self.rows - 1).to_string()])
        } else {
            widest(&self.row_labels).min(180.0)
        };
        let y_label = if self.y_label.is_empty() { 0.0 } else { LABEL + 8.0 };
        let left = (EDGE + y_label + row_width + 8.0).ceil();
        let top = EDGE + if self.title.is_empty() { 2.0 } else { TITLE + 14.0 };
        let upright = !self.col_labels.is_empty() && widest(&self.col_labels) > cw - 4.0;
        let below = if upright {
            widest(&self.col_labels).min(140.0) + 8.0
        } else {
            TICK + 8.0
        };
        let x_label = if self.x_label.is_empty() { 0.0 } else { LABEL + 7.0 };
        let width = left + cw * cols + 16.0 + BAR_WIDTH + EDGE;
        let width = width.max(font::width(&self.title, TITLE, true).min(680.0) + 2.0 * EDGE);
        let height = top + (ch * rows).max(80.0) + below + x_label + EDGE;
        Plan {
            left,
            top,
            cell: (cw, ch),
            upright,
            width,
            height,
        }
    }

    fn labels(&self, pen: &mut Pen<BitMapBackend<'_>>, plan: &Plan) -> Result<()> {
        let (w, h) = (plan.cell.0 * self.cols as f64, plan.cell.1 * self.rows as f64);
        if !self.title.is_empty() {
            let title = font::fit(&self.title, TITLE, true, plan.width - 2.0 * EDGE);
            // Centred over the matrix where there is room, else over the figure.
            let half = font::width(&title, TITLE, true) / 2.0;
            let middle = (plan.left + w / 2.0).clamp(half + EDGE, (plan.width - half - EDGE).max(half + EDGE));
            pen.text(
                &title,
                middle,
                EDGE + TITLE,
                Type::new(TITLE, INK, Align::Center).bold(),
            )?;
        }
        let tick = |align| Type::new(TICK, MUTED, align);
        for (i, text) in numbered(&self.row_labels, self.rows, TICK + 5.0, plan.cell.1) {
            let y = plan.top + (i as f64 + 0.5) * plan.cell.1;
            pen.text_mid(
                &font::fit(&text, TICK, false, 180.0),
                plan.left - 6.0,
                y,
                tick(Align::Right),
            )?;
        }
        let bottom = plan.top + h;
        let room = if plan.upright {
            TICK + 3.0
        } else {
            font::width(&(self.cols - 1).to_string(), TICK, false) + 8.0
        };
        for (i, text) in numbered(&self.col_labels, self.cols, room, plan.cell.0) {
            let x = plan.left + (i as f64 + 0.5) * plan.cell.0;
            if plan.upright {
                let text = font::fit(&text, TICK, false, 140.0);
                pen.text_up(&text, x + 0.36 * TICK, bottom + 6.0, tick(Align::Right))?;
            } else {
                pen.text(&text, x, bottom + TICK + 5.0, tick(Align::Center))?;
            }
        }
        let kind = Type::new(LABEL, INK, Align::Center);
        pen.text(&self.x_label, plan.left + w / 2.0, plan.height - EDGE - 1.0, kind)?;
        pen.text_up(&self.y_label, EDGE + LABEL - 1.0, plan.top + h / 2.0, kind)
    }
}

/// Labels, or numbers where there are none; only every n-th where `cell` pixels are too few for one.
fn numbered(labels: &[String], n: usize, needed: f64, cell: f64) -> Vec<(usize, String)> {
    let least = (needed / cell).ceil().max(1.0) as usize;
    let round = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
    let stride = round.into_iter().find(|&s| s >= least).unwrap_or(least);
    let text = |i: usize| labels.get(i).cloned().unwrap_or_else(|| i.to_string());
    (0..n).step_by(stride).map(|i| (i, text(i))).collect()
}

/// A colour bar: a strip of all colours with the values they stand for.
pub(crate) fn bar(
    pen: &mut Pen<BitMapBackend<'_>>,
    x: f64,
    y: f64,
    height: f64,
    map: ColorMap,
    range: (f32, f32),
) -> Result<()> {
    const STEPS: usize = 128;
    let strip: Vec<[u8; 3]> = (0..STEPS)
        .rev()
        .map(|i| map.at(i as f32 / (STEPS - 1) as f32))
        .collect();
    pen.fill(x - 1.0, y - 1.0, STRIP + 2.0, height + 2.0, FRAME)?;
    pen.picture((x, y), (STRIP, height), strip.as_flattened(), 1, STEPS)?;
    let axis = Axis::exactly(
        f64::from(range.0),
        f64::from(range.1),
        false,
        (height / 40.0).max(2.0) as usize,
        false,
    );
    for (v, text) in &axis.ticks {
        if let Some(t) = axis.place(*v) {
            let ty = y + height * (1.0 - t);
            pen.fill(x + STRIP + 1.0, ty - 0.5, 3.0, 1.0, FRAME)?;
            pen.text_mid(text, x + STRIP + 7.0, ty, Type::new(TICK, MUTED, Align::Left))?;
        }
    }
    Ok(())
}
