//! The Rust kernel: `evcxr_jupyter` of one version.

mod compile;
mod ready_made;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Progress;
use crate::files;
use crate::kernel::{Kernel, Launch, VERSION};
use crate::project::Project;
pub use compile::forget_build;
use ready_made::PROGRAM;

/// How the kernel is to be had.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Way {
    /// As its authors compiled it, where they did for this system and the download succeeds.
    #[default]
    ReadyMade,
    /// Compiled here.
    Compile,
}

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
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [own_root(project).join("bin")]
        .into_iter()
        .chain(std::env::split_paths(&path))
        .chain(cargo_bin());
    let mut found: Vec<PathBuf> = Vec::new();
    for program in folders
        .map(|folder| folder.join(PROGRAM))
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

/// Where a ready-made kernel goes, and a compiled one when cargo's own folder holds another version, which stays as it is.
fn own_root(project: &Project) -> PathBuf {
    project.state("cargo")
}

/// Installs the kernel: ready-made where there is one for this system, else compiled.
pub fn install(project: &Project, way: Way, progress: &Progress) -> Result<()> {
    let archive = match way {
        Way::ReadyMade => ready_made::archive(),
        Way::Compile => None,
    };
    if let Some(archive) = archive.filter(|_| !is_offline()) {
        let folder = own_root(project).join("bin");
        let ask = |program: &Path| version(project, program);
        match ready_made::install(&ready_made::releases(), &archive, &folder, progress, ask) {
            Ok(_) => return Ok(()),
            Err(error) => println!("No ready-made kernel, so it is compiled. {error:#}"),
        }
    }
    let other_version = !candidates(project).is_empty();
    compile::compile(project, other_version.then(|| own_root(project)), progress)
}

fn is_offline() -> bool {
    gradus_data::Cache::from_env().is_ok_and(|cache| cache.is_offline())
}
