//! Reading a CSV file.

use std::fs;
use std::path::Path;

use super::column::Kind;
use super::header;
use super::quotes;
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

/// A line of the file, or a few where a quoted field has line breaks.
pub(super) struct Record {
    pub line: usize,
    pub fields: Vec<String>,
}

/// An error that names the file.
pub(super) fn malformed(path: &Path, expected: String, got: String, hint: &str) -> Error {
    Error::File {
        path: path.into(),
        expected,
        got,
        hint: hint.into(),
    }
}

/// The text of a file in UTF-8, with or without a byte order mark.
fn decode<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str> {
    let hint = "Save it as \"CSV, UTF-8\" from the program that made it.";
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(malformed(path, "text in UTF-8".into(), "text in UTF-16".into(), hint));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
        let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let column = 1 + String::from_utf8_lossy(&before[start..]).chars().count();
        let byte = bytes[error.valid_up_to()];
        let got = format!("byte 0x{byte:02x} in line {line}, character {column}");
        malformed(path, "text in UTF-8".into(), got, hint)
    })
}

/// All records, the header among them; empty lines are skipped.
fn records(path: &Path, text: &str, delimiter: u8) -> Result<Vec<Record>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut lines = Lines {
        bytes: text.as_bytes(),
        at: 0,
        line: 1,
    };
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let hint = "Check that it is a CSV file.";
            malformed(path, "comma-separated values".into(), error.to_string(), hint)
        })?;
        let start = record.position().map_or(0, csv::Position::byte);
        records.push(Record {
            line: lines.of(start as usize),
            fields: record.iter().map(|field| field.trim().to_string()).collect(),
        });
    }
    Ok(records)
}

/// Counts lines, whatever they end with.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line of the first byte from `start` on that ends no line. `start` must not decrease.
    fn of(&mut self, start: usize) -> usize {
        let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let blank = self.bytes[start..].iter().take_while(|byte| ends(byte)).count();
        while self.at < start + blank {
            let byte = self.bytes[self.at];
            // "\r\n" is one end of a line, counted at its second half.
            let half = byte == b'\r' && self.bytes.get(self.at + 1) == Some(&b'\n');
            self.line += usize::from(ends(&byte) && !half);
            self.at += 1;
        }
        self.line
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
