//! `cargo course test`: everything that says whether the project works.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::exercise;
use crate::project::Project;
use crate::run;
use crate::setup::{self, Progress};

/// How much to test.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Leave out what needs the kernel: notebooks, JupyterLab, the browser
    #[arg(long)]
    pub quick: bool,
}

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Those that passed.
    pub passed: usize,
    /// Those that failed.
    pub failed: usize,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs all tests; true when all pass. The last line says how many did.
pub fn test(project: &Project, options: &Options) -> Result<bool> {
    let mut suite = Suite {
        project,
        number: 0,
        of: if options.quick { 5 } else { 11 },
        tally: Tally::default(),
    };
    suite.cargo("format", &["fmt", "--all", "--check"], "cargo fmt --all");
    suite.cargo(
        "clippy",
        &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
        "",
    );
    let features = ["check", "--package", "gradus", "--features", "cuda,dfdx/ci-check"];
    suite.cargo("cuda type check", &features, "");
    suite.cargo("documentation", &["doc", "--workspace", "--no-deps"], "");
    suite.cargo("cargo test", &["test", "--workspace", "--no-fail-fast"], "");
    if !options.quick {
        suite.notebooks();
    }
    println!("{} passed, {} failed", suite.tally.passed, suite.tally.failed);
    Ok(suite.tally.failed == 0)
}

struct Suite<'a> {
    project: &'a Project,
    number: usize,
    of: usize,
    tally: Tally,
}

impl Suite<'_> {
    /// What needs the kernel.
    fn notebooks(&mut self) {
        let ready = setup::for_lab(self.project);
        self.judge("set-up", ready.map(|()| Tally { passed: 1, failed: 0 }));
        let arguments = [
            "test",
            "--package",
            "gradus-course",
            "--test",
            "kernel",
            "--",
            "--ignored",
            "--test-threads=1",
        ];
        self.cargo("kernel", &arguments, "");
        let chapters = run::run(self.project, &run::Options::test());
        self.judge("chapters", chapters);
        let exercises = exercise::prove(self.project, &[]);
        self.judge("exercises", exercises);
        self.script("figures in HTML", "tests/figures/run.sh");
        self.script("JupyterLab in a browser", "tests/browser/run.sh");
    }

    /// A cargo command; the tests that it runs are counted, or else the command as one.
    fn cargo(&mut self, title: &str, arguments: &[&str], hint: &str) {
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .current_dir(self.project.root())
            .env("RUSTDOCFLAGS", "-D warnings");
        self.command(title, command, hint);
    }

    fn script(&mut self, title: &str, path: &str) {
        let mut command = Command::new("bash");
        command.arg(path).current_dir(self.project.root());
        command.env(
            "GRADUS_COURSE",
            std::env::current_exe().unwrap_or_else(|_| PathBuf::from("gradus-course")),
        );
        self.command(title, command, "");
    }

    fn command(&mut self, title: &str, command: Command, hint: &str) {
        let log = self.project.log(&format!("test-{}", title.replace(' ', "-")));
        let progress = Progress::start(&self.title(title));
        let result = progress.command(command, &log, |line| Some(line.trim().to_string()), hint);
        progress.finish(result.is_ok());
        let mut tally = count(&std::fs::read_to_string(&log).unwrap_or_default());
        if let Err(error) = result {
            println!("{error:#}");
            tally.failed = tally.failed.max(1);
        } else if tally == Tally::default() {
            tally.passed = 1;
        }
        self.number += 1;
        self.tally.add(tally);
    }

    fn judge(&mut self, title: &str, result: Result<Tally>) {
        let tally = result.unwrap_or_else(|error| {
            println!("{error:#}");
            Tally { passed: 0, failed: 1 }
        });
        let end = if tally.failed == 0 { "done  " } else { "FAILED" };
        println!("{end} {}", self.title(title));
        self.number += 1;
        self.tally.add(tally);
    }

    fn title(&self, title: &str) -> String {
        format!("[{}/{}] {title}", self.number + 1, self.of)
    }
}

/// Adds up the lines `test result: ok. 12 passed; 0 failed; ...`.
fn count(log: &str) -> Tally {
    let mut tally = Tally::default();
    for line in log.lines().filter(|line| line.trim_start().starts_with("test result:")) {
        let number = |word: &str| {
            let before = line.split(word).next().unwrap_or_default().trim_end();
            before
                .rsplit(' ')
                .next()
                .and_then(|number| number.parse().ok())
                .unwrap_or(0)
        };
        tally.add(Tally {
            passed: number(" passed"),
            failed: number(" failed"),
        });
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_what_cargo_test_says() {
        let log = "test a ... ok\ntest result: ok. 12 passed; 0 failed; 1 ignored; 0 measured\n\
                   test result: FAILED. 3 passed; 2 failed; 0 ignored\n";
        assert_eq!(count(log), Tally { passed: 15, failed: 2 });
        assert_eq!(count("Finished\n"), Tally::default());
    }
}
