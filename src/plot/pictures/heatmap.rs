//! Heatmaps: a matrix in colours, with labels and, if wanted, its numbers.

use crate::plot::draw::color::ColorMap;
use crate::plot::furniture::frame::Frame;
use crate::{Error, Result};

/// A matrix whose values are shown as colours (matplotlib's `matshow`, seaborn's `heatmap`).
///
/// Cells whose value is NaN or infinite are grey, and without a number.
#[derive(Debug, Clone)]
pub struct Heatmap {
    pub(super) frame: Frame,
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) values: Vec<f32>,
    pub(super) row_labels: Vec<String>,
    pub(super) col_labels: Vec<String>,
    pub(super) map: ColorMap,
    pub(super) range: Option<(f32, f32)>,
    pub(super) cells: Cells,
    /// Rectangles with a thick line: row, column, rows, columns.
    pub(super) outlines: Vec<[usize; 4]>,
}

/// What is written into the cells.
#[derive(Debug, Clone)]
pub(super) enum Cells {
    Empty,
    Decimals(usize),
    Texts(Vec<String>),
}

impl Heatmap {
    /// A matrix of `rows` × `cols` values, row by row. The title may be empty.
    pub fn new(title: &str, rows: usize, cols: usize, values: &[f32]) -> Self {
        Self {
            frame: Frame::new(title),
            rows,
            cols,
            values: values.to_vec(),
            row_labels: Vec::new(),
            col_labels: Vec::new(),
            map: ColorMap::default(),
            range: None,
            cells: Cells::Empty,
            outlines: Vec::new(),
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
        self.frame.x_label = text.into();
        self
    }

    /// Says beside the matrix what its rows are.
    #[must_use]
    pub fn y_label(mut self, text: &str) -> Self {
        self.frame.y_label = text.into();
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

    /// Draws a thick line around `rows` x `columns` cells, the first of which is at `row` and `column`: a window that
    /// slides. What would lie outside the matrix is left out.
    #[must_use]
    pub fn outline(mut self, row: usize, column: usize, rows: usize, columns: usize) -> Self {
        self.outlines.push([row, column, rows, columns]);
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
        self.frame.caption = Some(text.into());
        self
    }

    /// Whether the numbers of values, labels, rows and columns agree.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |what: &str, expected: String, got: String| {
            Err(Error::Argument {
                what: format!("{what} of the heatmap {:?}", self.frame.title),
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
}
