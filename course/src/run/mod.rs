//! `cargo course run`: executes notebooks through the real kernel.

mod claims;
mod compare;
mod notebook;
mod record;
mod table;
mod write;

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

use crate::kernel::gate::{self, shown_text};
use crate::kernel::{Open, Outcome, Session, cell_libraries, side_by_side};
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
    /// Seconds that one training may take: it sees fewer batches then, what follows it is not compared, and its claims are
    /// not asserted. For a quick run of everything; the end says which cells that were
    #[arg(long, value_name = "SECONDS", conflicts_with = "write", value_parser = seconds)]
    pub budget: Option<f64>,
    /// Keep in `notebooks/last_full_run.md` what the run of all chapters has shown
    #[arg(long, requires = "compare", conflicts_with_all = ["chapters", "budget"])]
    pub record: bool,
    /// Notebooks to run at the same time, each in a kernel of its own; times of cells then say less
    #[arg(long, default_value_t = 1, value_name = "NUMBER", conflicts_with = "record")]
    pub jobs: usize,
    /// Print how long every cell compiled and ran
    #[arg(long)]
    pub timings: bool,
    /// Seconds that one cell may take
    #[arg(long, default_value_t = TIMEOUT, value_name = "SECONDS")]
    pub timeout: u64,
}

impl Options {
    /// All chapters, and their outputs are held against the stored ones.
    pub fn test(budget: Option<f64>, record: bool, jobs: usize) -> Self {
        Self {
            chapters: Vec::new(),
            write: false,
            compare: true,
            tolerance: compare::TOLERANCE,
            budget,
            record,
            jobs,
            timings: false,
            timeout: TIMEOUT,
        }
    }
}

/// A number of seconds above 0.
pub fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds: &f64| *seconds > 0.0 && seconds.is_finite());
    seconds.ok_or_else(|| "expected a number of seconds above 0, such as 2 or 0.5".into())
}

/// Runs the notebooks and counts those that pass.
pub fn run(project: &Project, options: &Options) -> Result<Tally> {
    let paths = notebook::select(project, &options.chapters)?;
    let kernel = setup::for_running(project)?;
    let open = || Session::new(project, &kernel, options.budget);
    let rows = side_by_side(options.jobs, &paths, open, |session, path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        run_one(session, path, options).unwrap_or_else(|error| {
            println!("\n{name}: {error:#}\n");
            Row::failed(&name)
        })
    })?;
    for row in rows.iter().filter(|_| options.timings) {
        print!("{}", table::render_cells(row));
    }
    print!("{}", table::render(&rows));
    if options.record {
        record::store(project, &rows)?;
    }
    let passed = rows.iter().filter(|row| row.passed).count();
    Ok(Tally {
        passed,
        failed: rows.len() - passed,
    })
}

fn run_one(session: &mut Session<'_>, path: &Path, options: &Options) -> Result<Row> {
    let project = session.project();
    let mut notebook = Notebook::read(path)?;
    let folder = path.parent().context("a notebook lies in a folder")?;
    let mut row = Row::new(&notebook.name());
    let started = Instant::now();
    let failure = session.with(folder, async |open| {
        row.start = started.elapsed().as_secs_f64();
        let bar = bar(&notebook.name(), notebook.code_cells().len(), options.jobs);
        let failure = run_cells(open, &mut notebook, options, &bar, &mut row).await;
        bar.finish_and_clear();
        let is_well = failure.as_ref().is_none_or(|failure| failure.kernel_is_well);
        Ok((failure.map(|failure| failure.with_log(&open.log)), is_well))
    })?;
    match failure {
        Some(failure) => println!("\n{failure}\n"),
        None => {
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

/// Why a notebook failed.
struct Failure {
    why: String,
    /// The kernel can go on with another notebook.
    kernel_is_well: bool,
}

impl Failure {
    fn new(why: String, outcome: &Outcome) -> Self {
        let kernel_is_well = matches!(outcome, Outcome::Ok | Outcome::Error);
        Self { why, kernel_is_well }
    }

    fn with_log(self, log: &Path) -> String {
        format!("{}\nThe kernel's own messages: {}", self.why, log.display())
    }
}

/// Runs every cell and keeps its outputs, up to the first that fails.
async fn run_cells(
    open: &mut Open,
    notebook: &mut Notebook,
    options: &Options,
    bar: &ProgressBar,
    row: &mut Row,
) -> Option<Failure> {
    let (kernel, build) = (&mut open.kernel, open.build.as_path());
    let limit = Duration::from_secs(options.timeout);
    let cells = notebook.code_cells();
    for (number, cell) in cells.iter().enumerate() {
        bar.set_message(cell.first_line());
        let start = SystemTime::now();
        let source = match options.budget {
            Some(_) => claims::not_fatal(&cell.source),
            None => cell.source.clone(),
        };
        let mut ran = kernel.execute(&source, limit, cell.must_fail).await;
        row.cells.push(Timing {
            first_line: cell.first_line(),
            seconds: ran.seconds,
            compiling: compile_seconds(build, start).unwrap_or(ran.seconds),
        });
        let hint = gate::waits(&cell.source).filter(|_| ran.outcome == Outcome::TimedOut);
        let verdict = gate::judge(&ran, cell.must_fail, limit);
        let verdict = verdict.map_err(|why| hint.map_or(why.clone(), |hint| format!("{why}\n{hint}")));
        notebook.set_outputs(cell.index, std::mem::take(&mut ran.outputs));
        if let Err(why) = verdict {
            let why = gate::report(&row.name, number + 1, cells.len(), &cell.source, &why);
            return Some(Failure::new(why, &ran.outcome));
        }
        bar.inc(1);
    }
    // Text on standard error takes another way than the rest and might still be under way.
    let end = "gradus: end of notebook";
    let ran = kernel.execute(&format!("eprintln!(\"{end}\");"), limit, true).await;
    let text = shown_text(&ran.outputs);
    let fails = ran.outcome != Outcome::Ok || text.trim() != end;
    fails.then(|| {
        let why = format!("{}: failed at its end ({:?}):\n{text}", row.name, ran.outcome);
        Failure::new(why, &ran.outcome)
    })
}

/// From `start` until the last library of a cell was linked; nothing if none was, as for a cell that does not compile.
fn compile_seconds(build: &Path, start: SystemTime) -> Option<f64> {
    let linked = |library: std::fs::DirEntry| library.metadata().ok()?.modified().ok();
    let last = cell_libraries(build).into_iter().filter_map(linked).max()?;
    last.duration_since(start).ok().map(|time| time.as_secs_f64())
}

/// Bars of several notebooks would write over each other.
fn bar(name: &str, cells: usize, jobs: usize) -> ProgressBar {
    if jobs > 1 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(cells as u64);
    if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:24}] {pos}/{len} cells {elapsed} {wide_msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(name.to_string());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
