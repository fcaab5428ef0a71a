//! Build folders for the kernel that outlive it.
//!
//! evcxr compiles every cell in a package of its own, in a temporary folder that it deletes. Then each kernel would
//! compile the whole crate anew (evcxr's own cache covers crates from the registry, not this one). With a folder
//! that stays, cargo finds everything compiled. Two kernels must not share a folder, so each takes a numbered one
//! and holds a lock on it for as long as it lives.

use std::fs::{self, DirEntry, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::inputs::inputs;
use crate::files;
use crate::project::Project;

/// More kernels than this at a time do not fit into a learner's memory.
const SLOTS: usize = 32;

/// A build folder, and the open file whose lock reserves it.
#[derive(Debug)]
pub struct Slot {
    /// The folder.
    pub folder: PathBuf,
    /// Held by the kernel process (as its standard input), so the folder is free the moment the kernel ends.
    pub lock: File,
}

impl Slot {
    /// Takes the first free folder; a new one starts as a copy of the first, which set-up has filled.
    pub fn take(project: &Project) -> Result<Self> {
        let parent = project.state("kernel");
        fs::create_dir_all(&parent).with_context(|| format!("{} cannot be made", parent.display()))?;
        for number in 0..SLOTS {
            let path = parent.join(format!("{number}.lock"));
            let lock = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .read(true)
                .open(&path);
            let lock = lock.with_context(|| format!("{} cannot be opened", path.display()))?;
            match lock.try_lock() {
                Ok(()) => {
                    let slot = Self {
                        folder: parent.join(number.to_string()),
                        lock,
                    };
                    slot.prepare(project, &parent)?;
                    return Ok(slot);
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
                }
            }
        }
        bail!("{SLOTS} kernels run already: shut some down (JupyterLab: Kernel, Shut Down All Kernels)")
    }

    fn prepare(&self, project: &Project, parent: &Path) -> Result<()> {
        let inputs = inputs(project)?;
        if !is_warm(&self.folder, &inputs) {
            let warm = (0..SLOTS).map(|number| parent.join(number.to_string()));
            if let Some(other) = warm.into_iter().find(|other| is_warm(other, &inputs)) {
                // Only a head start: if it fails, the first cell of this kernel compiles what it needs.
                let _ = self.become_like(&other, &inputs);
            }
        }
        self.remove_old_cells();
        self.seed_lock_file(project)
    }

    fn become_like(&self, other: &Path, inputs: &str) -> Result<()> {
        let target = self.folder.join("target");
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        files::copy_tree(&other.join("target"), &target, &belongs_to_cells)?;
        mark_warm(&self.folder, inputs)
    }

    /// Whether the crate as it is now lies compiled in this folder.
    pub fn is_warm(&self, project: &Project) -> Result<bool> {
        Ok(is_warm(&self.folder, &inputs(project)?))
    }

    /// The libraries of the cells of the kernel that was here before.
    fn remove_old_cells(&self) {
        for library in cell_libraries(&self.folder) {
            let _ = fs::remove_file(library.path());
        }
    }

    /// Cells link the versions that the project's lock file names, and need no network to find them.
    fn seed_lock_file(&self, project: &Project) -> Result<()> {
        let ours = fs::read(project.root().join("Cargo.lock")).unwrap_or_default();
        let seed = self.folder.join("seed.lock");
        if fs::read(&seed).is_ok_and(|old| old == ours) && self.folder.join("Cargo.lock").exists() {
            return Ok(());
        }
        files::write(&self.folder.join("Cargo.lock"), &ours)?;
        files::write(&seed, &ours)
    }
}

fn is_warm(folder: &Path, inputs: &str) -> bool {
    fs::read_to_string(folder.join("warm")).is_ok_and(|warm| warm == inputs) && folder.join("target").is_dir()
}

/// Notes that the crate was compiled in a build folder from `inputs`.
pub fn mark_warm(folder: &Path, inputs: &str) -> Result<()> {
    files::write(&folder.join("warm"), inputs.as_bytes())
}

/// The libraries of the cells that were compiled in a build folder, one for each.
pub fn cell_libraries(build: &Path) -> Vec<DirEntry> {
    let targets = fs::read_dir(build.join("target")).into_iter().flatten().flatten();
    let built = targets.filter_map(|target| fs::read_dir(target.path().join("debug")).ok());
    let is_cell = |entry: &DirEntry| {
        entry
            .file_name()
            .to_string_lossy()
            .trim_start_matches("lib")
            .starts_with("code_")
    };
    built.flatten().flatten().filter(is_cell).collect()
}

/// `ctx` is the name of the package that evcxr compiles a cell as.
fn belongs_to_cells(name: &str) -> bool {
    name.starts_with("libcode_") || name.starts_with("ctx-") || name.starts_with("libctx") || name == "incremental"
}
