//! The Rust kernel: `evcxr_jupyter` of one version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};

use super::Progress;
use crate::files;
use crate::kernel::{Kernel, Launch};
use crate::project::Project;

/// The version that the course is written for and tested with.
pub const VERSION: &str = "0.22.0";
/// How many crates it is made of, for the progress line only.
const CRATES: usize = 228;

/// The kernel of the right version: the project's own, or one on PATH or in cargo's folder.
pub fn find(project: &Project) -> Result<Option<PathBuf>> {
    let stamp = project.state("stamps/evcxr");
    let known = fs::read_to_string(&stamp).unwrap_or_default();
    for program in candidates(project) {
        let identity = format!("{} {:?} {VERSION}", program.display(), files::version_of(&program));
        if known == identity {
            return Ok(Some(program));
        }
        // The program has no --version: the version is in its first answer.
        match version(project, &program) {
            Ok(found) if found == VERSION => {
                files::write(&stamp, identity.as_bytes())?;
                return Ok(Some(program));
            }
            Ok(found) => println!("{} is version {found}; the course uses {VERSION}.", program.display()),
            Err(error) => println!("{} does not answer: {error:#}", program.display()),
        }
    }
    Ok(None)
}

/// The kernel that set-up found.
pub fn known(project: &Project) -> Result<PathBuf> {
    find(project)?.context("the Rust kernel is not installed; type: cargo course setup")
}

/// Every kernel on this machine, whatever its version.
pub fn candidates(project: &Project) -> Vec<PathBuf> {
    let name = if cfg!(windows) {
        "evcxr_jupyter.exe"
    } else {
        "evcxr_jupyter"
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [own_root(project).join("bin")]
        .into_iter()
        .chain(std::env::split_paths(&path))
        .chain(cargo_bin());
    let mut found: Vec<PathBuf> = Vec::new();
    for program in folders
        .map(|folder| folder.join(name))
        .filter(|program| program.is_file())
    {
        if !found.contains(&program) {
            found.push(program);
        }
    }
    found
}

/// Asks a kernel for its version.
pub fn version(project: &Project, program: &Path) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let launch = Launch::new(project, program.to_path_buf())?;
        let kernel = Kernel::start(launch, project.root(), &project.log("kernel-version")).await?;
        let version = kernel.version().to_string();
        kernel.shutdown().await;
        Ok(version)
    })
}

fn cargo_bin() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    Some(home.or_else(|| Some(std::env::home_dir()?.join(".cargo")))?.join("bin"))
}

/// Where the kernel goes when cargo's own folder holds another version, which stays as it is.
fn own_root(project: &Project) -> PathBuf {
    project.state("cargo")
}

/// Installs the kernel: ready-made through `cargo binstall` where that is installed, else compiled.
pub fn install(project: &Project, progress: &Progress) -> Result<()> {
    let other_version = !candidates(project).is_empty();
    let root = other_version.then(|| own_root(project));
    if has_binstall() {
        progress.say("cargo binstall");
        let mut command = Command::new("cargo");
        command.args(["binstall", "--no-confirm", "--version", VERSION, "evcxr_jupyter"]);
        command.args(root.iter().flat_map(|root| ["--root".as_ref(), root.as_os_str()]));
        if progress
            .command(command, &project.log("binstall"), |line| Some(line.to_string()), "")
            .is_ok()
        {
            return Ok(());
        }
    }
    compile(project, root, progress)
}

fn has_binstall() -> bool {
    Command::new("cargo")
        .args(["binstall", "-V"])
        .output()
        .is_ok_and(|output| output.status.success())
}

fn compile(project: &Project, root: Option<PathBuf>, progress: &Progress) -> Result<()> {
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
