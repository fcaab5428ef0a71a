//! `cargo course run`: executes notebooks through the real kernel.

mod compare;
mod notebook;
mod table;
mod write;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

use crate::kernel::gate::{self, shown_text};
use crate::kernel::{Kernel, Launch, Outcome, cell_libraries};
use crate::project::Project;
use crate::setup;
use crate::tally::Tally;
use notebook::Notebook;
use table::{Row, Timing};

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
    /// Compare the outputs with those that are stored; a notebook that shows something else fails
    #[arg(long, conflicts_with = "write")]
    pub compare: bool,
    /// The share by which a printed number may differ from the stored one
    #[arg(long, default_value_t = compare::TOLERANCE, value_name = "SHARE", requires = "compare")]
    pub tolerance: f64,
    /// Print how long every cell compiled and ran
    #[arg(long)]
    pub timings: bool,
    /// Seconds that one cell may take
    #[arg(long, default_value_t = TIMEOUT, value_name = "SECONDS")]
    pub timeout: u64,
}

impl Options {
    /// All chapters, and their outputs are held against the stored ones.
    pub fn test() -> Self {
        Self {
            chapters: Vec::new(),
            write: false,
            compare: true,
            tolerance: compare::TOLERANCE,
            timings: false,
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
    for row in rows.iter().filter(|_| options.timings) {
        print!("{}", table::render_cells(row));
    }
    print!("{}", table::render(&rows));
    let passed = rows.iter().filter(|row| row.passed).count();
    Ok(Tally {
        passed,
        failed: rows.len() - passed,
    })
}

async fn run_one(project: &Project, program: &Path, path: PathBuf, options: &Options) -> Result<Row> {
    let mut notebook = Notebook::read(&path)?;
    let folder = path.parent().context("a notebook lies in a folder")?;
    let launch = Launch::new(project, program.to_path_buf())?;
    let log = project.log(&format!("run-{}-{}", notebook.stem(), std::process::id()));
    let build = launch.build_folder().to_path_buf();
    let started = Instant::now();
    let mut kernel = Kernel::start(launch, folder, &log).await?;
    let start = started.elapsed().as_secs_f64();
    let bar = bar(&notebook.name(), notebook.code_cells().len());
    let mut row = Row::new(&notebook.name());
    row.start = start;
    let failure = run_cells(&mut kernel, &build, &mut notebook, options, &bar, &mut row).await;
    kernel.shutdown().await;
    bar.finish_and_clear();
    match failure {
        Some(failure) => println!("\n{failure}\nThe kernel's own messages: {}\n", log.display()),
        None => {
            let _ = std::fs::remove_file(&log);
            row.passed = !options.compare || still_shows(project, &notebook, options.tolerance, &mut row.note)?;
            if row.passed {
                println!("passed {} in {:.1} s", row.name, row.seconds());
            }
            if options.write {
                write::store(project, &notebook)?;
            }
        }
    }
    Ok(row)
}

/// Whether the outputs are those that are stored. Prints what differs, and notes what was not compared.
fn still_shows(project: &Project, notebook: &Notebook, tolerance: f64, note: &mut String) -> Result<bool> {
    let found = compare::compare(&notebook.stored, &write::stored_form(project, notebook)?, tolerance);
    *note = found.left_out.join("; ");
    let name = notebook.name();
    for difference in &found.differences {
        println!("\nDIFFERS {name}, {difference}");
    }
    if !found.differences.is_empty() {
        let n = found.differences.len();
        println!(
            "\n{name}: {n} differences. If the new outputs are right: cargo course run {} --write\n",
            notebook
                .path
                .strip_prefix(project.notebooks())
                .map_or(notebook.path.display().to_string(), |_| notebook.stem())
        );
    }
    Ok(found.differences.is_empty())
}

/// Runs every cell and keeps its outputs, up to the first that fails; returns what to say about that.
async fn run_cells(
    kernel: &mut Kernel,
    build: &Path,
    notebook: &mut Notebook,
    options: &Options,
    bar: &ProgressBar,
    row: &mut Row,
) -> Option<String> {
    let limit = Duration::from_secs(options.timeout);
    let cells = notebook.code_cells();
    for (number, cell) in cells.iter().enumerate() {
        bar.set_message(cell.first_line());
        let start = SystemTime::now();
        let ran = kernel.execute(&cell.source, limit, cell.must_fail).await;
        row.cells.push(Timing {
            first_line: cell.first_line(),
            seconds: ran.seconds,
            compiling: compile_seconds(build, start).unwrap_or(ran.seconds),
        });
        let verdict = gate::judge(&ran, cell.must_fail, limit);
        notebook.set_outputs(cell.index, ran.outputs);
        if let Err(why) = verdict {
            return Some(gate::report(&row.name, number + 1, cells.len(), &cell.source, &why));
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

/// From `start` until the last library of a cell was linked; nothing if none was, as for a cell that does not compile.
fn compile_seconds(build: &Path, start: SystemTime) -> Option<f64> {
    let linked = |library: std::fs::DirEntry| library.metadata().ok()?.modified().ok();
    let last = cell_libraries(build).into_iter().filter_map(linked).max()?;
    last.duration_since(start).ok().map(|time| time.as_secs_f64())
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
