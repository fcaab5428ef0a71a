//! The Python environments: JupyterLab's, and that of the site.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Progress;
use crate::project::Project;

/// The oldest Python that the locked JupyterLab runs on.
const OLDEST: (u32, u32) = (3, 10);

/// An environment, and the file that names every package in it with its version.
pub struct Environment {
    /// Its folder.
    pub folder: PathBuf,
    lock: PathBuf,
    megabytes: u32,
    oldest: (u32, u32),
}

impl Environment {
    /// JupyterLab's.
    pub fn lab(project: &Project) -> Self {
        Self {
            folder: project.venv(),
            lock: project.root().join("course/requirements.lock"),
            megabytes: 400,
            oldest: OLDEST,
        }
    }

    /// The one that makes the site, apart from JupyterLab's, so that a learner's set-up does not wait for it. Its packages
    /// are held against checksums.
    pub fn book(project: &Project) -> Self {
        Self {
            folder: project.state("book/venv"),
            lock: project.root().join("course/book/requirements.lock"),
            megabytes: 250,
            oldest: (3, 11),
        }
    }

    /// A program of it.
    pub fn program(&self, name: &str) -> PathBuf {
        if cfg!(windows) {
            self.folder.join("Scripts").join(format!("{name}.exe"))
        } else {
            self.folder.join("bin").join(name)
        }
    }
}

/// A Python that can make the environment.
#[derive(Debug)]
pub struct Python {
    /// The program.
    pub program: PathBuf,
    /// Its version: `3.12.1`.
    pub version: String,
}

/// Finds a Python: the one that `GRADUS_PYTHON` names, else `python3` or `python`.
pub fn find() -> Result<Python> {
    let named = std::env::var_os("GRADUS_PYTHON").map(PathBuf::from);
    let candidates = named.map_or_else(|| vec!["python3".into(), "python".into()], |one| vec![one]);
    let mut old = None;
    for program in candidates {
        let Some(version) = version(&program) else {
            continue;
        };
        if numbers(&version).is_some_and(|found| found >= OLDEST) {
            return Ok(Python { program, version });
        }
        old = Some(version);
    }
    let (major, minor) = OLDEST;
    match old {
        Some(version) => bail!(
            "JupyterLab needs Python {major}.{minor} or newer; this machine has {version}. Install a newer one, or set \
             GRADUS_PYTHON to one: GRADUS_PYTHON=/usr/bin/python3.12 cargo course lab"
        ),
        None => bail!(
            "JupyterLab needs Python {major}.{minor} or newer, and there is no `python3`. Install it \
             (Debian, Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python; else python.org), \
             or set GRADUS_PYTHON to the program"
        ),
    }
}

fn version(program: &Path) -> Option<String> {
    let code = "import sys; print('.'.join(map(str, sys.version_info[:3])))";
    let output = Command::new(program).args(["-c", code]).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// What an environment depends on.
pub fn inputs(environment: &Environment, python: &Python) -> Result<String> {
    let path = &environment.lock;
    let lock = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(format!("python {}\n{lock}", python.version))
}

/// Makes an environment.
pub fn install(project: &Project, environment: &Environment, python: &Python, progress: &Progress) -> Result<()> {
    if numbers(&python.version).is_some_and(|found| found < environment.oldest) {
        let (major, minor) = environment.oldest;
        bail!(
            "this needs Python {major}.{minor} or newer; {} is {}. Set GRADUS_PYTHON to a newer one",
            python.program.display(),
            python.version
        );
    }
    check_modules(python)?;
    let venv = &environment.folder;
    // One of another Python version cannot be mended.
    if venv.exists() {
        fs::remove_dir_all(venv).with_context(|| format!("{} cannot be removed", venv.display()))?;
    }
    progress.say("making it");
    let mut command = Command::new(&python.program);
    command.args(["-m", "venv"]).arg(venv);
    let hint = "Is the disk full, or the folder not yours?";
    progress.command(command, &project.log("venv"), |_| None, hint)?;

    let mut command = Command::new(environment.program("python"));
    command.args([
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "install",
        "--progress-bar",
        "off",
    ]);
    command.arg("--requirement").arg(&environment.lock);
    let hint = format!(
        "Is there a network, and about {} MB on the disk? Then type the same command again.",
        environment.megabytes
    );
    progress.command(command, &project.log("pip"), shown, &hint)
}

/// The lines of pip that say how far it is.
fn shown(line: &str) -> Option<String> {
    let line = line.trim();
    ["Collecting", "Downloading", "Installing"]
        .iter()
        .any(|word| line.starts_with(word))
        .then(|| line.to_string())
}

/// Debian and Ubuntu ship Python without the modules that make environments.
fn check_modules(python: &Python) -> Result<()> {
    let output = Command::new(&python.program)
        .args(["-c", "import venv, ensurepip"])
        .output();
    let output = output.with_context(|| format!("{} cannot be started", python.program.display()))?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "this Python has no `venv` or no `ensurepip`. Debian and Ubuntu keep them apart, type: sudo apt install \
         python3-venv. Or set GRADUS_PYTHON to another Python:\n{}",
        String::from_utf8_lossy(&output.stderr).trim()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_versions_as_numbers() {
        assert!(numbers("3.9.18").is_some_and(|version| version < OLDEST));
        assert!(numbers("3.10.0").is_some_and(|version| version >= OLDEST));
        assert!(numbers("4.0.0").is_some_and(|version| version >= OLDEST));
        assert_eq!(numbers("python"), None);
    }
}
