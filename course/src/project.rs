//! Where things lie: the project and the state that the command keeps in it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The checked-out project. Everything that the command makes lies below `.gradus`, which git ignores.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// Finds the project that holds the current folder.
    pub fn find() -> Result<Self> {
        let start = std::env::current_dir().context("the current folder cannot be read")?;
        start
            .ancestors()
            .find_map(|folder| Self::at(folder).ok())
            .with_context(|| {
                format!(
                    "{} is not inside the gradus project: change into it first",
                    start.display()
                )
            })
    }

    /// The project at `root`.
    pub fn at(root: &Path) -> Result<Self> {
        if !root.join("notebooks/runtime/Cargo.toml").is_file() {
            bail!(
                "{} is not the gradus project: it has no notebooks/runtime/Cargo.toml",
                root.display()
            );
        }
        let root = root.canonicalize().with_context(|| root.display().to_string())?;
        Ok(Self { root })
    }

    /// The folder of the root `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The chapters.
    pub fn notebooks(&self) -> PathBuf {
        self.root.join("notebooks")
    }

    /// A file or folder of the command's own state.
    pub fn state(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join(".gradus").join(name)
    }

    /// The Python environment.
    pub fn venv(&self) -> PathBuf {
        self.state("venv")
    }

    /// A program of the Python environment.
    pub fn venv_program(&self, name: &str) -> PathBuf {
        if cfg!(windows) {
            self.venv().join("Scripts").join(format!("{name}.exe"))
        } else {
            self.venv().join("bin").join(name)
        }
    }

    /// The text that a step prints while it works.
    pub fn log(&self, step: &str) -> PathBuf {
        self.state("logs").join(format!("{step}.log"))
    }
}
