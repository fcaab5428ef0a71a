//! Compiling the kernel, where there is none ready-made.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};

use crate::kernel::VERSION;
use crate::project::Project;
use crate::setup::Progress;

/// How many crates it is made of, for the progress line only.
const CRATES: usize = 228;

/// Compiles the kernel into `root`, or else into cargo's own folder.
pub fn compile(project: &Project, root: Option<PathBuf>, progress: &Progress) -> Result<()> {
    let target = project.state("build");
    let mut command = Command::new("cargo");
    command.args(["install", "--locked", "evcxr_jupyter", "--version", VERSION]);
    command.args(root.iter().flat_map(|root| ["--root".as_ref(), root.as_os_str()]));
    // A folder of our own: an interrupted build goes on where it stopped.
    command.env("CARGO_TARGET_DIR", &target);
    // 5 minutes instead of 17 on two cores; the cells, which rustc compiles, take as long as before.
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "64");
    command.env("CARGO_PROFILE_RELEASE_LTO", "off");
    let done = AtomicUsize::new(0);
    let show = |line: &str| {
        let line = line.trim();
        let crate_name = line.strip_prefix("Compiling ");
        let number = done.fetch_add(usize::from(crate_name.is_some()), Ordering::Relaxed) + 1;
        match crate_name {
            Some(name) => Some(format!("{} of about {CRATES}: {name}", number.min(CRATES))),
            None => line.starts_with("Download").then(|| line.to_string()),
        }
    };
    progress.say("about 5 minutes on two cores");
    let hint = "Is there a network, a C linker (Debian, Ubuntu: sudo apt install build-essential) and 2 GB on the disk? \
                Then type the same command again: it goes on where it stopped.";
    progress.command(command, &project.log("evcxr"), show, hint)?;
    forget_build(project)
}

/// Removes what a build of the kernel left behind.
pub fn forget_build(project: &Project) -> Result<()> {
    let target = project.state("build");
    if target.exists() {
        fs::remove_dir_all(&target).with_context(|| format!("{} cannot be removed", target.display()))?;
    }
    Ok(())
}
