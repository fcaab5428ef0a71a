//! From the columns of a table to the numbers of a network: what is measured on the training part.

use std::collections::{HashMap, HashSet};

use super::column::{Cells, Column, Kind};
use super::encoding::{Encoding, Step, Target, What};
use super::levels::exact;
use super::malformed::{malformed, unfit};
use super::narrow;
use super::statistics::{mean, most_frequent};
use super::table::Table;
use crate::Result;
use crate::data::{Dataset, Normalization};

/// How columns become features.
///
/// Numbers stay numbers. A category of two levels becomes one feature, 0 for the first and 1 for the second; of more levels, one
/// feature for each, 1 where the row has it (*one-hot*); of one level, none. Columns of text are left out. A notice names what is left out
/// although nobody said that it is text. A missing value is refused unless
/// [`fill_missing`](Self::fill_missing) says otherwise.
///
/// Everything that is measured (means, spreads, frequent values) is measured by [`fit`](Self::fit), on the table that it
/// gets. Give it the training part and apply the [`Encoding`] to all parts.
///
/// ```
/// use gradus::prelude::*;
/// # fn main() -> gradus::Result<()> {
/// let bytes = b"age,smoker,charges\n20,no,1000\n40,yes,30000\n60,no,12000\n";
/// let table = data::Csv::new().parse("insurance.csv", bytes)?;
/// let encoding = data::Encoder::new("charges").standardize().fit(&table)?;
/// assert_eq!(encoding.feature_names(), ["age", "smoker=yes"]);
/// let set: Dataset = encoding.apply(&table)?;
/// assert_eq!(set.values(1)?, [0.0, 1.0]);
/// # Ok(())
/// # }
/// ```
///
/// scikit-learn: `OneHotEncoder(drop="if_binary")`, `OrdinalEncoder`, `StandardScaler`, `SimpleImputer` in a
/// `ColumnTransformer`. Taught in notebook 02.
#[derive(Clone, Debug)]
pub struct Encoder {
    target: String,
    features: Option<Vec<String>>,
    ordinals: Vec<(String, Vec<String>)>,
    standardize: bool,
    fill: bool,
    ignore_unknown: bool,
}

impl Encoder {
    /// Features from all columns but `target`. A target of numbers makes a regression, a category makes classes.
    pub fn new(target: &str) -> Self {
        Self {
            target: target.into(),
            features: None,
            ordinals: Vec::new(),
            standardize: false,
            fill: false,
            ignore_unknown: false,
        }
    }

    /// Makes features of these columns only, in this order.
    #[must_use]
    pub fn features(mut self, columns: &[&str]) -> Self {
        self.features = Some(columns.iter().map(|name| (*name).to_string()).collect());
        self
    }

    /// Makes one feature of a category whose levels have an order: 0 for the first, 1 for the second and so on.
    #[must_use]
    pub fn ordinal(mut self, column: &str, order: &[&str]) -> Self {
        let order = order.iter().map(|level| (*level).to_string()).collect();
        self.ordinals.push((column.into(), order));
        self
    }

    /// Shifts and scales features of numbers to mean 0 and standard deviation 1; a constant one is only shifted.
    /// Features made of categories stay 0 and 1.
    #[must_use]
    pub fn standardize(mut self) -> Self {
        self.standardize = true;
        self
    }

    /// Replaces missing values: of numbers by the mean, of categories by the most frequent level, each as measured by
    /// [`fit`](Self::fit). A missing target is refused all the same.
    #[must_use]
    pub fn fill_missing(mut self) -> Self {
        self.fill = true;
        self
    }

    /// Takes a level of which [`fit`](Self::fit) saw no row for none of those that it saw: all its features are 0. Without this it is refused.
    #[must_use]
    pub fn ignore_unknown(mut self) -> Self {
        self.ignore_unknown = true;
        self
    }

    /// Measures what is to be measured on `train`.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) where a column is unknown or no feature can be made of it, where the table has no rows or
    /// leaves no feature, or where the order of an ordinal does not hold each of its levels once. [`Error::File`](crate::Error::File), with line and column, where
    /// a value is missing and [`fill_missing`](Self::fill_missing) was not called.
    pub fn fit(&self, train: &Table) -> Result<Encoding> {
        if train.is_empty() {
            return Err(unfit(train, "rows", "at least one", "none".into()));
        }
        let target = self.target(train)?;
        let ordinals: HashMap<&str, &[String]> = self
            .ordinals
            .iter()
            .map(|(name, order)| (name.as_str(), order.as_slice()))
            .collect();
        for name in ordinals.keys() {
            train.category(name)?;
        }
        let (mut steps, mut left_out) = (Vec::new(), Vec::new());
        for column in self.columns(train)? {
            match self.step(train, column, ordinals.get(column.name.as_str()).copied())? {
                Some(step) => steps.push(step),
                None => left_out.extend(reason(column)),
            }
        }
        if steps.is_empty() {
            let got = format!("only {}", train.names().join(", "));
            return Err(unfit(
                train,
                "features",
                "at least one column of numbers or categories",
                got,
            ));
        }
        let mut encoding = Encoding::new(self.target.clone(), target, steps, self.ignore_unknown);
        if let Some(notice) = notice(train, &left_out) {
            println!("{notice}");
        }
        encoding.left_out = left_out;
        if self.standardize {
            encoding.normalization = Some(standardization(&encoding, train)?);
        } else {
            // Finds what is missing where it may not be.
            encoding.features_of(train)?;
        }
        Ok(encoding)
    }

    fn target(&self, train: &Table) -> Result<Target> {
        match &train.column(&self.target)?.cells {
            Cells::Number(values) => {
                let hint = "Take something off, or use a smaller unit: see Table::map.";
                check_narrow(train, train.column(&self.target)?, values, hint)?;
                Ok(Target::Values)
            }
            Cells::Category { levels, .. } => Ok(Target::Classes(levels.clone())),
            Cells::Text(_) => {
                let what = format!("target {:?}", self.target);
                let got = "a column of text (see Csv::categories and Table::as_category)";
                Err(unfit(train, &what, "a column of numbers or a category", got.into()))
            }
        }
    }

    /// The columns to make features of, and those of text that nobody called so.
    fn columns<'a>(&'a self, train: &'a Table) -> Result<Vec<&'a Column>> {
        let Some(names) = &self.features else {
            let others = train.columns.iter().filter(|column| column.name != self.target);
            return Ok(others.collect());
        };
        let known = train.by_name();
        let mut seen: HashSet<&str> = HashSet::new();
        let column = |name: &'a String| {
            let what = format!("feature {name:?}");
            if *name == self.target {
                let expected = "a column that is not the target";
                return Err(unfit(train, &what, expected, "the target".into()));
            }
            if !seen.insert(name) {
                return Err(unfit(train, &what, "each column once", "it twice".into()));
            }
            let column = *known.get(name.as_str()).ok_or_else(|| train.unknown_column(name))?;
            if column.kind() == Kind::Text {
                let got = "a column of text".into();
                return Err(unfit(train, &what, "a column of numbers or a category", got));
            }
            Ok(column)
        };
        names.iter().map(column).collect()
    }

    fn step(&self, train: &Table, column: &Column, order: Option<&[String]>) -> Result<Option<Step>> {
        let name = &column.name;
        let what = match &column.cells {
            Cells::Number(values) => {
                let fill = self.filling(train, name, mean(values))?;
                let filled: Vec<f64> = values.iter().filter_map(|value| value.or(fill)).collect();
                let wide = narrow::wide(&filled).filter(|_| self.standardize);
                if !self.standardize {
                    let hint = "Standardize the features (Encoder::standardize), or take something off with Table::map. \
                                If the numbers name something, read the column as text (Csv::text) or leave it out (Table::without).";
                    check_narrow(train, column, values, hint)?;
                }
                What::Number { fill, wide }
            }
            Cells::Category { codes, levels } => {
                let frequent = most_frequent(codes, levels.len()).map(|code| levels[code].clone());
                let fill = self.filling(train, name, frequent)?;
                if let Some(order) = order {
                    let levels = checked_order(train, name, order, levels)?;
                    What::Ordinal { levels, fill }
                } else {
                    let levels = seen(codes, levels);
                    if levels.len() < 2 {
                        return Ok(None);
                    }
                    What::OneHot { levels, fill }
                }
            }
            Cells::Text(_) => return Ok(None),
        };
        let column = name.clone();
        Ok(Some(Step { column, what }))
    }

    /// What replaces a missing value, if anything does; `None` for `value` means that all are missing.
    fn filling<T>(&self, train: &Table, name: &str, value: Option<T>) -> Result<Option<T>> {
        match value {
            None if self.fill => {
                let what = format!("column {name:?}");
                Err(unfit(train, &what, "a value that is not missing", "none".into()))
            }
            value => Ok(value.filter(|_| self.fill)),
        }
    }
}

impl Table {
    /// A [`Dataset`] with `target` as its target and all other numbers and categories as features, as
    /// [`Encoder`] makes it with its defaults.
    ///
    /// # Errors
    /// As [`Encoder::fit`].
    pub fn dataset(&self, target: &str) -> Result<Dataset> {
        Encoder::new(target).fit(self)?.apply(self)
    }
}

/// The levels that rows of the training part have: of others, all features would be 0.
fn seen(codes: &[Option<usize>], levels: &[String]) -> Vec<String> {
    let mut seen = vec![false; levels.len()];
    codes.iter().flatten().for_each(|&code| seen[code] = true);
    let known = levels.iter().zip(&seen).filter(|(_, seen)| **seen);
    known.map(|(level, _)| level.clone()).collect()
}

/// Why no feature is made of a column, unless it was said to be text.
fn reason(column: &Column) -> Option<String> {
    let name = &column.name;
    match &column.cells {
        Cells::Text(values) => {
            let different = values.iter().flatten().collect::<HashSet<_>>().len();
            let why = match different {
                0 => "no values".to_string(),
                n => format!("text, {n} different values"),
            };
            column.guessed.then(|| format!("{name} ({why})"))
        }
        _ => Some(format!("{name} (a category with one level)")),
    }
}

/// What is said of columns that were left out.
fn notice(train: &Table, left_out: &[String]) -> Option<String> {
    const MOST: usize = 10;
    let more = match left_out.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = left_out[..left_out.len().min(MOST)].join(", ");
    (!left_out.is_empty()).then(|| {
        format!(
            "NOTICE: no feature is made of {shown}{more} of {}.\n  To use text as a category: Table::as_category or \
             Csv::categories. To leave columns out without this notice: Csv::text or Table::without.",
            train.name
        )
    })
}

/// Refuses numbers that an f32 cannot tell apart.
fn check_narrow(train: &Table, column: &Column, values: &[Option<f64>], hint: &str) -> Result<()> {
    let rows: Vec<usize> = (0..values.len()).filter(|&row| values[row].is_some()).collect();
    let present: Vec<f64> = values.iter().flatten().copied().collect();
    let Some(at) = narrow::blurred(&present) else {
        return Ok(());
    };
    let (place, name) = (column.place, &column.name);
    let expected = format!("numbers that an f32, which keeps 7 digits, can tell apart in column {place} ({name})");
    let (value, line) = (present[at], train.lines[rows[at]]);
    let got = format!(
        "{} in line {line}, which becomes {}",
        exact(value),
        exact(f64::from(value as f32))
    );
    Err(malformed(&train.path, expected, got, hint))
}

fn checked_order(train: &Table, name: &str, order: &[String], levels: &[String]) -> Result<Vec<String>> {
    let (mut given, mut known) = (order.to_vec(), levels.to_vec());
    given.sort();
    known.sort();
    if given != known {
        let expected = format!("each of {} once", levels.join(", "));
        return Err(unfit(train, &format!("order of {name:?}"), &expected, order.join(", ")));
    }
    Ok(order.to_vec())
}

/// Mean and spread of each feature that comes from numbers; 0 and 1 for the others.
fn standardization(encoding: &Encoding, train: &Table) -> Result<Normalization> {
    let (values, width) = (encoding.features_of(train)?, encoding.feature_names().len());
    let scaled: Vec<bool> = encoding.steps.iter().flat_map(|step| step.scaled()).collect();
    let (mut means, mut stds) = (vec![0.0; width], vec![1.0; width]);
    for feature in (0..width).filter(|&feature| scaled[feature]) {
        let column = || values.iter().skip(feature).step_by(width).map(|&x| f64::from(x));
        let count = train.len() as f64;
        // Two passes in f64: the usual one-pass formula loses digits when the mean is large.
        let mean = column().sum::<f64>() / count;
        let std = (column().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt();
        means[feature] = mean as f32;
        // A constant feature has no spread; what is left of it is rounding.
        let constant = column().all(|x| x == f64::from(values[feature]));
        stds[feature] = if constant || std == 0.0 { 1.0 } else { std as f32 };
    }
    Normalization::new(&means, &stds)
}
