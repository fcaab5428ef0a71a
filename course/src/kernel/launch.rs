//! Starting the kernel with the project's settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::analyzer::Homes;
use super::library;
use super::settings;
use super::slot::Slot;
use crate::project::Project;

/// The variable by which the crate learns of a budget.
const BUDGET: &str = "GRADUS_BUDGET";

/// A kernel that can be started: the program, and a build folder of its own.
pub struct Launch {
    program: PathBuf,
    slot: Slot,
    config: PathBuf,
    homes: Option<Homes>,
    library: PathBuf,
    no_jupyter: PathBuf,
    budget: Option<f64>,
}

impl Launch {
    /// Reserves a build folder for the kernel at `program`.
    pub fn new(project: &Project, program: PathBuf) -> Result<Self> {
        let slot = Slot::take(project)?;
        let homes = Homes::prepare(project);
        Ok(Self {
            program,
            config: settings::write(project, homes.as_ref(), slot.is_warm(project)?)?,
            homes,
            library: library::copy(project),
            slot,
            no_jupyter: project.state("jupyter/none"),
            budget: None,
        })
    }

    /// Lets no training take more than so many seconds.
    pub fn with_budget(self, budget: Option<f64>) -> Self {
        Self { budget, ..self }
    }

    /// The folder in which the kernel builds the cells.
    pub fn build_folder(&self) -> &Path {
        &self.slot.folder
    }

    /// The command that starts it; `connection` is the file that names its ports.
    pub fn command(self, connection: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--control_file").arg(connection);
        for (name, _) in std::env::vars_os() {
            if set_by_cargo(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        if let Some(paths) = library_paths() {
            command.env("LD_LIBRARY_PATH", paths);
        }
        if self.library.is_dir() {
            command.env("RUST_SRC_PATH", &self.library);
        }
        for (name, path) in self.homes.iter().flat_map(Homes::environment) {
            command.env(name, path);
        }
        // A budget is what the caller says, not what happens to be set.
        command.env_remove(BUDGET);
        command.envs(self.budget.map(|seconds| (BUDGET, seconds.to_string())));
        // Without this, glibc gives the memory of every large tensor back to the system and takes it anew in each step of
        // a training: 39 % of the processor time of a small CNN, where that was measured.
        command
            .env("MALLOC_MMAP_THRESHOLD_", "4294967296")
            .env("MALLOC_TRIM_THRESHOLD_", "4294967296")
            .env("MALLOC_TOP_PAD_", "67108864")
            .env("EVCXR_TMPDIR", &self.slot.folder)
            .env("EVCXR_CONFIG_DIR", &self.config)
            // evcxr refreshes a kernel that it finds in the user's own Jupyter folders; here it finds none.
            .env("JUPYTER_PATH", &self.no_jupyter)
            .stdin(Stdio::from(self.slot.lock));
        command
    }
}

/// What cargo sets for the programs and tests that it runs. It would reach the cargo that compiles the cells.
fn set_by_cargo(name: &str) -> bool {
    const NAMES: [&str; 7] = [
        "CARGO",
        "CARGO_TARGET_DIR",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
    ];
    const PREFIXES: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_FEATURE_"];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The library path without the folders of this build, which cargo puts there: a cell must load the library that it
/// was linked to, not the one that was built beside this command.
fn library_paths() -> Option<OsString> {
    let paths = std::env::var_os("LD_LIBRARY_PATH")?;
    let ours = std::env::current_exe().ok()?;
    let ours = ours
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())?
        .to_path_buf();
    std::env::join_paths(std::env::split_paths(&paths).filter(|path| !path.starts_with(&ours))).ok()
}

/// Turns this process into the kernel: JupyterLab starts kernels through `gradus-course kernel`, and signals, exit
/// status and the lock on the build folder are then the kernel's own.
#[cfg(unix)]
pub fn become_kernel(launch: Launch, connection: &Path) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let program = launch.program.clone();
    Err(launch.command(connection).exec()).with_context(|| format!("{} cannot be started", program.display()))
}

/// Runs the kernel and ends with its status.
#[cfg(not(unix))]
pub fn become_kernel(launch: Launch, connection: &Path) -> Result<()> {
    let program = launch.program.clone();
    let status = launch.command(connection).status();
    let status = status.with_context(|| format!("{} cannot be started", program.display()))?;
    std::process::exit(status.code().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::set_by_cargo;

    #[test]
    fn keeps_the_variables_that_a_person_sets() {
        for name in [
            "CARGO_MANIFEST_DIR",
            "CARGO_PKG_NAME",
            "CARGO_TARGET_DIR",
            "CARGO",
            "OUT_DIR",
        ] {
            assert!(set_by_cargo(name), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_REGISTRIES_X_INDEX",
            "GRADUS_DATA",
            "PATH",
        ] {
            assert!(!set_by_cargo(name), "{name}");
        }
    }
}
