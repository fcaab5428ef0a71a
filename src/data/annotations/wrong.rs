//! What is said of a file that is no annotation.

use std::path::Path;

use crate::Error;

pub(super) fn wrong(path: &Path, expected: &str, got: String) -> Error {
    Error::File {
        path: path.into(),
        expected: expected.into(),
        got,
        hint: "Replace the file, or leave its picture out".into(),
    }
}
