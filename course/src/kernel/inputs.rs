//! What the crate that was compiled for the notebooks depends on.

use anyhow::Result;

use super::library;
use crate::files;
use crate::process::output;
use crate::project::Project;

/// The version of evcxr that the course is written for and tested with.
pub const VERSION: &str = "0.22.0";
/// The sources that are compiled, and how.
const PATHS: [&str; 8] = [
    "Cargo.lock",
    "Cargo.toml",
    ".cargo/config.toml",
    "src",
    "data/src",
    "data/Cargo.toml",
    "notebooks/runtime",
    "notebooks/graders",
];

/// A text that changes when the crate has to be compiled anew.
pub fn inputs(project: &Project) -> Result<String> {
    let paths = PATHS.map(|name| project.root().join(name));
    let sources = files::fingerprint(&paths);
    let rustc = output("rustc", &["-vV"]).unwrap_or_default();
    let library = library::find().is_some();
    Ok(format!("evcxr {VERSION}\n{rustc}\n{sources:x}\nlibrary {library}\n"))
}
