//! Runs an exercise notebook through the kernel and collects the verdicts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use nbformat::v4::Output;
use serde_json::Value;

use super::cells::{self, Cell};
use super::work::Exercise;
use crate::kernel::gate::{judge, shown_text};
use crate::kernel::{Open, Outcome, Ran, Session};

/// Seconds that one cell may take; a task trains for at most 30.
pub const TIMEOUT: u64 = 120;
/// The first cell may have to compile the crate.
const FIRST: u64 = 1200;
/// The MIME type of a verdict: `gradus_graders::kit` writes it.
const MARK: &str = "application/vnd.gradus.verdict+json";

/// What came of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskResult {
    /// Its number: `01.2`.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// How it went.
    pub state: State,
}

/// How a task went.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// The grader says so.
    Passed,
    /// The grader's verdict, word for word.
    Rejected(String),
    /// A cell failed before there was a verdict: what the compiler or the panic said.
    Broken(String),
}

impl TaskResult {
    /// Whether it is solved.
    pub fn passed(&self) -> bool {
        self.state == State::Passed
    }
}

/// What came of a notebook.
pub struct Graded {
    /// Its tasks, in their order.
    pub tasks: Vec<TaskResult>,
    /// What cells that are no checks failed with.
    pub troubles: Vec<String>,
}

/// Runs the learner's copy. Its checks are those that were handed out: they cannot be spoiled by accident.
pub fn learner(session: &mut Session<'_>, exercise: &Exercise, limit: u64) -> Result<Vec<TaskResult>> {
    let origin = if exercise.origin().is_file() {
        exercise.origin()
    } else {
        exercise.handed_out()
    };
    let origin = cells::read(&origin)?;
    let plan = with_checks_of(cells::read(&exercise.copy())?, &origin);
    Ok(notebook(session, &exercise.copy(), &origin, plan, limit)?.tasks)
}

/// Runs a notebook that somebody else worked in, with the checks that are handed out.
pub fn file(session: &mut Session<'_>, exercise: &Exercise, file: &Path, limit: u64) -> Result<Vec<TaskResult>> {
    let handed_out = cells::read(&exercise.handed_out())?;
    let plan = with_checks_of(cells::read(file)?, &handed_out);
    Ok(notebook(session, &exercise.handed_out(), &handed_out, plan, limit)?.tasks)
}

/// Replaces the cells that call graders by those of `origin`, and adds those that are missing at the end.
pub fn with_checks_of(mut cells: Vec<Cell>, origin: &[Cell]) -> Vec<Cell> {
    for (mark, check) in cells::marks(origin) {
        let is_this = |cell: &&mut Cell| cell.task.as_ref().is_some_and(|other| other.id == mark.id);
        match cells.iter_mut().find(is_this) {
            Some(cell) => *cell = check.clone(),
            None => cells.push(check.clone()),
        }
    }
    cells
}

/// Runs the code of `cells` where the notebook at `path` lies, to its end whatever fails.
pub fn notebook(
    session: &mut Session<'_>,
    path: &Path,
    headings: &[Cell],
    cells: Vec<Cell>,
    limit: u64,
) -> Result<Graded> {
    let plan: Vec<Cell> = cells
        .into_iter()
        .filter(|cell| cell.code && !cell.source.trim().is_empty())
        .collect();
    let bar = ProgressBar::new(plan.len() as u64);
    bar.enable_steady_tick(Duration::from_millis(200));
    let folder = path.parent().context("a notebook lies in a folder")?;
    // Cells that took the kernel with them; they are left out when the others are run again.
    let mut fatal = BTreeMap::new();
    let (states, troubles) = loop {
        bar.set_position(0);
        let found = session.with(folder, async |open| {
            let found = attempt(open, path, &plan, limit, &mut fatal, &bar).await?;
            let is_well = found.is_some();
            Ok((found, is_well))
        })?;
        if let Some(found) = found {
            break found;
        }
    };
    bar.finish_and_clear();
    let result = |(id, state): (String, State)| TaskResult {
        title: cells::title(headings, &id),
        id,
        state,
    };
    let tasks = states.into_iter().map(result).collect();
    Ok(Graded { tasks, troubles })
}

/// The state of each task, and what other cells failed with.
type Attempt = (Vec<(String, State)>, Vec<String>);

/// Runs the plan in one kernel; nothing when a cell ended that kernel, which is then noted in `fatal`.
async fn attempt(
    open: &mut Open,
    path: &Path,
    plan: &[Cell],
    limit: u64,
    fatal: &mut BTreeMap<usize, String>,
    bar: &ProgressBar,
) -> Result<Option<Attempt>> {
    let kernel = &mut open.kernel;
    let (mut states, mut trouble, mut troubles) = (Vec::new(), None, Vec::new());
    for (number, cell) in plan.iter().enumerate() {
        bar.inc(1);
        let why = match fatal.get(&number) {
            Some(why) => Err(why.clone()),
            None => {
                let limit = Duration::from_secs(if number == 0 { limit.max(FIRST) } else { limit });
                let ran = kernel.execute(&cell.source, limit, cell.task.is_none()).await;
                if let Some(why) = ended(&ran, limit) {
                    if number == 0 {
                        bail!("the first cell of {} ended the kernel: {why}", path.display());
                    }
                    fatal.insert(number, why);
                    return Ok(None);
                }
                match (&cell.task, verdict(&ran.outputs)) {
                    (Some(mark), Some((id, passed, text))) if id == mark.id => Ok((passed, text)),
                    _ => judge(&ran, false, limit).map(|()| (false, "the check gave no verdict".into())),
                }
            }
        };
        match (&cell.task, why) {
            (None, Err(why)) => {
                troubles.push(why.clone());
                trouble = trouble.or(Some(why));
            }
            (None, Ok(_)) => {}
            (Some(mark), why) => {
                let before = trouble.take();
                let state = match why {
                    Ok((true, _)) => State::Passed,
                    Ok((false, text)) => State::Rejected(text),
                    Err(why) => State::Broken(before.unwrap_or(why)),
                };
                states.push((mark.id.clone(), state));
            }
        }
    }
    Ok(Some((states, troubles)))
}

/// Why the process that holds the variables is gone, if it is.
fn ended(ran: &Ran, limit: Duration) -> Option<String> {
    match &ran.outcome {
        Outcome::Died(why) => Some(why.clone()),
        Outcome::TimedOut => Some(format!(
            "still running after {} s (--timeout changes that)",
            limit.as_secs()
        )),
        Outcome::Error => {
            let text = shown_text(&ran.outputs);
            let at = text.find("terminated with status")?;
            let line = text[at..].lines().next().unwrap_or_default();
            Some(format!(
                "endless recursion, or an exit? The cell ended the whole process, which {line}"
            ))
        }
        Outcome::Ok => None,
    }
}

/// Task, whether it is passed, and the text, if the outputs hold a verdict.
fn verdict(outputs: &[Output]) -> Option<(String, bool, String)> {
    let mut found = outputs.iter().filter_map(|output| {
        let data = serde_json::to_value(output).ok()?["data"].take();
        let mark = match &data[MARK] {
            Value::Null => return None,
            Value::Object(_) => data[MARK].clone(),
            text => serde_json::from_str(&joined(text)).ok()?,
        };
        Some((
            mark["task"].as_str()?.to_string(),
            mark["passed"] == true,
            joined(&data["text/plain"]),
        ))
    });
    found.next_back()
}

fn joined(text: &Value) -> String {
    let lines = text.as_array().into_iter().flatten().filter_map(Value::as_str);
    text.as_str().map_or_else(|| lines.collect(), str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercise::cells::Mark;

    fn cell(source: &str, task: Option<&str>) -> Cell {
        let mark = |id: &str| Mark {
            id: id.into(),
            fails: String::new(),
            types: false,
        };
        Cell {
            source: source.into(),
            code: true,
            task: task.map(mark),
        }
    }

    #[test]
    fn spoiled_and_lost_checks_are_those_that_were_handed_out() {
        let origin = [
            cell("todo", None),
            cell("check(1)", Some("01.1")),
            cell("check(2)", Some("01.2")),
        ];
        let mine = vec![cell("mine", None), cell("true", Some("01.1"))];
        let plan: Vec<_> = with_checks_of(mine, &origin)
            .into_iter()
            .map(|cell| cell.source)
            .collect();
        assert_eq!(plan, ["mine", "check(1)", "check(2)"]);
    }
}
