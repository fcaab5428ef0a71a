//! Whether a file is the one that was meant.

use std::path::Path;

use crate::{Error, Result};

/// The SHA-256 of a file's content: 64 hexadecimal digits, as `sha256sum` prints them. A model's card names that of the weights
/// which it speaks of. Taught in notebook 24.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read.
pub fn sha256(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    gradus_data::sha256(path).map_err(|source| Error::Io {
        path: path.into(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_says() {
        // NIST FIPS 180-4, the example for `abc`.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&path).unwrap(), known);
        let missing = sha256(dir.path().join("none")).unwrap_err();
        assert!(missing.to_string().contains("none"), "{missing}");
    }
}
