//! Quotation marks that do not belong where they stand.
//!
//! The `csv` crate reads any bytes as some table: a quote that is never closed swallows the rest of the file. So the
//! quotes are checked first, by the rules of RFC 4180.

use std::path::Path;

use super::malformed::malformed;
use crate::Result;

/// Where the scan stands.
enum At {
    /// At the beginning of a field.
    Start,
    /// Behind blanks at the beginning of a field.
    Blank,
    /// In a field without quotes.
    Plain,
    /// In a quoted field, which began there.
    Quoted(usize, usize),
    /// Behind a quote inside a quoted field: its end, or the first half of a doubled quote.
    Closed(usize, usize),
}

/// Checks that every field which begins with a quote ends with one, and that nothing follows it. The text begins in that line.
pub(super) fn check(path: &Path, text: &str, line: usize, delimiter: u8) -> Result<()> {
    let (mut line, mut column, mut at) = (line, 1, At::Start);
    for &byte in text.as_bytes() {
        let newline = byte == b'\n' || byte == b'\r';
        at = match (at, byte) {
            (At::Quoted(l, c), b'"') => At::Closed(l, c),
            (At::Quoted(l, c), _) => At::Quoted(l, c),
            (At::Closed(l, c), b'"') => At::Quoted(l, c),
            (At::Start, b'"') => At::Quoted(line, column),
            (_, b) if b == delimiter || newline => At::Start,
            (At::Start | At::Blank, b' ' | b'\t') => At::Blank,
            (At::Blank, b'"') => {
                let expected = format!("the quote of line {line}, column {column}, right behind the delimiter");
                return Err(malformed(
                    path,
                    expected,
                    "blanks before it".into(),
                    "Delete the blanks.",
                ));
            }
            (At::Closed(l, c), b' ' | b'\t') => At::Closed(l, c),
            (At::Closed(l, c), _) => {
                let expected = format!("a delimiter behind the quoted field of line {l}, column {c}");
                let hint = "A quote inside a quoted field is written twice: \"\".";
                return Err(malformed(path, expected, format!("byte {:?}", char::from(byte)), hint));
            }
            (At::Start | At::Blank | At::Plain, _) => At::Plain,
        };
        if byte == delimiter && matches!(at, At::Start) {
            column += 1;
        }
        if byte == b'\n' {
            line += 1;
        }
        if newline && matches!(at, At::Start) {
            column = 1;
        }
    }
    if let At::Quoted(line, column) = at {
        let expected = format!("the closing quote of the field that begins in line {line}, column {column}");
        let hint = "Close it, or delete the opening quote.";
        return Err(malformed(path, expected, "the end of the file".into(), hint));
    }
    Ok(())
}
