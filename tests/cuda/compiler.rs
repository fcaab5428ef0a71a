//! Shared libraries made from C and C++ while a test runs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles `source` with the system's C or C++ compiler (`cc`, `c++`, or what `CC` and `CXX` name) to the library `name` in
/// `folder`.
///
/// # Panics
/// Where there is no compiler, or it refuses the source.
pub fn library(folder: &Path, name: &str, source: &str, cpp: bool) -> PathBuf {
    let (variable, usual, end) = if cpp { ("CXX", "c++", "cpp") } else { ("CC", "cc", "c") };
    let compiler = std::env::var(variable).unwrap_or_else(|_| usual.into());
    let (text, made) = (
        folder.join(format!("{name}.{end}")),
        folder.join(format!("lib{name}.so")),
    );
    std::fs::write(&text, source).expect("a file in the folder of the test");
    let mut command = Command::new(&compiler);
    command.args(["-shared", "-fPIC", "-O1"]);
    if cpp {
        // Sums as they are written, as on the CPU.
        command.args([
            "-std=c++17",
            "-ffp-contract=off",
            "-Wall",
            "-Wno-unused-function",
            "-Wno-unknown-pragmas",
        ]);
    }
    let output = command.arg(&text).arg("-o").arg(&made).output();
    let output =
        output.unwrap_or_else(|error| panic!("{compiler}: {error}. Install a C++ compiler (Debian: build-essential)"));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "{compiler} refuses {}:\n{words}",
        text.display()
    );
    made
}
