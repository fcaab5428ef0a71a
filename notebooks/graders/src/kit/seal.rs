//! The sign by which `cargo course check` knows a verdict of the graders from one that a notebook made up.
//!
//! Before it runs the first cell of a notebook, the command leaves a file with one random word for each task, and has it
//! read and removed by [`take_seals`]. A verdict of the task's own grader that says "passed" carries the task's word; a
//! module of the same name, an output printed by hand or a [`Task`](super::Task) of one's own does not know it. In
//! JupyterLab nobody leaves such a file, and no verdict carries a word.
//!
//! What it does not keep off: the answers run in the same process, with all rights of the person who grades. Code that
//! searches the memory of that process (it takes `unsafe`, or the debugging interfaces of the system), that exchanges the
//! files of the course, or that stays behind and reads the words of the next notebook, can cheat. It has to be written for
//! this purpose, and whoever looks at the notebook sees it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

/// The word of each task. Private, and given away only with a verdict that has earned it.
static SEALS: OnceLock<BTreeMap<String, String>> = OnceLock::new();

/// Reads the words of this run, one line `task word` each, and removes the file. Only the first call counts: those that
/// come later, from a cell, change nothing.
///
/// # Errors
/// What the system says when the file cannot be read or removed.
pub fn take_seals(path: impl AsRef<Path>) -> std::io::Result<()> {
    let text = std::fs::read_to_string(&path)?;
    std::fs::remove_file(&path)?;
    let words = text.lines().filter_map(|line| line.split_once(' '));
    let seals = words.map(|(task, word)| (task.to_string(), word.to_string())).collect();
    // Whoever comes second is no runner.
    let _ = SEALS.set(seals);
    Ok(())
}

/// The word of a task, if this run has given out words.
pub(super) fn of(task: &str) -> Option<&'static str> {
    SEALS.get()?.get(task).map(String::as_str)
}
