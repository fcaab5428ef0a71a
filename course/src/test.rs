//! `cargo course test`: everything that says whether the project works.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::exercise;
use crate::project::Project;
use crate::run;
use crate::setup::{self, Progress};
use crate::tally::Tally;

/// The tests of this package.
const OWN_TESTS: [&str; 5] = ["test", "--package", "gradus-course", "--profile", "course"];

/// How much to test.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Leave out what needs the kernel: notebooks, JupyterLab, the browser
    #[arg(long)]
    pub quick: bool,
    /// Seconds that one training of a chapter may take: see `cargo course run --help`
    #[arg(long, value_name = "SECONDS", value_parser = run::seconds, conflicts_with = "quick")]
    pub budget: Option<f64>,
    /// Keep in `notebooks/last_full_run.md` what the chapters have shown
    #[arg(long, conflicts_with_all = ["quick", "budget"])]
    pub record: bool,
    /// Notebooks to run at the same time, each in a kernel of its own
    #[arg(long, default_value_t = 1, value_name = "NUMBER", conflicts_with_all = ["quick", "record"])]
    pub jobs: usize,
}

/// Runs all tests; true when all pass. The last line says how many did.
pub fn test(project: &Project, options: &Options) -> Result<bool> {
    let mut suite = Suite {
        project,
        of: if options.quick { 6 } else { 13 },
        took: Vec::new(),
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
    let all_but_this = ["--workspace", "--exclude", "gradus-course", "--no-fail-fast"];
    suite.cargo("cargo test", &[&["test"][..], &all_but_this].concat(), "");
    if !options.quick {
        suite.notebooks(options);
    }
    // Last, for they may put another build of this program in the place of the one that runs.
    suite.cargo("tests of this command", &OWN_TESTS, "");
    if !options.quick {
        suite.kernel();
    }
    print!("{}", times(&suite.took));
    println!("{} passed, {} failed", suite.tally.passed, suite.tally.failed);
    Ok(suite.tally.failed == 0)
}

struct Suite<'a> {
    project: &'a Project,
    of: usize,
    /// The steps that are done, with their seconds.
    took: Vec<(String, f64)>,
    tally: Tally,
}

impl Suite<'_> {
    /// What needs the kernel.
    fn notebooks(&mut self, options: &Options) {
        self.judge("set-up", |project| {
            setup::for_lab(project, setup::Way::default()).map(|()| Tally::ONE)
        });
        self.judge("chapters", |project| {
            run::run(
                project,
                &run::Options::test(options.budget, options.record, options.jobs),
            )
        });
        self.judge("exercises", |project| exercise::prove(project, &[], options.jobs));
        self.script("figures in HTML", "tests/figures/run.sh");
        self.script("JupyterLab in a browser", "tests/browser/run.sh");
        self.script("site", "tests/site/run.sh");
    }

    /// The tests of this command that need the kernel.
    fn kernel(&mut self) {
        let through_kernel = ["--test", "kernel", "--", "--ignored", "--test-threads=1"];
        self.cargo("kernel", &[&OWN_TESTS[..], &through_kernel].concat(), "");
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
        let start = Instant::now();
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
        self.done(title, start, tally);
    }

    /// Work of this program itself.
    fn judge(&mut self, title: &str, work: impl FnOnce(&Project) -> Result<Tally>) {
        let start = Instant::now();
        let tally = work(self.project).unwrap_or_else(|error| {
            println!("{error:#}");
            Tally { passed: 0, failed: 1 }
        });
        let end = if tally.failed == 0 { "done  " } else { "FAILED" };
        println!("{end} {}: {:.0} s", self.title(title), start.elapsed().as_secs_f64());
        self.done(title, start, tally);
    }

    fn done(&mut self, title: &str, start: Instant, tally: Tally) {
        self.took.push((title.to_string(), start.elapsed().as_secs_f64()));
        self.tally.add(tally);
    }

    fn title(&self, title: &str) -> String {
        format!("[{}/{}] {title}", self.took.len() + 1, self.of)
    }
}

/// How long each step took, and all of them.
fn times(took: &[(String, f64)]) -> String {
    let total = ("in all".to_string(), took.iter().map(|(_, seconds)| seconds).sum());
    let line = |(title, seconds): &(String, f64)| format!("{title:24} {seconds:6.0} s\n");
    took.iter().chain([&total]).map(line).collect()
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
    fn times_end_with_their_sum() {
        let text = times(&[("format".into(), 1.4), ("cargo test".into(), 300.0)]);
        let lines: Vec<_> = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .collect();
        assert_eq!(lines[0], ["format", "1", "s"]);
        assert_eq!(lines[2], ["in", "all", "301", "s"]);
    }

    #[test]
    fn adds_up_what_cargo_test_says() {
        let log = "test a ... ok\ntest result: ok. 12 passed; 0 failed; 1 ignored; 0 measured\n\
                   test result: FAILED. 3 passed; 2 failed; 0 ignored\n";
        assert_eq!(count(log), Tally { passed: 15, failed: 2 });
        assert_eq!(count("Finished\n"), Tally::default());
    }
}
