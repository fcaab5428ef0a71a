//! What to do about missing values.

use super::column::{Cells, Column, Kind};
use super::statistics::{mean, median, mode, most_frequent};
use super::table::Table;
use crate::{Error, Result};

/// What a missing value is replaced by.
#[derive(Clone, Debug, PartialEq)]
pub enum FillWith {
    /// The mean of the column's numbers.
    Mean,
    /// The middle of the column's numbers, which outliers do not move.
    Median,
    /// The most frequent value of the column; of several, the smallest number or the first name.
    Mode,
    /// This number.
    Number(f64),
    /// This name, which becomes a level of the category if it is none: `FillWith::Level("unknown".into())`.
    Level(String),
}

impl Table {
    /// The rows in which nothing is missing. Columns of text do not count: no feature is made of them.
    ///
    /// pandas: `dropna`.
    #[must_use]
    pub fn drop_missing(&self) -> Self {
        let columns: Vec<&Column> = self.columns.iter().filter(|c| c.kind() != Kind::Text).collect();
        let whole = |row: &usize| !columns.iter().any(|column| column.is_missing(*row));
        self.pick(&(0..self.len()).filter(whole).collect::<Vec<_>>())
    }

    /// The table with the missing values of a column replaced.
    ///
    /// The mean of *all* rows knows a little about the test rows among them. For an honest figure fill with
    /// [`Encoder::fill_missing`](super::Encoder::fill_missing), which measures on the training part.
    ///
    /// pandas: `fillna`; scikit-learn: `SimpleImputer`.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column, the column is of another kind than the replacement needs, or all of its values are missing.
    pub fn fill(&self, column: &str, with: FillWith) -> Result<Self> {
        let found = self.column(column)?;
        let wrong = |expected: &str| Error::Argument {
            what: format!("{with:?} for column {column:?} of {}", self.name),
            expected: expected.into(),
            got: format!("a column of kind {}", found.kind()),
        };
        let empty = || Error::Argument {
            what: format!("{with:?} for column {column:?} of {}", self.name),
            expected: "at least one value that is not missing".into(),
            got: "none".into(),
        };
        match (&found.cells, &with) {
            (Cells::Number(values), FillWith::Mean | FillWith::Median | FillWith::Mode | FillWith::Number(_)) => {
                let value = match with {
                    FillWith::Mean => mean(values),
                    FillWith::Median => median(values),
                    FillWith::Number(value) if value.is_finite() => Some(value),
                    FillWith::Number(_) => return Err(wrong("a finite number")),
                    _ => mode(values),
                };
                let value = value.ok_or_else(empty)?;
                let filled = values.iter().map(|v| v.or(Some(value))).collect();
                self.replace(column, Cells::Number(filled))
            }
            (Cells::Category { codes, levels }, FillWith::Mode) => {
                let code = most_frequent(codes, levels.len()).ok_or_else(empty)?;
                self.replace(column, recoded(codes, levels, code))
            }
            (Cells::Category { codes, levels }, FillWith::Level(name)) => {
                let mut levels = levels.to_vec();
                let code = levels.iter().position(|level| level == name).unwrap_or(levels.len());
                if code == levels.len() {
                    levels.push(name.clone());
                }
                self.replace(column, recoded(codes, &levels, code))
            }
            (Cells::Category { .. }, _) => Err(wrong("a column of numbers (for a category: Mode or Level)")),
            (Cells::Number(_), _) => Err(wrong("a category")),
            (Cells::Text(_), _) => Err(wrong("a column of numbers or a category")),
        }
    }
}

fn recoded(codes: &[Option<usize>], levels: &[String], missing: usize) -> Cells {
    Cells::Category {
        codes: codes.iter().map(|code| code.or(Some(missing))).collect(),
        levels: levels.into(),
    }
}
