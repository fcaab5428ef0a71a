//! `cargo course run`: executes notebooks through the real kernel.

mod gate;
mod notebook;
mod table;
mod write;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

use crate::kernel::{Kernel, Launch, Outcome};
use crate::project::Project;
use crate::setup;
use crate::test::Tally;
pub use gate::shown_text;
use notebook::Notebook;
use table::Row;

/// Seconds that one cell may take: the first one compiles, and may wait for other work on the machine.
const TIMEOUT: u64 = 600;

/// What to run, and how.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Chapters by number (00 10), or notebooks by path; all chapters if none is named
    pub chapters: Vec<String>,
    /// Store the outputs in the notebooks
    #[arg(long)]
    pub write: bool,
    /// Seconds that one cell may take
    #[arg(long, default_value_t = TIMEOUT, value_name = "SECONDS")]
    pub timeout: u64,
}

impl Options {
    /// All chapters, nothing stored.
    pub fn all() -> Self {
        Self {
            chapters: Vec::new(),
            write: false,
            timeout: TIMEOUT,
        }
    }
}

/// Runs the notebooks and counts those that pass.
pub fn run(project: &Project, options: &Options) -> Result<Tally> {
    let paths = notebook::select(project, &options.chapters)?;
    let kernel = setup::for_running(project)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut rows = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let row = runtime.block_on(run_one(project, &kernel, path, options));
        let row = row.unwrap_or_else(|error| {
            println!("\n{name}: {error:#}\n");
            Row::failed(&name)
        });
        rows.push(row);
    }
    print!("{}", table::render(&rows));
    let passed = rows.iter().filter(|row| row.passed).count();
    Ok(Tally {
        passed,
        failed: rows.len() - passed,
    })
}

async fn run_one(project: &Project, program: &std::path::Path, path: PathBuf, options: &Options) -> Result<Row> {
    let mut notebook = Notebook::read(&path)?;
    let folder = path.parent().context("a notebook lies in a folder")?;
    let launch = Launch::new(project, program.to_path_buf())?;
    let log = project.log(&format!("run-{}-{}", notebook.stem(), std::process::id()));
    let mut kernel = Kernel::start(launch, folder, &log).await?;
    let bar = bar(&notebook.name(), notebook.code_cells().len());
    let mut row = Row::new(&notebook.name());
    let failure = run_cells(&mut kernel, &mut notebook, options, &bar, &mut row).await;
    kernel.shutdown().await;
    bar.finish_and_clear();
    match failure {
        Some(failure) => println!("\n{failure}\nThe kernel's own messages: {}\n", log.display()),
        None => {
            let _ = std::fs::remove_file(&log);
            row.passed = true;
            println!("passed {} in {:.1} s", row.name, row.seconds());
            if options.write {
                write::store(project, &notebook)?;
            }
        }
    }
    Ok(row)
}

/// Runs every cell and keeps its outputs, up to the first that fails; returns what to say about that.
async fn run_cells(
    kernel: &mut Kernel,
    notebook: &mut Notebook,
    options: &Options,
    bar: &ProgressBar,
    row: &mut Row,
) -> Option<String> {
    let limit = Duration::from_secs(options.timeout);
    let cells = notebook.code_cells();
    for (number, cell) in cells.iter().enumerate() {
        bar.set_message(cell.first_line());
        let ran = kernel.execute(&cell.source, limit, cell.must_fail).await;
        row.cells.push(ran.seconds);
        let verdict = gate::judge(&ran, cell.must_fail, limit);
        notebook.set_outputs(cell.index, ran.outputs);
        if let Err(why) = verdict {
            return Some(gate::report(&row.name, number + 1, cells.len(), cell, &why));
        }
        bar.inc(1);
    }
    // Text on standard error takes another way than the rest and might still be under way.
    let end = "gradus: end of notebook";
    let ran = kernel.execute(&format!("eprintln!(\"{end}\");"), limit, true).await;
    let text = shown_text(&ran.outputs);
    (ran.outcome != Outcome::Ok || text.trim() != end)
        .then(|| format!("{}: failed at its end ({:?}):\n{text}", row.name, ran.outcome))
}

fn bar(name: &str, cells: usize) -> ProgressBar {
    let bar = ProgressBar::new(cells as u64);
    if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:24}] {pos}/{len} cells {elapsed} {wide_msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(name.to_string());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
