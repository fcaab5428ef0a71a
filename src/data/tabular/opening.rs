//! What stands at the beginning of a file: Excel's line `sep=;`, lines to leave out, and the delimiter that the first line shows.

use std::path::Path;

use super::malformed::malformed;
use super::record::Record;
use crate::Result;

/// The part of a file that is a table.
pub(super) struct Opening<'a> {
    pub text: &'a str,
    /// The line that it begins in.
    pub line: usize,
    /// The delimiter that the file itself names.
    pub delimiter: Option<u8>,
}

/// The text behind the first `skip` lines, and behind a line `sep=;` if it begins with one.
pub(super) fn of(text: &str, skip: usize) -> Opening<'_> {
    let (mut rest, mut line) = (text, 1);
    let first = rest.lines().next().unwrap_or_default().trim_matches(['"', '\r', '\n']);
    let named = first
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("sep="))
        .map(|_| &first[4..]);
    let delimiter = match named.map(str::as_bytes) {
        Some(&[byte]) if byte.is_ascii() => Some(byte),
        _ => None,
    };
    for _ in 0..skip.max(usize::from(delimiter.is_some())) {
        let Some(end) = rest.find(['\n', '\r']) else {
            rest = "";
            break;
        };
        let wide = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        (rest, line) = (&rest[end + wide..], line + 1);
    }
    Opening {
        text: rest,
        line,
        delimiter,
    }
}

/// A first line that is one field for commas, and several for another delimiter, when no delimiter was said.
pub(super) fn check_delimiter(path: &Path, first: Option<&Record>) -> Result<()> {
    let Some([only]) = first.map(|record| record.fields.as_slice()) else {
        return Ok(());
    };
    let Some(other) = [';', '\t', '|'].into_iter().find(|&c| only.contains(c)) else {
        return Ok(());
    };
    let line = first.map_or(1, |record| record.line);
    let expected = format!("fields with commas between them in line {line}");
    let hint = format!(
        "Where {other:?} stands between the fields: .delimiter({other:?}). If it is one field: .delimiter(',')."
    );
    Err(malformed(path, expected, format!("one field, {only:?}"), &hint))
}
