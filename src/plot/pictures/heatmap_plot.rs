//! How a heatmap is laid out and drawn.

use plotters_bitmap::BitMapBackend;

use super::heatmap::{Cells, Heatmap};
use crate::Result;
use crate::plot::draw::color::{self, FRAME, INK, MUTED, WHITE};
use crate::plot::draw::figure::Figure;
use crate::plot::draw::pen::Pen;
use crate::plot::draw::style::{Align, Type};
use crate::plot::draw::{font, glyphs, paper};
use crate::plot::furniture::area::{EDGE, LABEL, TICK, TITLE, inside};
use crate::plot::furniture::color_bar::{BAR_WIDTH, bar};

/// Okabe and Ito's vermilion: it stands out from every colour map.
const OUTLINE: [u8; 3] = [213, 94, 0];
/// What the matrix may take, as long as its cells can be seen.
const ROOM: (f64, f64) = (540.0, 460.0);

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
    /// Draws the matrix.
    pub fn plot(&self) -> Figure {
        let (rows, odd_rows) = glyphs::legible(&self.row_labels, |i| i.to_string());
        let (columns, odd_columns) = glyphs::legible(&self.col_labels, |i| i.to_string());
        let note = odd_rows.or(odd_columns);
        let shown = note.as_ref().map(|_| Self {
            row_labels: rows,
            col_labels: columns,
            ..self.clone()
        });
        let drawn = shown.as_ref().unwrap_or(self).draw();
        let drawn = match note {
            Some(note) => drawn.map(|figure| figure.noting(&note)),
            None => drawn,
        };
        self.frame.finish(drawn, || {
            let title = self.frame.title_or("Heatmap");
            format!("{title}: matrix of {} × {}", self.rows, self.cols)
        })
    }

    fn draw(&self) -> Result<Figure> {
        self.check()?;
        let mut texts = self.cell_texts();
        let mut plan = self.plan(&texts);
        let crowded = !texts.is_empty() && plan.width.max(plan.height) > paper::MAX_SIDE;
        if crowded {
            // The colours alone find room.
            texts.clear();
            plan = self.plan(&texts);
        }
        let range = self.range.unwrap_or_else(|| self.map.range(&self.values));
        let colors: Vec<[u8; 3]> = self
            .values
            .iter()
            .map(|&v| self.map.at(color::place(v, range)))
            .collect();
        let drawn = paper::pixels(plan.width, plan.height, |pen| {
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
            self.write_cells(pen, &plan, &texts, &colors)?;
            self.frames(pen, &plan)?;
            self.labels(pen, &plan)?;
            bar(pen, plan.left + w + 16.0, plan.top, h.max(80.0), self.map, range)
        });
        let note = "The numbers found no room: a cell's colour says its value";
        drawn.map(|figure| if crowded { figure.noting(note) } else { figure })
    }

    /// What is written into the cells; nothing for a matrix without numbers.
    fn cell_texts(&self) -> Vec<String> {
        match &self.cells {
            Cells::Empty => Vec::new(),
            Cells::Decimals(n) => self
                .values
                .iter()
                .map(|v| {
                    if v.is_finite() {
                        let text = format!("{v:.n$}");
                        // What rounds to nothing has no sign.
                        let zero = text.chars().all(|c| !c.is_ascii_digit() || c == '0');
                        text.replace('-', if zero { "" } else { "−" })
                    } else {
                        String::new()
                    }
                })
                .collect(),
            Cells::Texts(texts) => texts.clone(),
        }
    }

    fn write_cells(
        &self,
        pen: &mut Pen<BitMapBackend<'_>>,
        plan: &Plan,
        texts: &[String],
        colors: &[[u8; 3]],
    ) -> Result<()> {
        for (i, text) in texts.iter().enumerate() {
            let (row, col) = (i / self.cols, i % self.cols);
            // In a matrix of counts the zeros step back behind what was counted.
            let faint = matches!(self.cells, Cells::Texts(_)) && text == "0";
            let ink = if faint { color::FRAME } else { color::ink_on(colors[i]) };
            let x = plan.left + (col as f64 + 0.5) * plan.cell.0;
            let y = plan.top + (row as f64 + 0.5) * plan.cell.1;
            pen.text_mid(text, x, y, Type::new(TICK, ink, Align::Center))?;
        }
        Ok(())
    }

    /// Thick lines around groups of cells.
    fn frames(&self, pen: &mut Pen<BitMapBackend<'_>>, plan: &Plan) -> Result<()> {
        for &[row, column, rows, columns] in &self.outlines {
            let end = |from: usize, count: usize, all: usize| from.saturating_add(count).min(all);
            let (bottom, right) = (end(row, rows, self.rows), end(column, columns, self.cols));
            if row < bottom && column < right {
                let place = |i: usize, cell: f64| i as f64 * cell;
                let (x, y) = (
                    plan.left + place(column, plan.cell.0),
                    plan.top + place(row, plan.cell.1),
                );
                let size = (place(right - column, plan.cell.0), place(bottom - row, plan.cell.1));
                pen.frame(x, y, size.0, size.1, OUTLINE, 3.0)?;
            }
        }
        Ok(())
    }

    fn plan(&self, texts: &[String]) -> Plan {
        let widest = |texts: &[String]| texts.iter().map(|t| font::width(t, TICK, false)).fold(0.0, f64::max);
        let (cw, ch) = self.cell(if texts.is_empty() { None } else { Some(widest(texts)) });
        let row_width = if self.row_labels.is_empty() {
            widest(&[(self.rows - 1).to_string()])
        } else {
            widest(&self.row_labels).min(180.0)
        };
        let left = (EDGE + self.frame.beside() + row_width + 8.0).ceil();
        let top = EDGE + if self.frame.title.is_empty() { 2.0 } else { TITLE + 14.0 };
        let upright = !self.col_labels.is_empty() && widest(&self.col_labels) > cw - 4.0;
        let below = if upright {
            widest(&self.col_labels).min(140.0) + 8.0
        } else {
            TICK + 8.0
        };
        let width = left + cw * self.cols as f64 + 16.0 + BAR_WIDTH + EDGE;
        let width = width.max(font::width(&self.frame.title, TITLE, true).min(680.0) + 2.0 * EDGE);
        let height = top + (ch * self.rows as f64).max(80.0) + below + self.frame.below() + EDGE;
        Plan {
            left,
            top,
            cell: (cw, ch),
            upright,
            width,
            height,
        }
    }

    /// Width and height of a cell, whose widest text is `text` pixels wide.
    fn cell(&self, text: Option<f64>) -> (f64, f64) {
        let mut wide = (ROOM.0 / self.cols as f64).clamp(1.0, 46.0);
        let mut tall = (ROOM.1 / self.rows as f64).clamp(1.0, 46.0);
        if wide.min(tall) >= 6.0 {
            wide = wide.min(tall).floor();
            tall = wide;
        } else {
            // A long matrix: its cells need not be square, but a bar code of tall stripes misleads.
            (wide, tall) = (wide.min(16.0), tall.min(16.0));
        }
        match text {
            Some(text) => (wide.max(text + 8.0).ceil(), tall.max(TICK + 10.0)),
            None => (wide, tall),
        }
    }

    fn labels(&self, pen: &mut Pen<BitMapBackend<'_>>, plan: &Plan) -> Result<()> {
        let (w, h) = (plan.cell.0 * self.cols as f64, plan.cell.1 * self.rows as f64);
        let (middle, centre) = (plan.left + w / 2.0, plan.top + h / 2.0);
        let title = font::fit(&self.frame.title, TITLE, true, plan.width - 2.0 * EDGE);
        let at = inside(middle, font::width(&title, TITLE, true), plan.width);
        pen.text(&title, at, EDGE + TITLE, Type::new(TITLE, INK, Align::Center).bold())?;
        let tick = |align| Type::new(TICK, MUTED, align);
        let (row_labels, col_labels) = (
            font::fit_each(&self.row_labels, TICK, false, 180.0),
            match plan.upright {
                true => font::fit_each(&self.col_labels, TICK, false, 140.0),
                false => self.col_labels.clone(),
            },
        );
        for (i, text) in numbered(&row_labels, self.rows, TICK + 5.0, plan.cell.1) {
            let y = plan.top + (i as f64 + 0.5) * plan.cell.1;
            pen.text_mid(&text, plan.left - 6.0, y, tick(Align::Right))?;
        }
        let bottom = plan.top + h;
        let room = if plan.upright {
            TICK + 3.0
        } else {
            font::width(&(self.cols - 1).to_string(), TICK, false) + 8.0
        };
        for (i, text) in numbered(&col_labels, self.cols, room, plan.cell.0) {
            let x = plan.left + (i as f64 + 0.5) * plan.cell.0;
            if plan.upright {
                pen.text_up(&text, x + 0.36 * TICK, bottom + 6.0, tick(Align::Right))?;
            } else {
                pen.text(&text, x, bottom + TICK + 5.0, tick(Align::Center))?;
            }
        }
        let kind = Type::new(LABEL, INK, Align::Center);
        let text = font::fit(&self.frame.x_label, LABEL, false, plan.width - 2.0 * EDGE);
        let at = inside(middle, font::width(&text, LABEL, false), plan.width);
        pen.text(&text, at, plan.height - EDGE - 1.0, kind)?;
        let text = font::fit(&self.frame.y_label, LABEL, false, plan.height - 2.0 * EDGE);
        let at = inside(centre, font::width(&text, LABEL, false), plan.height);
        pen.text_up(&text, EDGE + LABEL - 1.0, at, kind)
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
