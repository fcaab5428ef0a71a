//! Set-up: everything that the notebooks need, each step once.
//!
//! A step leaves a stamp that holds its inputs (versions, lock files). It is skipped while the stamp says the same
//! and its product is there, and done again otherwise. A stamp is written only after success, so an interrupted
//! step is repeated, from where its tools (cargo, pip) can take it up.

pub mod evcxr;
mod jupyter;
mod library;
mod npm;
mod place;
mod progress;
mod python;
mod warm;

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::files;
use crate::kernel;
use crate::project::Project;
pub use evcxr::Way;
pub use place::check as check_place;
pub use progress::Progress;
use python::Environment;
pub use python::find as find_python;

/// How to set up.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct Options {
    /// Compile the Rust kernel for Jupyter here (minutes) instead of downloading it as its authors compiled it
    #[arg(long)]
    pub compile_kernel: bool,
}

impl Options {
    /// How the kernel is to be had.
    pub fn way(self) -> Way {
        if self.compile_kernel {
            Way::Compile
        } else {
            Way::ReadyMade
        }
    }
}

/// Makes ready what `cargo course run` needs: the kernel, and the crate compiled for it. Returns the kernel.
pub fn for_running(project: &Project) -> Result<PathBuf> {
    place::check(project)?;
    let _lock = lock(project)?;
    let mut steps = Steps {
        project,
        number: 0,
        of: 3,
    };
    kernel_and_cache(&mut steps, Way::default())
}

/// Makes ready what `cargo course lab` needs.
pub fn for_lab(project: &Project, way: Way) -> Result<()> {
    place::check(project)?;
    let _lock = lock(project)?;
    let mut steps = Steps {
        project,
        number: 0,
        of: 4,
    };
    let python = python::find()?;
    let environment = Environment::lab(project);
    let (inputs, there) = (
        python::inputs(&environment, &python)?,
        project.venv_program("jupyter-lab").is_file(),
    );
    steps.run(
        "python",
        "Python environment with JupyterLab",
        &inputs,
        there,
        |project, progress| python::install(project, &environment, &python, progress),
    )?;
    kernel_and_cache(&mut steps, way)?;
    jupyter::register(project)?;
    jupyter::trust(project)
}

/// Makes ready what `cargo course book` needs: Sphinx, and what sets formulas. Returns both: a Python and KaTeX's folder.
pub fn for_book(project: &Project) -> Result<(PathBuf, PathBuf)> {
    let _lock = lock(project)?;
    let mut steps = Steps {
        project,
        number: 0,
        of: 2,
    };
    let python = python::find()?;
    let environment = Environment::book(project);
    let program = environment.program("python");
    let inputs = python::inputs(&environment, &python)?;
    steps.run(
        "book-python",
        "Python environment with Sphinx",
        &inputs,
        program.is_file(),
        |project, progress| python::install(project, &environment, &python, progress),
    )?;
    let katex = npm::package(project, "katex");
    let inputs = npm::inputs(project)?;
    steps.run(
        "book-npm",
        "KaTeX, which sets formulas",
        &inputs,
        katex.is_dir(),
        npm::install,
    )?;
    Ok((program, katex))
}

fn kernel_and_cache(steps: &mut Steps<'_>, way: Way) -> Result<PathBuf> {
    let project = steps.project;
    let kernel = match evcxr::find(project)? {
        Some(kernel) => {
            steps.number += 1;
            evcxr::forget_build(project)?;
            kernel
        }
        None => {
            steps.always("Rust kernel for Jupyter", |project, progress| {
                evcxr::install(project, way, progress)
            })?;
            evcxr::find(project)?.context("the kernel was installed and is not to be found: try again")?
        }
    };
    let (inputs, there) = (library::inputs(), kernel::library::copy(project).is_dir());
    steps.run(
        "library",
        "source of Rust's standard library",
        &inputs,
        there,
        library::prepare,
    )?;
    let inputs = kernel::inputs(project)?;
    let there = project.state("kernel/0/target").is_dir();
    steps.run(
        "warm",
        "gradus, compiled for the notebooks",
        &inputs,
        there,
        |project, progress| warm::compile(project, &kernel, progress),
    )?;
    Ok(kernel)
}

/// Whether the crate as it is now was compiled for the notebooks.
pub fn is_warm(project: &Project) -> bool {
    let stamp = std::fs::read_to_string(project.state("stamps/warm"));
    kernel::inputs(project).is_ok_and(|inputs| stamp.is_ok_and(|stamp| stamp == inputs))
}

/// One set-up at a time in a project.
fn lock(project: &Project) -> Result<File> {
    let path = project.state("setup.lock");
    files::write(&path, b"")?;
    let file = File::options()
        .write(true)
        .open(&path)
        .with_context(|| path.display().to_string())?;
    if file.try_lock().is_err() {
        println!("Another `cargo course` is setting up; waiting for it.");
        file.lock()
            .with_context(|| format!("{} cannot be locked", path.display()))?;
    }
    Ok(file)
}

struct Steps<'a> {
    project: &'a Project,
    number: usize,
    of: usize,
}

impl Steps<'_> {
    /// Does a step unless its product is there and its stamp says that it was made of the same inputs.
    fn run(
        &mut self,
        name: &str,
        title: &str,
        inputs: &str,
        there: bool,
        work: impl FnOnce(&Project, &Progress) -> Result<()>,
    ) -> Result<()> {
        let stamp = self.project.state("stamps").join(name);
        if there && std::fs::read_to_string(&stamp).is_ok_and(|old| old == inputs) {
            self.number += 1;
            return Ok(());
        }
        self.always(title, work)?;
        files::write(&stamp, inputs.as_bytes())
    }

    fn always(&mut self, title: &str, work: impl FnOnce(&Project, &Progress) -> Result<()>) -> Result<()> {
        self.number += 1;
        let progress = Progress::start(&format!("[{}/{}] {title}", self.number, self.of));
        let done = work(self.project, &progress);
        progress.finish(done.is_ok());
        done.with_context(|| format!("set-up stopped at: {title}"))
    }
}
