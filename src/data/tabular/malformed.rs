//! What is said of a file that cannot be read as a table, and of a table that is of no use.

use std::path::Path;

use super::table::Table;
use crate::Error;

/// An error that names the file.
pub(super) fn malformed(path: &Path, expected: String, got: String, hint: &str) -> Error {
    Error::File {
        path: path.into(),
        expected,
        got,
        hint: hint.into(),
    }
}

/// A demand that a table does not meet.
pub(super) fn unfit(table: &Table, what: &str, expected: &str, got: String) -> Error {
    Error::Argument {
        what: format!("{what} of {}", table.name),
        expected: expected.into(),
        got,
    }
}
