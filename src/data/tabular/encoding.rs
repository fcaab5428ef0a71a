//! From the columns of a table to the numbers of a network: applying what was measured.

use std::sync::Arc;

use super::column::{Cells, Column};
use super::malformed::{malformed, unfit};
use super::table::Table;
use crate::data::{Dataset, Normalization};
use crate::{Error, Result};

/// What an [`Encoder`](super::Encoder) measured: it turns tables with the same columns into [`Dataset`]s.
#[derive(Clone, Debug)]
pub struct Encoding {
    target_column: String,
    target: Target,
    pub(super) steps: Vec<Step>,
    names: Vec<String>,
    pub(super) normalization: Option<Normalization>,
    ignore_unknown: bool,
}

/// What the network shall answer.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Values,
    Classes(Arc<[String]>),
}

/// What becomes of a column.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub column: String,
    pub what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Number { fill: Option<f64> },
    Ordinal { levels: Vec<String>, fill: Option<String> },
    OneHot { levels: Vec<String>, fill: Option<String> },
}

impl Step {
    fn names(&self) -> Vec<String> {
        let column = &self.column;
        match &self.what {
            What::Number { .. } | What::Ordinal { .. } => vec![column.clone()],
            // One feature says all about two levels.
            What::OneHot { levels, .. } if levels.len() == 2 => vec![format!("{column}={}", levels[1])],
            What::OneHot { levels, .. } => levels.iter().map(|level| format!("{column}={level}")).collect(),
        }
    }

    /// For each feature, whether standardization scales it.
    pub fn scaled(&self) -> Vec<bool> {
        let names = self.names();
        vec![!matches!(self.what, What::OneHot { .. }); names.len()]
    }
}

impl Encoding {
    pub(super) fn new(target_column: String, target: Target, steps: Vec<Step>, ignore_unknown: bool) -> Self {
        Self {
            target_column,
            target,
            names: steps.iter().flat_map(Step::names).collect(),
            steps,
            normalization: None,
            ignore_unknown,
        }
    }

    /// The names of the features, in order: `age`, `smoker=yes`.
    pub fn feature_names(&self) -> &[String] {
        &self.names
    }

    /// The names of the classes; empty for a regression.
    pub fn class_names(&self) -> &[String] {
        match &self.target {
            Target::Values => &[],
            Target::Classes(names) => names,
        }
    }

    /// Means and standard deviations, where the encoder standardizes: `(x - mean) / std` for each feature.
    pub fn normalization(&self) -> Option<&Normalization> {
        self.normalization.as_ref()
    }

    /// The table as a set of samples. It holds the features as they are and standardizes them when a batch is made.
    ///
    /// # Errors
    /// [`Error::Argument`] where a column is not there or of another kind, [`Error::File`], with line and column, where a value is
    /// missing that may not be, or is of a level that the training part did not have.
    pub fn apply(&self, table: &Table) -> Result<Dataset> {
        let (values, width) = (self.features_of(table)?, self.names.len());
        let column = table.column(&self.target_column)?;
        let missing = |row| {
            self.missing(
                table,
                column,
                row,
                "A sample without a target is of no use: see Table::drop_missing.",
            )
        };
        let set = match (&self.target, &column.cells) {
            (Target::Values, Cells::Number(targets)) => {
                let targets = targets.iter().enumerate();
                let targets = targets.map(|(row, v)| v.map(|v| v as f32).ok_or_else(|| missing(row)));
                Dataset::regression(values, &[width], targets.collect::<Result<_>>()?, 1)?
            }
            (Target::Classes(names), Cells::Category { codes, levels }) => {
                let place = |code: usize| names.iter().position(|name| *name == levels[code]);
                let label = |(row, code): (usize, &Option<usize>)| match code.map(place) {
                    Some(Some(label)) => Ok(label),
                    Some(None) => Err(self.unknown(table, column, row, names)),
                    None => Err(missing(row)),
                };
                let labels = codes.iter().enumerate().map(label).collect::<Result<_>>()?;
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                Dataset::from_values(values, &[width], labels, &names)?
            }
            _ => return Err(self.other_kind(table, column)),
        };
        let set = set.named(&table.name);
        match &self.normalization {
            Some(n) => set.normalize(n.mean(), n.std()),
            None => Ok(set),
        }
    }

    /// The features of all rows before standardization: `(N, features)`, row after row.
    pub(super) fn features_of(&self, table: &Table) -> Result<Vec<f32>> {
        let mut columns: Vec<Vec<f32>> = Vec::new();
        for step in &self.steps {
            columns.extend(self.encode(table, step)?);
        }
        let row = |row: usize| columns.iter().map(move |column| column[row]);
        Ok((0..table.len()).flat_map(row).collect())
    }

    fn encode(&self, table: &Table, step: &Step) -> Result<Vec<Vec<f32>>> {
        let column = table.column(&step.column)?;
        let hint = "Drop such rows with Table::drop_missing, or call Encoder::fill_missing.";
        match (&step.what, &column.cells) {
            (What::Number { fill }, Cells::Number(values)) => {
                let value = |(row, value): (usize, &Option<f64>)| {
                    let value = value.or(*fill).ok_or_else(|| self.missing(table, column, row, hint))?;
                    let narrow = value as f32;
                    let too_large = || self.too_large(table, column, row);
                    narrow.is_finite().then_some(narrow).ok_or_else(too_large)
                };
                Ok(vec![values.iter().enumerate().map(value).collect::<Result<_>>()?])
            }
            (
                What::Ordinal { levels, fill } | What::OneHot { levels, fill },
                Cells::Category { codes, levels: have },
            ) => {
                let place = |row: usize| match codes[row].map(|code| &have[code]).or(fill.as_ref()) {
                    None => Err(self.missing(table, column, row, hint)),
                    Some(level) => match levels.iter().position(|known| known == level) {
                        // An ordinal has no number for what stands outside its order.
                        None if !self.ignore_unknown || matches!(step.what, What::Ordinal { .. }) => {
                            Err(self.unknown(table, column, row, levels))
                        }
                        place => Ok(place),
                    },
                };
                let places: Vec<Option<usize>> = (0..table.len()).map(place).collect::<Result<_>>()?;
                let is = |level: usize| places.iter().map(|&p| f32::from(u8::from(p == Some(level)))).collect();
                Ok(match &step.what {
                    What::Ordinal { .. } => vec![places.iter().map(|p| p.unwrap_or(0) as f32).collect()],
                    _ if levels.len() == 2 => vec![is(1)],
                    _ => (0..levels.len()).map(is).collect(),
                })
            }
            _ => Err(self.other_kind(table, column)),
        }
    }

    fn place(table: &Table, column: &Column, row: usize) -> String {
        format!(
            "in line {}, column {} ({})",
            table.lines[row], column.place, column.name
        )
    }

    fn missing(&self, table: &Table, column: &Column, row: usize, hint: &str) -> Error {
        let expected = format!("a value {}", Self::place(table, column, row));
        malformed(&table.path, expected, "none".into(), hint)
    }

    fn too_large(&self, table: &Table, column: &Column, row: usize) -> Error {
        let expected = format!("a number that an f32 holds {}", Self::place(table, column, row));
        malformed(
            &table.path,
            expected,
            column.text(row).unwrap_or_default(),
            "Use a larger unit: see Table::map.",
        )
    }

    fn unknown(&self, table: &Table, column: &Column, row: usize, levels: &[String]) -> Error {
        let expected = format!("one of {} {}", levels.join(", "), Self::place(table, column, row));
        let hint = "The training part has no such row. Split in another way, or call Encoder::ignore_unknown.";
        malformed(
            &table.path,
            expected,
            format!("{:?}", column.text(row).unwrap_or_default()),
            hint,
        )
    }

    fn other_kind(&self, table: &Table, column: &Column) -> Error {
        let got = format!("a column of kind {}", column.kind());
        unfit(
            table,
            &format!("column {:?}", column.name),
            "the kind that it had when the encoder was fitted",
            got,
        )
    }
}
