//! From the columns of a table to the numbers of a network: applying what was measured.

use std::collections::HashMap;
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
    /// Columns of which no feature was made, with the reason.
    pub(super) left_out: Vec<String>,
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
    Number {
        fill: Option<f64>,
        /// Mean and standard deviation, where an `f32` would lose too much before they are taken off.
        wide: Option<(f64, f64)>,
    },
    Ordinal {
        levels: Vec<String>,
        fill: Option<String>,
    },
    OneHot {
        levels: Vec<String>,
        fill: Option<String>,
    },
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
        let done = matches!(self.what, What::OneHot { .. } | What::Number { wide: Some(_), .. });
        vec![!done; names.len()]
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
            left_out: Vec::new(),
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

    /// The columns of which no feature was made although nobody said so, each with the reason: text with too many different values for a
    /// category, a category with one level. Those that were said to be text are not among them.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Means and standard deviations, where the encoder standardizes: `(x - mean) / std` for each feature. They are 0 and 1 for features of categories,
    /// and for numbers whose digits an `f32` cannot hold (seconds since 1970): these are standardized before a set gets them.
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
                let target = |(row, value): (usize, &Option<f64>)| {
                    let narrow = value.ok_or_else(|| missing(row))? as f32;
                    let too_large = || self.too_large(table, column, row);
                    narrow.is_finite().then_some(narrow).ok_or_else(too_large)
                };
                let targets = targets.iter().enumerate().map(target);
                Dataset::regression(values, &[width], targets.collect::<Result<_>>()?, 1)?
            }
            (Target::Classes(names), Cells::Category { codes, levels }) => {
                let places = places(levels, names);
                let label = |(row, code): (usize, &Option<usize>)| match code.map(|code| places[code]) {
                    Some(Some(label)) => Ok(label),
                    Some(None) => Err(self.unknown(table, column, row, names, false)),
                    None => Err(missing(row)),
                };
                let labels = codes.iter().enumerate().map(label).collect::<Result<_>>()?;
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                Dataset::from_values(values, &[width], labels, &names)?
            }
            _ => return Err(self.other_kind(table, column)),
        };
        let set = set.named(&table.name).with_features(self.meanings());
        match &self.normalization {
            Some(n) => set.normalize(n.mean(), n.std()),
            None => Ok(set),
        }
    }

    /// What each feature says: its name, and the levels that it tells apart where the names do not say them.
    fn meanings(&self) -> Vec<String> {
        let of = |step: &Step| match &step.what {
            What::OneHot { levels, .. } if levels.len() != 2 => step.names(),
            What::Number { .. } => step.names(),
            What::Ordinal { levels, .. } | What::OneHot { levels, .. } => {
                let of = levels.join(", ");
                step.names().iter().map(|name| format!("{name} of {of}")).collect()
            }
        };
        self.steps.iter().flat_map(of).collect()
    }

    /// The features of all rows before standardization: `(N, features)`, row after row.
    pub(super) fn features_of(&self, table: &Table) -> Result<Vec<f32>> {
        let mut columns: Vec<Vec<f32>> = Vec::new();
        let known = table.by_name();
        for step in &self.steps {
            let column = known.get(step.column.as_str());
            let column = column.ok_or_else(|| table.unknown_column(&step.column))?;
            columns.extend(self.encode(table, column, step)?);
        }
        let row = |row: usize| columns.iter().map(move |column| column[row]);
        Ok((0..table.len()).flat_map(row).collect())
    }

    fn encode(&self, table: &Table, column: &Column, step: &Step) -> Result<Vec<Vec<f32>>> {
        let hint = "Drop such rows with Table::drop_missing, or call Encoder::fill_missing.";
        match (&step.what, &column.cells) {
            (What::Number { fill, wide }, Cells::Number(values)) => {
                let value = |(row, value): (usize, &Option<f64>)| {
                    let value = value.or(*fill).ok_or_else(|| self.missing(table, column, row, hint))?;
                    let narrow = wide.map_or(value, |(mean, std)| (value - mean) / std) as f32;
                    let too_large = || self.too_large(table, column, row);
                    narrow.is_finite().then_some(narrow).ok_or_else(too_large)
                };
                Ok(vec![values.iter().enumerate().map(value).collect::<Result<_>>()?])
            }
            (
                What::Ordinal { levels, fill } | What::OneHot { levels, fill },
                Cells::Category { codes, levels: have },
            ) => {
                let known = places(have, levels);
                let filled = fill
                    .as_ref()
                    .and_then(|fill| levels.iter().position(|level| level == fill));
                // An ordinal has no number for what stands outside its order.
                let ignore = self.ignore_unknown && !matches!(step.what, What::Ordinal { .. });
                let place = |row: usize| match codes[row].map(|code| known[code]) {
                    None if fill.is_some() => Ok(filled),
                    None => Err(self.missing(table, column, row, hint)),
                    Some(None) if !ignore => {
                        let can = !matches!(step.what, What::Ordinal { .. });
                        Err(self.unknown(table, column, row, levels, can))
                    }
                    Some(place) => Ok(place),
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

    /// A level that the training part does not have, with the levels of both. `can` is whether it may be ignored.
    fn unknown(&self, table: &Table, column: &Column, row: usize, levels: &[String], can: bool) -> Error {
        let expected = format!("one of {} {}", list(levels), Self::place(table, column, row));
        let mut got = format!("{:?}", column.text(row).unwrap_or_default());
        if let Cells::Category { levels, .. } = &column.cells {
            got += &format!(", of {} in {}", list(levels), table.name);
        }
        let hint = if can {
            "The training part has no such row. Split in another way, or call Encoder::ignore_unknown."
        } else {
            "The training part has no such row. Split in another way, give both tables the same levels (Table::relabel), or leave such rows out."
        };
        malformed(&table.path, expected, got, hint)
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

/// Where each level of a table stands among those of the training part.
fn places(have: &[String], levels: &[String]) -> Vec<Option<usize>> {
    let known: HashMap<&String, usize> = levels.iter().zip(0..).collect();
    have.iter().map(|level| known.get(level).copied()).collect()
}

/// Levels for a message, which need not hold hundreds.
fn list(levels: &[String]) -> String {
    const MOST: usize = 20;
    let shown = levels[..levels.len().min(MOST)].join(", ");
    match levels.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
