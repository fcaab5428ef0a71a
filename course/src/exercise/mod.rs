//! The exercises: `cargo course start`, `check`, `progress` and `reset`.
//!
//! What is handed out lies in `notebooks/exercises` and belongs to the course: an update replaces it. A learner works in
//! a copy, `notebooks/work`, which git ignores and no update touches. Of these files the commands write only new
//! ones, except for `reset`, which first lays a copy of the work into `notebooks/work/kept` and never replaces one there.

mod causes;
mod cells;
mod grade;
mod plan;
mod progress;
mod prove;
mod report;
mod seals;
mod work;

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::kernel::Session;
use crate::project::Project;
use crate::setup;
use crate::tally::Tally;
pub use grade::TIMEOUT;
use work::Exercise;

/// What to check.
#[derive(clap::Args, Debug)]
pub struct Check {
    /// Exercises by the number of their chapter (01 10); all that were begun if none is named
    pub chapters: Vec<String>,
    /// Seconds that one cell may take
    #[arg(long, default_value_t = TIMEOUT, value_name = "SECONDS")]
    pub timeout: u64,
    /// For teachers: check these notebooks, which others handed in, for the one chapter that is named. Their code runs on
    /// this machine with all that you may do; your own progress stays as it is. The checks are those that the course hands
    /// out, and a point is given only for what their own graders say: a notebook that prints a verdict itself, or defines a
    /// module `exercise`, earns nothing by it. Code that searches the grader's memory or exchanges files of the course can
    /// still cheat; it shows in the notebook
    #[arg(long, value_name = "NOTEBOOK", num_args = 1.., conflicts_with = "prove")]
    pub file: Vec<PathBuf>,
    /// For authors: each task as handed out fails with its intended message, and the solution passes
    #[arg(long)]
    pub prove: bool,
    /// Notebooks to prove at the same time, each in a kernel of its own
    #[arg(long, default_value_t = 1, value_name = "NUMBER", requires = "prove")]
    pub jobs: usize,
}

/// Lays out the copies to work in, where there are none; all of them if none is named.
pub fn start(project: &Project, chapters: &[String]) -> Result<()> {
    for exercise in Exercise::select(project, chapters)? {
        let made = exercise.start()?;
        if !chapters.is_empty() {
            let what = if made {
                "Your copy:"
            } else {
                "You have one already, it stays as it is:"
            };
            println!("{what} {}", exercise.shown());
        }
    }
    Ok(())
}

/// Runs the learner's notebooks and prints their tasks; true when all are passed.
pub fn check(project: &Project, options: &Check) -> Result<bool> {
    if options.prove {
        return Ok(prove(project, &options.chapters, options.jobs)?.failed == 0);
    }
    if !options.file.is_empty() {
        return check_files(project, options);
    }
    let mut exercises = Exercise::select(project, &options.chapters)?;
    if options.chapters.is_empty() {
        exercises.retain(Exercise::begun);
        if exercises.is_empty() {
            bail!("no exercise was begun yet. cargo course start 01 makes your copy of the first one");
        }
    }
    let kernel = setup::for_running(project)?;
    let mut session = Session::new(project, &kernel, None)?;
    let mut all = true;
    for exercise in exercises {
        exercise.start()?;
        println!("{}", exercise.shown());
        if let Some(note) = exercise.note()? {
            println!("{note}");
        }
        let results = grade::learner(&mut session, &exercise, options.timeout)?;
        progress::store(project, &exercise.number(), &results)?;
        print!("{}", report::table(&results));
        all &= results.iter().all(|result| result.passed());
    }
    Ok(all)
}

/// Runs notebooks that lie anywhere; true when all tasks of all of them are passed.
fn check_files(project: &Project, options: &Check) -> Result<bool> {
    let exercises = Exercise::select(project, &options.chapters)?;
    let ([exercise], 1) = (exercises.as_slice(), options.chapters.len()) else {
        bail!("name the one chapter that these notebooks belong to: cargo course check 03 --file ann.ipynb ben.ipynb")
    };
    let kernel = setup::for_running(project)?;
    let mut session = Session::new(project, &kernel, None)?;
    let mut all = true;
    for file in &options.file {
        println!("{}", file.display());
        match grade::file(&mut session, exercise, file, options.timeout) {
            Ok(results) => {
                print!("{}", report::table(&results));
                all &= results.iter().all(|result| result.passed());
            }
            Err(error) => {
                println!("  not graded: {error:#}\n");
                all = false;
            }
        }
    }
    Ok(all)
}

/// Prints how far the learner is.
pub fn progress(project: &Project) -> Result<()> {
    let exercises = Exercise::select(project, &[])?;
    print!("{}", report::course(&exercises, &progress::load(project)?)?);
    Ok(())
}

/// Starts an exercise anew and keeps what was there.
pub fn reset(project: &Project, chapter: &str) -> Result<()> {
    for exercise in Exercise::select(project, &[chapter.to_string()])? {
        match exercise.reset()? {
            Some(kept) => println!("Your work is kept as {}", work::relative(project, &kept)),
            None => println!("There was no work to keep."),
        }
        progress::forget(project, &exercise.number())?;
        println!("A fresh copy: {}", exercise.shown());
    }
    Ok(())
}

/// Proves hand-outs and solutions, `jobs` at a time; all chapters if none is named.
pub fn prove(project: &Project, chapters: &[String], jobs: usize) -> Result<Tally> {
    let exercises = Exercise::select(project, chapters)?;
    let kernel = setup::for_running(project)?;
    let mut tally = Tally::default();
    let faults = prove::faults(jobs, &exercises, || Session::new(project, &kernel, None))?;
    for (exercise, faults) in exercises.iter().zip(faults) {
        for fault in &faults {
            println!("FAILED {}: {fault}", exercise.name());
        }
        if faults.is_empty() {
            tally.passed += 1;
            println!("passed exercises and solutions of {}", exercise.name());
        } else {
            tally.failed += 1;
        }
    }
    Ok(tally)
}
