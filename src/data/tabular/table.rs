//! A table: named columns of equal length.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::column::{Cells, Column, Kind};
use super::levels::exact;
use crate::{Error, Result};

/// Named, typed columns: what a CSV file holds.
///
/// Shown in a notebook it is a table of its first rows. Nothing changes a table: every method makes a new one.
///
/// ```
/// use gradus::data::{Csv, Table};
/// let table: Table = Csv::new().parse("pets.csv", b"kind,legs\ncat,4\nbird,2\ncat,\n")?;
/// assert_eq!((table.len(), table.names()), (3, vec!["kind".to_string(), "legs".to_string()]));
/// assert_eq!(table.levels("kind")?, ["bird", "cat"]);
/// assert_eq!(table.drop_missing().len(), 2);
/// # Ok::<(), gradus::Error>(())
/// ```
///
/// pandas: `DataFrame`. Taught in notebook 02.
#[derive(Clone)]
pub struct Table {
    pub(super) name: Arc<str>,
    /// The file, for messages.
    pub(super) path: Arc<Path>,
    pub(super) columns: Vec<Column>,
    /// The line of the file that each row comes from.
    pub(super) lines: Vec<usize>,
}

impl Table {
    pub(super) fn new(path: &Path, columns: Vec<Column>, lines: Vec<usize>) -> Self {
        let name = path
            .file_name()
            .map_or_else(|| "table".into(), |name| name.to_string_lossy());
        Self {
            name: (*name).into(),
            path: path.into(),
            columns,
            lines,
        }
    }

    /// The same table under another name, for headings and messages.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// What the table is called: the name of its file, unless it was given another.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The names of the columns, in order.
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// What a column holds.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column.
    pub fn kind(&self, column: &str) -> Result<Kind> {
        Ok(self.column(column)?.kind())
    }

    /// The numbers of a column; a missing one is NaN, which charts leave out.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column or it does not hold numbers.
    pub fn numbers(&self, column: &str) -> Result<Vec<f64>> {
        match &self.column(column)?.cells {
            Cells::Number(values) => Ok(values.iter().map(|value| value.unwrap_or(f64::NAN)).collect()),
            _ => Err(self.wrong_kind(column, Kind::Number)),
        }
    }

    /// The text of a column, whatever it holds; a missing value is empty. A number has all the digits that tell it from
    /// others, more than the table shows.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column.
    pub fn texts(&self, column: &str) -> Result<Vec<String>> {
        let column = self.column(column)?;
        Ok(match &column.cells {
            Cells::Number(values) => values
                .iter()
                .map(|value| value.map_or_else(String::new, exact))
                .collect(),
            _ => (0..self.len())
                .map(|row| column.text(row).unwrap_or_default())
                .collect(),
        })
    }

    /// The names that a category can take, sorted (numbers by their size) unless they were given in another order. A part of a table has those of the whole.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column or it is no category.
    pub fn levels(&self, column: &str) -> Result<Vec<String>> {
        Ok(self.category(column)?.1.to_vec())
    }

    /// The values of a category as positions in its [`levels`](Self::levels): what `labels` of a scatter plot are.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column, it is no category, or a value is missing.
    pub fn codes(&self, column: &str) -> Result<Vec<usize>> {
        let codes = self.category(column)?.0;
        codes
            .iter()
            .copied()
            .collect::<Option<_>>()
            .ok_or_else(|| Error::Argument {
                what: format!("column {column:?} of {}", self.name),
                expected: "no missing values (see drop_missing and fill)".into(),
                got: format!("{} missing", codes.iter().filter(|code| code.is_none()).count()),
            })
    }

    /// How often each level of a category occurs, in the order of [`levels`](Self::levels).
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column or it is no category.
    pub fn counts(&self, column: &str) -> Result<Vec<usize>> {
        let (codes, levels) = self.category(column)?;
        let mut counts = vec![0; levels.len()];
        codes.iter().flatten().for_each(|&code| counts[code] += 1);
        Ok(counts)
    }

    /// All columns by name. Who asks for many of them asks here: [`column`](Self::column) looks at one after the other.
    pub(super) fn by_name(&self) -> HashMap<&str, &Column> {
        self.columns
            .iter()
            .map(|column| (column.name.as_str(), column))
            .collect()
    }

    /// That there is no such column.
    pub(super) fn unknown_column(&self, name: &str) -> Error {
        Error::Argument {
            what: format!("column of {}", self.name),
            expected: format!("one of {}", self.names().join(", ")),
            got: format!("{name:?}"),
        }
    }

    pub(super) fn column(&self, name: &str) -> Result<&Column> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.ok_or_else(|| self.unknown_column(name))
    }

    pub(super) fn category(&self, name: &str) -> Result<(&[Option<usize>], &[String])> {
        match &self.column(name)?.cells {
            Cells::Category { codes, levels } => Ok((codes, levels)),
            _ => Err(self.wrong_kind(name, Kind::Category)),
        }
    }

    pub(super) fn wrong_kind(&self, name: &str, wanted: Kind) -> Error {
        let got = self
            .column(name)
            .map_or(String::new(), |column| column.kind().to_string());
        Error::Argument {
            what: format!("column {name:?} of {}", self.name),
            expected: format!("a column of kind {wanted}"),
            got,
        }
    }

    /// The rows at these positions, which the caller knows to exist.
    pub(super) fn pick(&self, rows: &[usize]) -> Self {
        Self {
            name: self.name.clone(),
            path: self.path.clone(),
            columns: self.columns.iter().map(|column| column.pick(rows)).collect(),
            lines: rows.iter().map(|&row| self.lines[row]).collect(),
        }
    }

    pub(super) fn with_columns(&self, columns: Vec<Column>) -> Self {
        Self {
            columns,
            ..self.clone()
        }
    }

    pub(super) fn replace(&self, name: &str, cells: Cells) -> Result<Self> {
        self.column(name)?;
        let mut table = self.clone();
        if let Some(column) = table.columns.iter_mut().find(|column| column.name == name) {
            column.cells = cells;
        }
        Ok(table)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Table({}: {} rows, {} columns)",
            self.name,
            self.len(),
            self.columns.len()
        )
    }
}
