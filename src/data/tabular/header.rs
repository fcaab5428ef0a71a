//! The names of the columns.

use std::collections::HashMap;
use std::path::Path;

use super::malformed::malformed;
use crate::Result;

const HINT: &str = "For a file without a header, name the columns with Csv::new().header(&[...]).";

/// The names in the first line.
pub(super) fn read(path: &Path, first: Option<Vec<String>>) -> Result<Vec<String>> {
    let Some(names) = first else {
        let expected = "a header line with the names of the columns".into();
        return Err(malformed(
            path,
            expected,
            "an empty file".into(),
            "Check that the file is complete.",
        ));
    };
    // Years may be names; a number with a decimal point is a value.
    let value = |name: &String| name.contains('.') && name.parse::<f64>().is_ok();
    if let Some(column) = names.iter().position(value) {
        let expected = "names of columns in the first line".into();
        let got = format!("the number {} in line 1, column {}", names[column], column + 1);
        return Err(malformed(path, expected, got, HINT));
    }
    Ok(names)
}

/// Every column must have a name, and one of its own.
pub(super) fn check(path: &Path, names: &[String]) -> Result<()> {
    let mut seen = HashMap::new();
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            let expected = format!("a name for column {} in the header", i + 1);
            return Err(malformed(path, expected, "nothing".into(), HINT));
        }
        if let Some(before) = seen.insert(name, i + 1) {
            let expected = format!("different names for columns {before} and {} in the header", i + 1);
            return Err(malformed(path, expected, format!("{name:?} twice"), HINT));
        }
    }
    Ok(())
}
