//! A column and its kind.

use std::fmt;
use std::sync::Arc;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Finite numbers.
    Number,
    /// One of a few names.
    Category,
    /// Any text: it is kept and shown, but no feature is made of it.
    Text,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Number => "number",
            Self::Category => "category",
            Self::Text => "text",
        })
    }
}

/// The values of a column; `None` is a missing one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cells {
    Number(Vec<Option<f64>>),
    /// Positions in the list of levels. A part of a table keeps the list of the whole, so that codes stay what they are.
    Category {
        codes: Vec<Option<usize>>,
        levels: Arc<[String]>,
    },
    Text(Vec<Option<String>>),
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub name: String,
    /// Its number in the file, from 1, for messages.
    pub place: usize,
    pub cells: Cells,
    /// Whether nobody said that it is text: it had too many different values for a category.
    pub guessed: bool,
}

impl Column {
    pub fn kind(&self) -> Kind {
        match self.cells {
            Cells::Number(_) => Kind::Number,
            Cells::Category { .. } => Kind::Category,
            Cells::Text(_) => Kind::Text,
        }
    }

    pub fn is_missing(&self, row: usize) -> bool {
        match &self.cells {
            Cells::Number(values) => values[row].is_none(),
            Cells::Category { codes, .. } => codes[row].is_none(),
            Cells::Text(values) => values[row].is_none(),
        }
    }

    /// The column with these rows of it, in this order.
    pub fn pick(&self, rows: &[usize]) -> Self {
        let cells = match &self.cells {
            Cells::Number(values) => Cells::Number(rows.iter().map(|&row| values[row]).collect()),
            Cells::Category { codes, levels } => Cells::Category {
                codes: rows.iter().map(|&row| codes[row]).collect(),
                levels: levels.clone(),
            },
            Cells::Text(values) => Cells::Text(rows.iter().map(|&row| values[row].clone()).collect()),
        };
        Self {
            name: self.name.clone(),
            place: self.place,
            cells,
            guessed: self.guessed,
        }
    }

    /// A value as it is shown; `None` where it is missing.
    pub fn text(&self, row: usize) -> Option<String> {
        match &self.cells {
            Cells::Number(values) => values[row].map(number),
            Cells::Category { codes, levels } => codes[row].map(|code| levels[code].clone()),
            Cells::Text(values) => values[row].clone(),
        }
    }
}

/// A number as briefly as it can be written, but no longer than a table's column should be.
pub(super) fn number(value: f64) -> String {
    let exact = value.to_string();
    if exact.len() <= 11 {
        return exact;
    }
    if value == 0.0 || (1e-3..1e9).contains(&value.abs()) {
        let text = format!("{value:.4}");
        return text.trim_end_matches('0').trim_end_matches('.').to_string();
    }
    format!("{value:.4e}")
}
