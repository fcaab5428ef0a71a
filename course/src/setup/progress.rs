//! What a set-up step shows while it works.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

/// How many of the last lines of a failed program an error quotes.
const QUOTED: usize = 40;

/// One line that shows a step's title, what it is doing and how long it has taken.
pub struct Progress {
    bar: ProgressBar,
    title: String,
    start: Instant,
}

impl Progress {
    /// Shows the line.
    pub fn start(title: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(title.to_string());
        bar.enable_steady_tick(Duration::from_millis(120));
        if bar.is_hidden() {
            println!("{title} ...");
        }
        Self {
            bar,
            title: title.to_string(),
            start: Instant::now(),
        }
    }

    /// Says what the step is doing now.
    pub fn say(&self, text: impl Into<String>) {
        self.bar.set_message(text.into());
    }

    /// Ends the line.
    pub fn finish(&self, done: bool) {
        self.bar.finish_and_clear();
        let seconds = self.start.elapsed().as_secs_f64();
        println!(
            "{} {}: {seconds:.0} s",
            if done { "done  " } else { "FAILED" },
            self.title
        );
    }

    /// Runs a program, keeps what it says in `log`, and shows the lines for which `show` finds words.
    /// An error quotes the last lines and adds `hint`.
    pub fn command(
        &self,
        mut command: Command,
        log: &Path,
        show: impl Fn(&str) -> Option<String>,
        hint: &str,
    ) -> Result<()> {
        crate::files::write(log, b"")?;
        let explain = || format!("{} cannot be written: is the disk full?", log.display());
        let mut file = File::create(log).with_context(explain)?;
        let program = command.get_program().to_string_lossy().into_owned();
        let (reader, writer) = std::io::pipe()?;
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let mut child = command
            .spawn()
            .with_context(|| format!("{program} cannot be started. {hint}"))?;
        // It holds the other end of the pipe, which would then never be closed.
        drop(command);
        let mut last = VecDeque::new();
        for line in BufReader::new(reader).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).trim_end().to_string();
            writeln!(file, "{line}").with_context(explain)?;
            if let Some(words) = show(&line) {
                self.say(words);
            }
            last.push_back(line);
            if last.len() > QUOTED {
                last.pop_front();
            }
        }
        let status = child.wait()?;
        if !status.success() {
            bail!(
                "{program} failed ({status}):\n{}\n{hint}\nAll of it: {}",
                last.make_contiguous().join("\n"),
                log.display()
            );
        }
        Ok(())
    }
}
