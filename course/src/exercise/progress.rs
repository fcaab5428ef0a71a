//! `notebooks/work/progress.txt`: which tasks were passed. Made for people to read; git ignores it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::grade::TaskResult;
use crate::files;
use crate::project::Project;

const HEAD: &str = "# What `cargo course check` found last. `cargo course progress` shows the whole course.\n";

/// Per task whether it is passed, and its title.
pub type Progress = BTreeMap<String, (bool, String)>;

fn path(project: &Project) -> PathBuf {
    project.notebooks().join("work/progress.txt")
}

/// What is noted so far. Lines that are no notes of tasks are passed over.
pub fn load(project: &Project) -> Result<Progress> {
    match std::fs::read_to_string(path(project)) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Progress::new()),
        Err(error) => Err(error).with_context(|| path(project).display().to_string()),
    }
}

/// Notes the results of a chapter.
pub fn store(project: &Project, chapter: &str, results: &[TaskResult]) -> Result<()> {
    let mut progress = load(project)?;
    progress.retain(|id, _| !of(chapter, id));
    for result in results {
        progress.insert(result.id.clone(), (result.passed(), result.title.clone()));
    }
    files::write(&path(project), render(&progress).as_bytes())
}

/// Removes the notes of a chapter.
pub fn forget(project: &Project, chapter: &str) -> Result<()> {
    let mut progress = load(project)?;
    let before = progress.len();
    progress.retain(|id, _| !of(chapter, id));
    if progress.len() == before {
        return Ok(());
    }
    files::write(&path(project), render(&progress).as_bytes())
}

fn of(chapter: &str, id: &str) -> bool {
    id.split('.').next() == Some(chapter)
}

fn parse(text: &str) -> Progress {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let notes = lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        let (id, state) = (words.next()?, words.next()?);
        let passed = match state {
            "passed" => true,
            "open" => false,
            _ => return None,
        };
        Some((id.to_string(), (passed, words.collect::<Vec<_>>().join(" "))))
    });
    notes.collect()
}

fn render(progress: &Progress) -> String {
    let lines = progress.iter().map(|(id, (passed, title))| {
        let state = if *passed { "passed" } else { "open" };
        format!("{id:<6} {state:<7} {title}").trim_end().to_string() + "\n"
    });
    HEAD.to_string() + &lines.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_back_and_strange_lines_passed_over() {
        let mut progress = Progress::new();
        progress.insert("01.1".into(), (true, "Where a number lies".into()));
        progress.insert("01.2".into(), (false, String::new()));
        assert_eq!(parse(&render(&progress)), progress);
        assert_eq!(
            parse(&format!("{}\nnonsense\n\n09.1 maybe\n", render(&progress))),
            progress
        );
    }
}
