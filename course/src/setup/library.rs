//! Brings the source of Rust's standard library, without which the kernel does not know the type of a variable.
//!
//! rustup installs it as the component `rust-src`, which is not among those that everyone has. The kernel's rust-analyzer
//! reads a copy without the processor instructions (`core::arch`), which are more text than all the rest together.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Progress;
use crate::files;
use crate::kernel::library::{copy, find};
use crate::process::output;
use crate::project::Project;

/// The processor instructions, below the library.
const INSTRUCTIONS: &str = "stdarch/crates/core_arch/src";
/// Folders of the library that no program uses.
const LEFT_OUT: [&str; 5] = ["coretests", "alloctests", "core_arch", "benches", "tests"];

/// What the copy depends on.
pub fn inputs() -> String {
    format!("{:?} {:?}", find(), output("rustc", &["-vV"]))
}

/// Installs it where it is missing, and makes the copy.
pub fn prepare(project: &Project, progress: &Progress) -> Result<()> {
    if find().is_none() {
        progress.say("rustup component add rust-src");
        let mut command = Command::new("rustup");
        command.args(["component", "add", "rust-src"]);
        // What counts is whether it is there afterwards.
        let _ = progress.command(command, &project.log("rust-src"), |line| Some(line.to_string()), "");
    }
    let Some(library) = find() else {
        bail!(
            "the source of Rust's standard library is missing, and without it the kernel does not know the types of \
             variables. Type: rustup component add rust-src (a Rust that comes from your system has a package rust-src)"
        )
    };
    let copy = copy(project);
    if copy.exists() {
        fs::remove_dir_all(&copy).with_context(|| format!("{} cannot be removed", copy.display()))?;
    }
    files::copy_tree(&library, &copy, &|name| LEFT_OUT.contains(&name))
        .with_context(|| format!("{} cannot be copied to {}", library.display(), copy.display()))?;
    if library.join(INSTRUCTIONS).join("mod.rs").is_file() {
        files::write(&copy.join(INSTRUCTIONS).join("mod.rs"), b"pub mod arch {}\n")?;
    }
    Ok(())
}
