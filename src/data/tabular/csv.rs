//! Reading a CSV file.

use std::fs;
use std::path::Path;

use super::column::Kind;
use super::header;
use super::malformed::malformed;
use super::quotes;
use super::record::{Record, decode, records};
use super::table::Table;
use super::typing;
use crate::{Error, Result};

/// How a CSV file is to be read.
///
/// The first line names the columns, unless [`header`](Self::header) does. What a column holds is found out from its
/// values, or said with [`numbers`](Self::numbers), [`categories`](Self::categories) and [`text`](Self::text): a column
/// is *numbers* if every value is one, a *category* if it has few different values (50 at most, each at least twice on
/// average), else *text*. A column in which nearly all values are numbers and some are not is refused: that is mostly a mistake in the file.
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
    delimiter: char,
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
            delimiter: ',',
            header: None,
            kinds: Vec::new(),
            missing: vec![String::new(), "NA".into()],
        }
    }

    /// Sets what stands between fields: `';'`, `'\t'`.
    #[must_use]
    pub fn delimiter(mut self, delimiter: char) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Names the columns of a file whose first line holds values already.
    #[must_use]
    pub fn header(mut self, names: &[&str]) -> Self {
        self.header = Some(names.iter().map(|name| (*name).to_string()).collect());
        self
    }

    /// These columns hold numbers: anything else in them is an error.
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
        for name in columns {
            self.kinds.retain(|(known, _)| known != name);
            self.kinds.push(((*name).to_string(), kind));
        }
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
        let delimiter = self.delimiter_byte()?;
        let text = decode(path, bytes)?;
        quotes::check(path, text, delimiter)?;
        let mut records = records(path, text, delimiter)?.into_iter();
        let names = match &self.header {
            Some(names) => names.clone(),
            None => header::read(path, records.next().map(|record| record.fields))?,
        };
        header::check(path, &names)?;
        self.check_columns(path, &names)?;
        let rows: Vec<Record> = records.collect();
        if rows.is_empty() {
            let expected = "at least one row below the header".into();
            return Err(malformed(
                path,
                expected,
                "none".into(),
                "Check that the file is complete.",
            ));
        }
        check_widths(path, &rows, &names)?;
        let typed = typing::Typing {
            path,
            rows: &rows,
            missing: &self.missing,
        };
        let columns = names.iter().enumerate().map(|(i, name)| {
            let kind = self
                .kinds
                .iter()
                .find(|(column, _)| column == name)
                .map(|found| found.1);
            typed.column(i, name, kind)
        });
        let columns = columns.collect::<Result<_>>()?;
        let lines = rows.iter().map(|row| row.line).collect();
        Ok(Table::new(path, columns, lines))
    }

    fn delimiter_byte(&self) -> Result<u8> {
        let byte = u8::try_from(self.delimiter).ok().filter(u8::is_ascii);
        byte.filter(|b| !matches!(b, b'"' | b'\n' | b'\r'))
            .ok_or_else(|| Error::Argument {
                what: "delimiter of a CSV file".into(),
                expected: "a single character such as ',' or ';' or '\\t'".into(),
                got: format!("{:?}", self.delimiter),
            })
    }

    fn check_columns(&self, path: &Path, names: &[String]) -> Result<()> {
        match self.kinds.iter().find(|(name, _)| !names.contains(name)) {
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

fn check_widths(path: &Path, rows: &[Record], names: &[String]) -> Result<()> {
    let Some(row) = rows.iter().find(|row| row.fields.len() != names.len()) else {
        return Ok(());
    };
    let (line, got) = (row.line, row.fields.len());
    // Where the first field too many stands, or the first that is not there.
    let column = got.min(names.len()) + 1;
    let expected = format!(
        "{} fields in line {line}, one for each column of the header",
        names.len()
    );
    let (got, hint) = if got > names.len() {
        let surplus = &row.fields[column - 1];
        let hint = "A field that holds the delimiter must stand in quotes.";
        (
            format!("{got}; the first too many is column {column}, {surplus:?}"),
            hint,
        )
    } else {
        let hint = "Check that the line is complete and that the delimiter is right.";
        (
            format!("{got}; there is no column {column}, {:?}", names[column - 1]),
            hint,
        )
    };
    Err(malformed(path, expected, got, hint))
}
