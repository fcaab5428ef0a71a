//! A table: named columns of equal length.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::super::split;
use super::column::{Cells, Column, Kind, coded};
use super::csv::Csv;
use crate::data::Dataset;
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

    /// Reads a CSV file; [`Csv`] has the settings.
    ///
    /// # Errors
    /// As [`Csv::read`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Csv::new().read(path)
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

    /// The text of a column, whatever it holds; a missing value is empty.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column.
    pub fn texts(&self, column: &str) -> Result<Vec<String>> {
        let column = self.column(column)?;
        Ok((0..self.len())
            .map(|row| column.text(row).unwrap_or_default())
            .collect())
    }

    /// The names that a category can take, sorted unless they were given in another order. A part of a table has those of the whole.
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
        let columns = columns
            .iter()
            .map(|name| self.column(name).cloned())
            .collect::<Result<_>>()?;
        Ok(self.with_columns(columns))
    }

    /// All columns but these.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column.
    pub fn without(&self, columns: &[&str]) -> Result<Self> {
        for name in columns {
            self.column(name)?;
        }
        let kept = self
            .columns
            .iter()
            .filter(|column| !columns.contains(&column.name.as_str()));
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

    /// The table with a column of numbers as a category whose levels are these numbers.
    ///
    /// # Errors
    /// [`Error::Argument`] where there is no such column.
    pub fn as_category(&self, column: &str) -> Result<Self> {
        let found = self.column(column)?;
        if found.kind() == Kind::Category {
            return Ok(self.clone());
        }
        let texts: Vec<Option<String>> = (0..self.len()).map(|row| found.text(row)).collect();
        let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
        self.replace(column, coded(&texts))
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
        let (first, second) = split::two_parts(self.len(), fraction, seed)?;
        Ok((self.pick(&first), self.pick(&second)))
    }

    /// A [`Dataset`] with `target` as its target and all other numbers and categories as features, as
    /// [`Encoder`](super::Encoder) makes it with its defaults.
    ///
    /// # Errors
    /// As [`Encoder::fit`](super::Encoder::fit).
    pub fn dataset(&self, target: &str) -> Result<Dataset> {
        super::Encoder::new(target).fit(self)?.apply(self)
    }

    pub(super) fn column(&self, name: &str) -> Result<&Column> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.ok_or_else(|| Error::Argument {
            what: format!("column of {}", self.name),
            expected: format!("one of {}", self.names().join(", ")),
            got: format!("{name:?}"),
        })
    }

    pub(super) fn category(&self, name: &str) -> Result<(&[Option<usize>], &[String])> {
        match &self.column(name)?.cells {
            Cells::Category { codes, levels } => Ok((codes, levels)),
            _ => Err(self.wrong_kind(name, Kind::Category)),
        }
    }

    fn wrong_kind(&self, name: &str, wanted: Kind) -> Error {
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
