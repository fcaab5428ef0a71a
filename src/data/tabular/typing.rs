//! From text to typed columns.

use std::collections::HashSet;
use std::path::Path;

use super::column::{Cells, Column, Kind, coded};
use super::malformed::malformed;
use super::record::Record;
use crate::{Error, Result};

/// More different values than this are no category.
const MOST_LEVELS: usize = 50;
/// Where this share of the values are numbers, the others are taken for mistakes.
const NEARLY_ALL: f64 = 0.9;

/// What columns are made of.
pub(super) struct Typing<'a> {
    pub path: &'a Path,
    pub rows: &'a [Record],
    pub missing: &'a [String],
}

impl Typing<'_> {
    /// Column `index`, of the kind that was asked for or else that its values suggest.
    pub fn column(&self, index: usize, name: &str, kind: Option<Kind>) -> Result<Column> {
        let values: Vec<Option<&str>> = self
            .rows
            .iter()
            .map(|row| row.fields[index].as_str())
            .map(|field| (!self.missing.iter().any(|marker| marker == field)).then_some(field))
            .collect();
        let cells = match kind.map_or_else(|| self.guess(index, name, &values), Ok)? {
            Kind::Number => Cells::Number(self.numbers(index, name, &values)?),
            Kind::Category => coded(&values),
            Kind::Text => Cells::Text(values.iter().map(|value| value.map(str::to_string)).collect()),
        };
        Ok(Column {
            name: name.to_string(),
            place: index + 1,
            cells,
        })
    }

    fn guess(&self, index: usize, name: &str, values: &[Option<&str>]) -> Result<Kind> {
        let present: Vec<&str> = values.iter().flatten().copied().collect();
        // "NaN" counts as a number here, so that it is reported and does not make a category of the column.
        let numbers = present.iter().filter(|value| value.parse::<f64>().is_ok()).count();
        if present.is_empty() {
            return Ok(Kind::Text);
        }
        if numbers == present.len() {
            return Ok(Kind::Number);
        }
        if numbers as f64 >= NEARLY_ALL * present.len() as f64 {
            return Err(self.not_all_numbers(index, name, values, numbers, present.len()));
        }
        let levels = present.iter().collect::<HashSet<_>>().len();
        let few = levels <= MOST_LEVELS && (2 * levels <= present.len() || present.len() <= 10);
        Ok(if few { Kind::Category } else { Kind::Text })
    }

    fn not_all_numbers(&self, index: usize, name: &str, values: &[Option<&str>], numbers: usize, of: usize) -> Error {
        let odd = values.iter().position(|v| v.is_some_and(|v| v.parse::<f64>().is_err()));
        let row = odd.unwrap_or(0);
        let expected = format!(
            "a number {}, as in {numbers} of {of} rows",
            self.place(row, index, name)
        );
        let hint = format!(
            "Correct it, name it as a marker of missing values with .missing(&[...]), or read the column as \
             .categories(&[{name:?}]) or .text(&[{name:?}])."
        );
        malformed(
            self.path,
            expected,
            format!("{:?}", values[row].unwrap_or_default()),
            &hint,
        )
    }

    fn numbers(&self, index: usize, name: &str, values: &[Option<&str>]) -> Result<Vec<Option<f64>>> {
        let number = |(row, value): (usize, &Option<&str>)| {
            let Some(text) = value else { return Ok(None) };
            match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Some(number)),
                Ok(_) => Err(self.not_finite(row, index, name, text)),
                Err(_) => Err(self.not_a_number(row, index, name, text)),
            }
        };
        values.iter().enumerate().map(number).collect()
    }

    fn not_finite(&self, row: usize, index: usize, name: &str, text: &str) -> Error {
        let expected = format!("a finite number {}", self.place(row, index, name));
        let markers: Vec<String> = self.missing.iter().map(|marker| format!("{marker:?}")).collect();
        let hint = format!(
            "If it stands for a missing value, say so: .missing(&[{}, {text:?}]).",
            markers.join(", ")
        );
        malformed(self.path, expected, format!("{text:?}"), &hint)
    }

    fn not_a_number(&self, row: usize, index: usize, name: &str, text: &str) -> Error {
        let expected = format!("a number {}", self.place(row, index, name));
        let plain = text.replace([',', ' ', '_'], "");
        let hint = if plain != text && plain.parse::<f64>().is_ok() {
            "Write it without separators between the digits, with a point before the decimals."
        } else {
            "Correct it, or name it as a marker of missing values with .missing(&[...])."
        };
        malformed(self.path, expected, format!("{text:?}"), hint)
    }

    fn place(&self, row: usize, index: usize, name: &str) -> String {
        format!("in line {}, column {} ({name})", self.rows[row].line, index + 1)
    }
}
