//! The `cargo course` command: sets up, opens, runs and checks the notebooks.

mod bench;
mod book;
mod data;
mod doctor;
mod exercise;
mod files;
mod kernel;
mod lab;
mod labs;
mod process;
mod project;
mod run;
mod setup;
mod signals;
mod tally;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use project::Project;

#[derive(Parser)]
#[command(
    name = "cargo course",
    bin_name = "cargo course",
    about = "Sets up, opens, runs and checks the notebooks"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set up what is missing and open JupyterLab on the first chapter
    Lab(lab::Options),
    /// Set up what is missing
    Setup(setup::Options),
    /// Run chapters through the kernel, without a browser
    Run(run::Options),
    /// Lay out your copies of the exercises, in notebooks/work
    Start {
        /// Exercises by the number of their chapter; all if none is named
        chapters: Vec<String>,
    },
    /// Run your exercises and print which tasks are passed
    Check(exercise::Check),
    /// Show which tasks of the course are passed
    Progress,
    /// Start an exercise anew; your work is kept in notebooks/work/kept
    Reset {
        /// The number of its chapter
        chapter: String,
    },
    /// Run every test: code, notebooks, JupyterLab in a browser
    Test(test::Options),
    /// Measure the crate's speed, beside PyTorch's if you like
    Bench(bench::Options),
    /// Make the site: the chapters with their stored outputs, to be read without anything installed
    Book(book::Options),
    /// The data sets of the course
    Data {
        #[command(subcommand)]
        action: data::Action,
    },
    /// Show what is there, what is missing and what to type
    Doctor,
    /// What JupyterLab starts as the kernel
    #[command(hide = true)]
    Kernel {
        /// The project
        #[arg(long)]
        project: PathBuf,
        /// The file that names the ports
        connection: PathBuf,
    },
}

fn main() -> ExitCode {
    if kernel::analyzer::called_as_cargo() {
        return kernel::analyzer::act_as_cargo();
    }
    end_quietly_with_the_reader();
    match dispatch(Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `cargo course data list | head`: when nobody reads on, printing panics; that is no error of ours.
fn end_quietly_with_the_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload().downcast_ref::<String>();
        if text.is_some_and(|text| text.contains("Broken pipe")) {
            std::process::exit(0);
        }
        usual(panic);
    }));
}

/// Runs a command; true when it found nothing wrong.
fn dispatch(command: Command) -> Result<bool> {
    match command {
        Command::Lab(options) => lab::open(&Project::find()?, &options),
        Command::Setup(options) => setup::for_lab(&Project::find()?, options.way()).map(|()| true),
        Command::Run(options) => Ok(run::run(&Project::find()?, &options)?.failed == 0),
        Command::Bench(options) => bench::bench(&Project::find()?, &options),
        Command::Book(options) => book::make(&Project::find()?, &options),
        Command::Start { chapters } => exercise::start(&Project::find()?, &chapters).map(|()| true),
        Command::Check(options) => exercise::check(&Project::find()?, &options),
        Command::Progress => exercise::progress(&Project::find()?).map(|()| true),
        Command::Reset { chapter } => exercise::reset(&Project::find()?, &chapter).map(|()| true),
        Command::Test(options) => test::test(&Project::find()?, &options),
        Command::Data { action } => data::act(&action),
        Command::Doctor => Ok(doctor::report(&Project::find()?)),
        Command::Kernel { project, connection } => {
            let project = Project::at(&project)?;
            let program = setup::evcxr::known(&project)?;
            kernel::become_kernel(kernel::Launch::new(&project, program)?, &connection)?;
            Ok(true)
        }
    }
}
