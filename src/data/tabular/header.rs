//! The names of the columns, and whether every row has a field for each.

use std::collections::HashMap;
use std::path::Path;

use super::malformed::malformed;
use super::record::Record;
use crate::Result;

/// The names in the first line.
pub(super) fn read(path: &Path, first: Option<Record>) -> Result<Vec<String>> {
    let Some(Record { line, fields: names }) = first else {
        let expected = "a header line with the names of the columns".into();
        return Err(malformed(
            path,
            expected,
            "an empty file".into(),
            "Check that the file is complete.",
        ));
    };
    // Years may be names; a number with a decimal point is a value.
    let value = |name: &String| name.contains(['.', ',']) && name.replace(',', ".").parse::<f64>().is_ok();
    if let Some(column) = names.iter().position(value) {
        let expected = format!("names of columns in line {line}");
        let got = format!("the number {} in line {line}, column {}", names[column], column + 1);
        let hint = "For a file without a header, name the columns with Csv::new().header(&[...]).";
        return Err(malformed(path, expected, got, hint));
    }
    Ok(names)
}

/// Leaves out what delimiters at the end of lines make: fields without a name and without a value.
pub(super) fn trim(names: &mut Vec<String>, rows: &mut [Record]) {
    let empty = |rows: &[Record], at: usize| rows.iter().all(|row| row.fields.get(at).is_none_or(String::is_empty));
    while names.len() > 1 && names.last().is_some_and(String::is_empty) && empty(rows, names.len() - 1) {
        names.pop();
    }
    for row in rows {
        if row.fields.iter().skip(names.len()).all(String::is_empty) {
            row.fields.truncate(names.len());
        }
    }
}

/// The name of a first column that has none, as pandas writes its index: a column that is kept, but makes no feature.
pub(super) fn name_index(names: &mut [String]) -> Option<String> {
    if names.len() < 2 || !names[0].is_empty() || names[1..].iter().any(String::is_empty) {
        return None;
    }
    let free = ["index", "Unnamed: 0", "row"]
        .into_iter()
        .find(|name| names.iter().all(|taken| taken != name))?;
    names[0] = free.into();
    Some(free.into())
}

/// Every column must have a name, and one of its own. `line` is the one they stand in, unless the program gave them.
pub(super) fn check(path: &Path, names: &[String], line: Option<usize>) -> Result<()> {
    let hint = match line {
        None => "Correct the list given to Csv::header.".to_string(),
        Some(line) => format!(
            "Correct it in the file, or name all columns in the program: Csv::new().skip_lines({line}).header(&[...])."
        ),
    };
    let mut seen = HashMap::new();
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            let expected = format!("a name for column {} in the header", i + 1);
            return Err(malformed(path, expected, "nothing".into(), &hint));
        }
        if let Some(before) = seen.insert(name, i + 1) {
            let expected = format!("different names for columns {before} and {} in the header", i + 1);
            return Err(malformed(path, expected, format!("{name:?} twice"), &hint));
        }
    }
    Ok(())
}

/// Every row must have a field for each name.
pub(super) fn check_widths(path: &Path, rows: &[Record], names: &[String], header: Option<usize>) -> Result<()> {
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
    if got < names.len() {
        let got = format!("{got}; there is no column {column}, {:?}", names[column - 1]);
        let hint = "Check that the line is complete and that the delimiter is right.";
        return Err(malformed(path, expected, got, hint));
    }
    let got = format!(
        "{got}; the first too many is column {column}, {:?}",
        row.fields[column - 1]
    );
    let all = rows.len() > 1 && rows.iter().all(|row| row.fields.len() == names.len() + 1);
    let hint = match header {
        Some(line) if all => format!(
            "All rows have one field more than there are names. If the first one, which names the row, has no heading: \
             Csv::new().skip_lines({line}).header(&[...]). A field that holds the delimiter must stand in quotes."
        ),
        _ => "A field that holds the delimiter must stand in quotes.".into(),
    };
    Err(malformed(path, expected, got, &hint))
}
