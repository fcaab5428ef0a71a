//! New tables from a table: some of its rows or columns, other values, two parts.

use std::collections::HashSet;

use super::column::{Cells, Kind};
use super::levels::{coded, coded_numbers};
use super::table::Table;
use crate::data::dataset::two_parts;
use crate::{Error, Result};

impl Table {
    /// The first `n` rows; all of them if there are fewer.
    #[must_use]
    pub fn head(&self, n: usize) -> Self {
        self.pick(&(0..n.min(self.len())).collect::<Vec<_>>())
    }

    /// The rows at `indices`, in this order; an index may come more than once.
    ///
    /// # Errors
    /// [`Error::Argument`] if one of the indices is not below [`len`](Self::len).
    pub fn rows(&self, indices: &[usize]) -> Result<Self> {
        match indices.iter().find(|index| **index >= self.len()) {
            None => Ok(self.pick(indices)),
            Some(index) => Err(Error::Argument {
                what: format!("row index into {}", self.name),
                expected: format!("a number below {}", self.len()),
                got: index.to_string(),
            }),
        }
    }

    /// The rows in which a column of numbers passes the test; a missing number does not.
    ///
    /// # Errors
    /// As [`Table::numbers`].
    pub fn filter(&self, column: &str, keep: impl Fn(f64) -> bool) -> Result<Self> {
        let values = self.numbers(column)?;
        let kept: Vec<usize> = (0..self.len())
            .filter(|&i| !values[i].is_nan() && keep(values[i]))
            .collect();
        Ok(self.pick(&kept))
    }

    /// The rows in which a category is `level`.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column, it is no category, or it has no such level.
    pub fn only(&self, column: &str, level: &str) -> Result<Self> {
        let (codes, levels) = self.category(column)?;
        let wanted = levels.iter().position(|l| l == level).ok_or_else(|| Error::Argument {
            what: format!("value of column {column:?} of {}", self.name),
            expected: format!("one of {}", levels.join(", ")),
            got: format!("{level:?}"),
        })?;
        let kept: Vec<usize> = (0..self.len()).filter(|&i| codes[i] == Some(wanted)).collect();
        Ok(self.pick(&kept))
    }

    /// These columns, in this order.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column.
    pub fn select(&self, columns: &[&str]) -> Result<Self> {
        let known = self.by_name();
        let found = |name: &&str| known.get(name).map(|column| (*column).clone());
        let columns = columns
            .iter()
            .map(|name| found(name).ok_or_else(|| self.unknown_column(name)))
            .collect::<Result<_>>()?;
        Ok(self.with_columns(columns))
    }

    /// All columns but these.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column.
    pub fn without(&self, columns: &[&str]) -> Result<Self> {
        let known = self.by_name();
        if let Some(name) = columns.iter().find(|name| !known.contains_key(*name)) {
            return Err(self.unknown_column(name));
        }
        let gone: HashSet<&str> = columns.iter().copied().collect();
        let kept = self
            .columns
            .iter()
            .filter(|column| !gone.contains(column.name.as_str()));
        Ok(self.with_columns(kept.cloned().collect()))
    }

    /// The table with `f` applied to every number of a column: `table.map("charges", |dollars| dollars / 1000.0)`.
    ///
    /// # Errors
    /// As [`Table::numbers`], and [`Error::NotFinite`] where `f` makes a number that is not finite.
    pub fn map(&self, column: &str, f: impl Fn(f64) -> f64) -> Result<Self> {
        let Cells::Number(values) = &self.column(column)?.cells else {
            return Err(self.wrong_kind(column, Kind::Number));
        };
        let values: Vec<Option<f64>> = values.iter().map(|value| value.map(&f)).collect();
        if let Some(row) = values.iter().position(|v| v.is_some_and(|v| !v.is_finite())) {
            return Err(Error::NotFinite {
                what: format!(
                    "the new value of column {column:?} of {}, line {}",
                    self.name, self.lines[row]
                ),
                value: values[row].unwrap_or(f64::NAN),
                hint: "Leave out such rows with filter, or map them to something else.".into(),
            });
        }
        self.replace(column, Cells::Number(values))
    }

    /// The table with a column of numbers as a category whose levels are these numbers, by size and with all their digits;
    /// a column of text becomes one whatever the number of its levels.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column.
    pub fn as_category(&self, column: &str) -> Result<Self> {
        let found = self.column(column)?;
        let cells = match &found.cells {
            Cells::Category { .. } => return Ok(self.clone()),
            Cells::Number(values) => coded_numbers(values),
            Cells::Text(values) => coded(&values.iter().map(Option::as_deref).collect::<Vec<_>>()),
        };
        self.replace(column, cells)
    }

    /// The table with other names for the levels of a category, which take the order of this list:
    /// `table.relabel("bought", &[("0", "no"), ("1", "yes")])`.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column, it is no category, or the list does not hold each of its levels once.
    pub fn relabel(&self, column: &str, names: &[(&str, &str)]) -> Result<Self> {
        let (codes, levels) = self.category(column)?;
        let place = |level: &String| names.iter().position(|(old, _)| old == level);
        let places: Option<Vec<usize>> = levels.iter().map(place).collect();
        let Some(places) = places.filter(|_| names.len() == levels.len()) else {
            let got: Vec<&str> = names.iter().map(|(old, _)| *old).collect();
            return Err(Error::Argument {
                what: format!("levels of column {column:?} of {}", self.name),
                expected: format!("each of {} once", levels.join(", ")),
                got: got.join(", "),
            });
        };
        let codes = codes.iter().map(|code| code.map(|code| places[code])).collect();
        let levels = names.iter().map(|(_, new)| (*new).to_string()).collect();
        self.replace(column, Cells::Category { codes, levels })
    }

    /// Two tables out of one: the first gets `fraction` of the rows, the second the rest, drawn at random with seed 0.
    ///
    /// scikit-learn: `train_test_split`. Taught in notebook 02.
    ///
    /// # Errors
    /// [`Error::Argument`] if `fraction` is not between 0 and 1, or if one of the two would be empty.
    pub fn split(&self, fraction: f64) -> Result<(Self, Self)> {
        self.split_seeded(fraction, 0)
    }

    /// [`split`](Self::split) with a seed of one's own.
    ///
    /// # Errors
    /// As for [`split`](Self::split).
    pub fn split_seeded(&self, fraction: f64, seed: u64) -> Result<(Self, Self)> {
        let (first, second) = two_parts(self.len(), fraction, seed)?;
        Ok((self.pick(&first), self.pick(&second)))
    }
}
