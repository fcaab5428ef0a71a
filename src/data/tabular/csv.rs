//! Reading a CSV file.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use super::column::Kind;
use super::header;
use super::malformed::malformed;
use super::opening;
use super::quotes;
use super::record::{decode, records};
use super::spelling::Spelling;
use super::table::Table;
use super::typing;
use crate::{Error, Result};

/// How a CSV file is to be read.
///
/// The first line names the columns, unless [`header`](Self::header) does. What a column holds is found out from its
/// values, or said with [`numbers`](Self::numbers), [`categories`](Self::categories) and [`text`](Self::text): a column
/// is *numbers* if every value is one, a *category* if it has few different values (50 at most, each at least twice on
/// average), else *text*. A column in which nearly all values are numbers and some are not is refused: that is mostly a mistake in the file,
/// or a sign for missing values (`?`, `null`) that must be named with [`missing`](Self::missing). A first column without a name, as pandas
/// writes its index, is called `index` and is text.
///
/// Fields may be quoted, lines may end as on any system, blanks around fields are dropped, and a byte order mark at the
/// beginning is skipped. pandas: `read_csv`.
///
/// ```
/// use gradus::data::Csv;
/// let table = Csv::new().delimiter(';').missing(&["", "?"]).parse("pets.csv", b"name;legs\nRex;4\nTweety;?\n")?;
/// assert_eq!((table.len(), table.missing().total()), (2, 1));
/// # Ok::<(), gradus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Csv {
    delimiter: Option<char>,
    skip: usize,
    decimal: Option<char>,
    thousands: Option<char>,
    units: Vec<String>,
    header: Option<Vec<String>>,
    kinds: Vec<(String, Kind)>,
    missing: Vec<String>,
}

impl Default for Csv {
    fn default() -> Self {
        Self::new()
    }
}

impl Csv {
    /// Commas between fields, names in the first line, kinds from the values; a field is missing where it is empty or
    /// says `NA`.
    pub fn new() -> Self {
        Self {
            delimiter: None,
            skip: 0,
            decimal: None,
            thousands: None,
            units: Vec::new(),
            header: None,
            kinds: Vec::new(),
            missing: vec![String::new(), "NA".into()],
        }
    }

    /// Sets what stands between fields: `';'`, `'\t'`. A first line `sep=;`, as Excel writes it, says it too.
    #[must_use]
    pub fn delimiter(mut self, delimiter: char) -> Self {
        self.delimiter = Some(delimiter);
        self
    }

    /// Leaves out the first lines of the file: a title, or a header that is to be replaced by [`header`](Self::header).
    ///
    /// pandas: `skiprows`.
    #[must_use]
    pub fn skip_lines(mut self, lines: usize) -> Self {
        self.skip = lines;
        self
    }

    /// Sets what stands before the decimals of all numbers: `','` for `1,5`. Unless this or [`thousands`](Self::thousands) is said, each column
    /// shows it: as `1,5` does where `;` or a tab stands between fields, and `1,234.5`; `1,234` alone is refused.
    ///
    /// pandas: `decimal`.
    #[must_use]
    pub fn decimal(mut self, mark: char) -> Self {
        self.decimal = Some(mark);
        self
    }

    /// Sets what may stand between groups of digits in all numbers: `','` for `1,234`, `'.'`, `' '`, `'\''`.
    ///
    /// pandas: `thousands`.
    #[must_use]
    pub fn thousands(mut self, separator: char) -> Self {
        self.thousands = Some(separator);
        self
    }

    /// Leaves out these units before or behind numbers: `.units(&["kg", "$"])`. A mark of money or of shares that every value of a column has
    /// is left out without this: `$12.50` is 12.5, and `12 %` is 12.
    #[must_use]
    pub fn units(mut self, units: &[&str]) -> Self {
        self.units = units.iter().map(|unit| unit.trim().to_string()).collect();
        self
    }

    /// Names the columns of a file whose first line holds values already.
    #[must_use]
    pub fn header(mut self, names: &[&str]) -> Self {
        self.header = Some(names.iter().map(|name| (*name).to_string()).collect());
        self
    }

    /// These columns hold numbers: anything else in them is an error. A whole number beyond 2^53 is rounded to one that an `f64` holds;
    /// unless it is said that they are numbers, such a column is refused.
    #[must_use]
    pub fn numbers(self, columns: &[&str]) -> Self {
        self.kind(columns, Kind::Number)
    }

    /// These columns hold one of a few names, numbers included: `1`, `2` and `3` may be classes.
    #[must_use]
    pub fn categories(self, columns: &[&str]) -> Self {
        self.kind(columns, Kind::Category)
    }

    /// These columns are kept as they are and make no feature: names, identifiers, remarks.
    #[must_use]
    pub fn text(self, columns: &[&str]) -> Self {
        self.kind(columns, Kind::Text)
    }

    /// Sets what a field says where its value is missing, in place of nothing and `NA`.
    #[must_use]
    pub fn missing(mut self, markers: &[&str]) -> Self {
        self.missing = markers.iter().map(|marker| marker.trim().to_string()).collect();
        self
    }

    fn kind(mut self, columns: &[&str], kind: Kind) -> Self {
        // What is said last counts.
        self.kinds
            .extend(columns.iter().map(|name| ((*name).to_string(), kind)));
        self
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read, else as [`Csv::parse`].
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Table> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| Error::Io {
            path: path.into(),
            source,
        })?;
        self.parse(path, &bytes)
    }

    /// Reads the bytes of a file; `path` is for messages, and names the table.
    ///
    /// # Errors
    /// [`Error::File`], with line and column, where the bytes are not text in UTF-8, where there is no header or no row,
    /// where a column has no name or that of another, where a row has too many or too few fields, where quotes do not match, and where a
    /// column of numbers holds something else, NaN and infinity included. [`Error::Argument`] where a column is spoken
    /// of that the file does not have, or the delimiter is not one byte.
    pub fn parse(&self, path: impl AsRef<Path>, bytes: &[u8]) -> Result<Table> {
        let path = path.as_ref();
        let said = self.delimiter.map(delimiter_byte).transpose()?;
        let spelling = self.spelling()?;
        let opening = opening::of(decode(path, bytes)?, self.skip);
        let delimiter = said.or(opening.delimiter).unwrap_or(b',');
        quotes::check(path, opening.text, opening.line, delimiter)?;
        let mut records = records(path, opening.text, opening.line, delimiter)?;
        if said.or(opening.delimiter).is_none() {
            opening::check_delimiter(path, records.first())?;
        }
        let mut kinds: HashMap<&str, Kind> = self.kinds.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
        let (mut names, line) = match &self.header {
            Some(names) => (names.clone(), None),
            None => {
                let first = (!records.is_empty()).then(|| records.remove(0));
                let line = first.as_ref().map(|record| record.line);
                (header::read(path, first)?, line)
            }
        };
        header::trim(&mut names, &mut records);
        let index = if line.is_some() {
            header::name_index(&mut names)
        } else {
            None
        };
        if let Some(index) = &index {
            kinds.entry(index).or_insert(Kind::Text);
        }
        header::check(path, &names, line)?;
        self.check_columns(path, &names)?;
        if records.is_empty() {
            let expected = "at least one row below the header".into();
            let hint = "Check that the file is complete.";
            return Err(malformed(path, expected, "none".into(), hint));
        }
        header::check_widths(path, &records, &names, line)?;
        let typing = typing::Typing {
            path,
            rows: &records,
            missing: &self.missing,
            delimiter,
            spelling: spelling.as_ref(),
        };
        let said: Vec<Option<Kind>> = names.iter().map(|name| kinds.get(name.as_str()).copied()).collect();
        let columns = typing.columns(&names, &said)?;
        let lines = records.iter().map(|row| row.line).collect();
        Ok(Table::new(path, columns, lines))
    }

    /// How numbers are written, if that was said.
    fn spelling(&self) -> Result<Option<Spelling>> {
        let decimal = self.decimal.unwrap_or('.');
        let digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '"' | '\n' | '\r');
        let wrong = |what: &str, expected: &str, got: char| Error::Argument {
            what: format!("{what} in a CSV file"),
            expected: expected.into(),
            got: format!("{got:?}"),
        };
        if digit(decimal) {
            return Err(wrong("mark before decimals", "a character such as ',' or '.'", decimal));
        }
        if let Some(thousands) = self.thousands.filter(|&c| digit(c) || c == decimal) {
            let expected = format!("a character such as ' ', and another one than before decimals, {decimal:?}");
            return Err(wrong("separator of thousands", &expected, thousands));
        }
        let said = self.decimal.is_some() || self.thousands.is_some() || !self.units.is_empty();
        Ok(said.then(|| Spelling {
            decimal,
            thousands: self.thousands,
            units: self.units.clone(),
            strict: false,
        }))
    }

    fn check_columns(&self, path: &Path, names: &[String]) -> Result<()> {
        let known: HashSet<&String> = names.iter().collect();
        match self.kinds.iter().find(|(name, _)| !known.contains(name)) {
            None => Ok(()),
            Some((name, _)) => Err(Error::Argument {
                what: format!("column of {}", path.display()),
                expected: format!("one of {}", names.join(", ")),
                got: format!("{name:?}"),
            }),
        }
    }
}

impl Table {
    /// Reads a CSV file; [`Csv`] has the settings.
    ///
    /// # Errors
    /// As [`Csv::read`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Csv::new().read(path)
    }
}

fn delimiter_byte(delimiter: char) -> Result<u8> {
    let byte = u8::try_from(delimiter).ok().filter(u8::is_ascii);
    byte.filter(|b| !matches!(b, b'"' | b'\n' | b'\r'))
        .ok_or_else(|| Error::Argument {
            what: "delimiter of a CSV file".into(),
            expected: "a single character such as ',' or ';' or '\\t'".into(),
            got: format!("{delimiter:?}"),
        })
}
