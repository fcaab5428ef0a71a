//! Where the source of Rust's standard library lies, without which the kernel does not know the type of a variable.

use std::path::{Path, PathBuf};

use crate::process::output;
use crate::project::Project;

/// Where rustup puts it, if it is installed.
pub fn find() -> Option<PathBuf> {
    let sysroot = output("rustc", &["--print", "sysroot"])?;
    let library = Path::new(&sysroot).join("lib/rustlib/src/rust/library");
    library.join("core/src/lib.rs").is_file().then_some(library)
}

/// The kernel's copy, which set-up makes.
pub fn copy(project: &Project) -> PathBuf {
    project.state("analyzer/library")
}
