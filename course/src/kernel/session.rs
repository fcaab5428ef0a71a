//! Notebooks one after the other, in as few kernels as possible.
//!
//! A kernel reads the crate when it starts, for 8 to 20 s. The command `:clear` ends the process that holds the variables
//! and forgets everything that a notebook has defined, but not what was read. So the next notebook of the same folder gets
//! the kernel of the one before, cleared, unless that kernel came to harm.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};

use super::client::{Kernel, Outcome};
use super::ending::{ASKED_TO_END, Ending};
use super::gate::shown_text;
use super::launch::Launch;
use super::settings;
use crate::project::Project;

/// To start a new process takes well under a second, the first cell about one.
const CLEARING: Duration = Duration::from_secs(60);

/// Hands out kernels and takes them back.
pub struct Session<'a> {
    project: &'a Project,
    program: &'a Path,
    budget: Option<f64>,
    runtime: tokio::runtime::Runtime,
    idle: Option<Open>,
}

/// A kernel that runs.
pub struct Open {
    /// The kernel.
    pub kernel: Kernel,
    /// Where it builds the cells.
    pub build: PathBuf,
    /// Its own messages.
    pub log: PathBuf,
    folder: PathBuf,
    ending: Ending,
}

impl Open {
    async fn shutdown(self) {
        self.kernel.shutdown().await;
        // Only now may the process end.
        drop(self.ending);
    }
}

impl<'a> Session<'a> {
    /// Without a kernel yet; `program` is the kernel's program. With a budget, no training takes more than so many seconds.
    pub fn new(project: &'a Project, program: &'a Path, budget: Option<f64>) -> Result<Self> {
        Ok(Self {
            project,
            program,
            budget,
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
            idle: None,
        })
    }

    /// The project.
    pub fn project(&self) -> &'a Project {
        self.project
    }

    /// Runs `work` with a kernel in `folder` that knows nothing of other notebooks. What `work` gives says whether the kernel
    /// may be used again: not if a cell ended it or is still running.
    pub fn with<R>(&mut self, folder: &Path, work: impl AsyncFnOnce(&mut Open) -> Result<(R, bool)>) -> Result<R> {
        let idle = self.idle.take();
        let (project, program, budget) = (self.project, self.program, self.budget);
        let (result, idle) = self.runtime.block_on(async {
            let ending = Ending::listen()?;
            let ready = async {
                match cleared(idle, folder).await {
                    Some(open) => Ok(open),
                    None => start(project, program, budget, folder, ending.clone()).await,
                }
            };
            let mut open = tokio::select! {
                open = ready => open?,
                () = ending.asked() => bail!(ASKED_TO_END),
            };
            let worked = tokio::select! {
                worked = work(&mut open) => worked,
                () = ending.asked() => Err(anyhow!(ASKED_TO_END)),
            };
            match worked {
                Ok((result, true)) => Ok((result, Some(open))),
                Ok((result, false)) => {
                    open.shutdown().await;
                    anyhow::Ok((result, None))
                }
                Err(error) => {
                    open.shutdown().await;
                    Err(error)
                }
            }
        })?;
        self.idle = idle;
        Ok(result)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(open) = self.idle.take() {
            let _ = std::fs::remove_file(&open.log);
            self.runtime.block_on(open.shutdown());
        }
    }
}

async fn start(project: &Project, program: &Path, budget: Option<f64>, folder: &Path, ending: Ending) -> Result<Open> {
    let launch = Launch::new(project, program.to_path_buf())?.with_budget(budget);
    let build = launch.build_folder().to_path_buf();
    let slot = build.file_name().unwrap_or_default().to_string_lossy();
    let log = project.log(&format!("kernel-{slot}-{}", std::process::id()));
    let kernel = Kernel::start(launch, folder, &log).await?;
    let folder = folder.to_path_buf();
    Ok(Open {
        kernel,
        build,
        log,
        folder,
        ending,
    })
}

/// The idle kernel, if it is of this folder and can be cleared.
async fn cleared(idle: Option<Open>, folder: &Path) -> Option<Open> {
    let mut open = idle?;
    if open.folder == folder && clear(&mut open.kernel).await.is_ok() {
        return Some(open);
    }
    open.shutdown().await;
    None
}

/// As a kernel that has just started.
async fn clear(kernel: &mut Kernel) -> Result<()> {
    for cell in [":clear", settings::FIRST_CELL] {
        let ran = kernel.execute(cell, CLEARING, false).await;
        if ran.outcome != Outcome::Ok || !shown_text(&ran.outputs).trim().is_empty() {
            bail!("the kernel could not be cleared: {:?}", ran.outcome);
        }
    }
    Ok(())
}
