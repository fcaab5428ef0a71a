//! Compiles the crate for the notebooks before the first cell asks for it.

use std::time::Duration;

use anyhow::{Result, bail};

use super::Progress;
use crate::kernel::gate::shown_text;
use crate::kernel::{Kernel, Launch, Outcome, inputs, mark_warm};
use crate::project::Project;

/// The first cell of every chapter.
const FIRST: &str = ":dep gradus = { path = \"runtime\", package = \"gradus-notebook\" }\nuse gradus::*;";
/// After the first compile error of a kernel evcxr runs `cargo check`, which has to compile everything in its own way.
const WRONG: &str = "let wrong: u8 = \"not a number\";";
/// A machine with one slow core needs minutes.
const LIMIT: Duration = Duration::from_secs(3600);

/// Runs the first cell of a chapter and one that does not compile.
pub fn compile(project: &Project, kernel: &std::path::Path, progress: &Progress) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let launch = Launch::new(project, kernel.to_path_buf())?;
        let (folder, inputs) = (launch.build_folder().to_path_buf(), inputs(project)?);
        let mut kernel = Kernel::start(launch, &project.notebooks(), &project.log("warm")).await?;
        progress.say("about a minute on two cores");
        let ran = kernel.execute(FIRST, LIMIT, false).await;
        if ran.outcome != Outcome::Ok {
            bail!(
                "the crate does not compile for the notebooks ({:?}):\n{}",
                ran.outcome,
                shown_text(&ran.outputs)
            );
        }
        progress.say("and for the explanation of errors");
        let ran = kernel.execute(WRONG, LIMIT, false).await;
        if ran.outcome != Outcome::Error {
            bail!(
                "a cell with a mistake was accepted ({:?}): {}",
                ran.outcome,
                shown_text(&ran.outputs)
            );
        }
        kernel.shutdown().await;
        mark_warm(&folder, &inputs)
    })
}
