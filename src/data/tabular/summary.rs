//! What a table holds, in figures.

use std::fmt;

use super::column::{Cells, Column, number};
use super::statistics::{mean, median, most_frequent, sorted};
use super::table::Table;

/// How many values are missing in each column; shown in a notebook it is a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub(super) rows: usize,
    pub(super) columns: Vec<(String, usize)>,
}

impl Missing {
    /// The number of missing values in the whole table.
    pub fn total(&self) -> usize {
        self.columns.iter().map(|(_, count)| count).sum()
    }

    /// The names of all columns, each with its number of missing values.
    pub fn columns(&self) -> &[(String, usize)] {
        &self.columns
    }

    /// The number of missing values of one column; `None` where there is no such column.
    pub fn of(&self, column: &str) -> Option<usize> {
        self.columns
            .iter()
            .find(|(name, _)| name == column)
            .map(|found| found.1)
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.columns.iter().filter(|(_, count)| *count > 0).peekable();
        if left.peek().is_none() {
            return write!(f, "no missing values in {} rows", self.rows);
        }
        let wide = self
            .columns
            .iter()
            .map(|(name, _)| name.chars().count())
            .max()
            .unwrap_or(0);
        write!(f, "missing values in {} rows", self.rows)?;
        for (name, count) in left {
            let share = 100.0 * *count as f64 / self.rows.max(1) as f64;
            write!(f, "\n  {name:<wide$}  {count:>6}  ({share:.1} %)")?;
        }
        Ok(())
    }
}

/// Kind, missing values and spread of every column; shown in a notebook it is a table.
///
/// pandas: `describe(include="all")`.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSummary {
    pub(super) name: String,
    pub(super) rows: Vec<[String; 8]>,
}

/// The headings of a summary.
pub(super) const HEADINGS: [&str; 8] = ["column", "kind", "missing", "mean", "std", "min", "median", "max"];

impl Table {
    /// How many values are missing, column by column.
    pub fn missing(&self) -> Missing {
        let count = |column: &Column| (0..self.len()).filter(|&row| column.is_missing(row)).count();
        Missing {
            rows: self.len(),
            columns: self.columns.iter().map(|c| (c.name.clone(), count(c))).collect(),
        }
    }

    /// Kind and missing values of every column; mean, standard deviation (divided by the count, not by one less),
    /// least, middle and largest of numbers; the number of levels and the most frequent one of categories.
    pub fn summary(&self) -> TableSummary {
        TableSummary {
            name: format!("{}: {} rows, {} columns", self.name, self.len(), self.columns.len()),
            rows: self.columns.iter().map(|column| self.describe(column)).collect(),
        }
    }

    fn describe(&self, column: &Column) -> [String; 8] {
        let missing = (0..self.len()).filter(|&row| column.is_missing(row)).count();
        let mut cells = [const { String::new() }; 8];
        cells[0].clone_from(&column.name);
        cells[1] = column.kind().to_string();
        cells[2] = missing.to_string();
        match &column.cells {
            Cells::Number(values) => {
                if let (Some(mean), Some(median)) = (mean(values), median(values)) {
                    let present = sorted(values);
                    let squares = present.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
                    let std = (squares / present.len() as f64).sqrt();
                    let figures = [mean, std, present[0], median, present[present.len() - 1]];
                    cells[3..].clone_from_slice(&figures.map(significant));
                }
            }
            Cells::Category { codes, levels } => {
                if let Some(top) = most_frequent(codes, levels.len()) {
                    let count = codes.iter().filter(|code| **code == Some(top)).count();
                    let share = 100.0 * count as f64 / (codes.len() - missing).max(1) as f64;
                    cells[3] = format!("{} levels, mostly {} ({share:.0} %)", levels.len(), levels[top]);
                }
            }
            Cells::Text(_) => {}
        }
        cells
    }
}

/// A number with five significant digits at most.
fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return number(value);
    }
    let digits = (4.0 - value.abs().log10().floor()).clamp(0.0, 12.0) as i32;
    let factor = 10_f64.powi(digits);
    number((value * factor).round() / factor)
}
