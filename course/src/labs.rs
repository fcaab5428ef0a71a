//! The laboratories of the site: the package `labs/` in WebAssembly, beside its pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::project::Project;
use crate::setup::Progress;

const TARGET: &str = "wasm32-unknown-unknown";

/// What makes the laboratories [`possible`].
pub const INSTALL: &str = "rustup target add wasm32-unknown-unknown";

/// Whether the compiler here can make WebAssembly.
pub fn possible() -> bool {
    Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .is_ok_and(|said| said.status.success() && holds_core(Path::new(String::from_utf8_lossy(&said.stdout).trim())))
}

/// A target is there when its standard library is: rustc names the folder in either case.
fn holds_core(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.any(|name| name.starts_with("libcore-"))
    })
}

/// Compiles the laboratories and lays them out in a folder, as any web server can give them.
pub fn build(project: &Project, progress: &Progress) -> Result<PathBuf> {
    let target = project.state("labs/target");
    let mut command = Command::new("cargo");
    command
        .args([
            "build",
            "--package",
            "gradus-labs",
            "--lib",
            "--profile",
            "labs",
            "--target",
            TARGET,
            "--target-dir",
        ])
        .arg(&target)
        .current_dir(project.root());
    progress.command(command, &project.log("labs"), |line| Some(line.trim().to_string()), "")?;
    let out = project.state("labs/pages");
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("{} cannot be removed", out.display()))?;
    }
    fs::create_dir_all(&out).with_context(|| format!("{} cannot be made", out.display()))?;
    copy(&target.join(TARGET).join("labs/gradus_labs.wasm"), &out)?;
    let pages = project.root().join("labs/pages");
    for entry in fs::read_dir(&pages).with_context(|| format!("{} cannot be read", pages.display()))? {
        copy(&entry?.path(), &out)?;
    }
    Ok(out)
}

fn copy(file: &Path, folder: &Path) -> Result<()> {
    let to = folder.join(file.file_name().unwrap_or_default());
    fs::copy(file, &to).with_context(|| format!("{} cannot be copied to {}", file.display(), to.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_without_its_library_is_not_there() -> Result<()> {
        let folder = tempfile::tempdir()?;
        assert!(!holds_core(&folder.path().join("nowhere")));
        assert!(!holds_core(folder.path()));
        fs::write(folder.path().join("libcore-0123.rlib"), b"")?;
        assert!(holds_core(folder.path()));
        Ok(())
    }
}
