//! Runs an exercise notebook through the kernel and collects the verdicts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use nbformat::v4::Output;
use serde_json::Value;

use super::causes::Causes;
use super::cells::{self, Cell, Mark};
use super::plan::{Step, plan};
use super::seals::Seals;
use super::work::Exercise;
use crate::kernel::gate::{judge, shown_text, still_running};
use crate::kernel::{Kernel, Outcome, Ran, Session};
use crate::project::Project;

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
    let (origin, mine) = (cells::read(&origin)?, cells::read(&exercise.copy())?);
    Ok(notebook(session, &exercise.copy(), &origin, &mine, limit)?.tasks)
}

/// Runs a notebook that somebody else worked in, with the checks that are handed out.
pub fn file(session: &mut Session<'_>, exercise: &Exercise, file: &Path, limit: u64) -> Result<Vec<TaskResult>> {
    let (handed_out, theirs) = (cells::read(&exercise.handed_out())?, cells::read(file)?);
    Ok(notebook(session, &exercise.handed_out(), &handed_out, &theirs, limit)?.tasks)
}

/// Runs the code of `cells`, with the checks of `origin`, where the notebook at `path` lies, to its end whatever fails.
pub fn notebook(session: &mut Session<'_>, path: &Path, origin: &[Cell], cells: &[Cell], limit: u64) -> Result<Graded> {
    let plan = plan(cells, origin);
    let bar = ProgressBar::new(plan.len() as u64);
    bar.enable_steady_tick(Duration::from_millis(200));
    let folder = path.parent().context("a notebook lies in a folder")?;
    let run = Run {
        path,
        project: session.project(),
        plan: &plan,
        limit,
        bar: &bar,
    };
    // Cells that took the kernel with them; they are left out when the others are run again.
    let mut fatal = BTreeMap::new();
    let (states, troubles) = loop {
        bar.set_position(0);
        let found = session.with(folder, async |open| {
            let found = run.attempt(&mut open.kernel, &mut fatal).await?;
            let is_well = found.is_some();
            Ok((found, is_well))
        })?;
        if let Some(found) = found {
            break found;
        }
    };
    bar.finish_and_clear();
    let result = |(mark, _): (&Mark, &Cell)| {
        let state = states.get(&mark.id).cloned();
        TaskResult {
            id: mark.id.clone(),
            title: cells::title(origin, &mark.id),
            state: state.unwrap_or_else(|| State::Broken("the check did not run".into())),
        }
    };
    let tasks = cells::marks(origin).map(result).collect();
    Ok(Graded { tasks, troubles })
}

/// The state of each task, and what other cells failed with.
type Attempt = (BTreeMap<String, State>, Vec<String>);

/// A notebook that is being graded.
struct Run<'a> {
    path: &'a Path,
    project: &'a Project,
    plan: &'a [Step],
    limit: u64,
    bar: &'a ProgressBar,
}

impl Run<'_> {
    /// Runs the plan in one kernel; nothing when a cell ended that kernel, which is then noted in `fatal`.
    async fn attempt(&self, kernel: &mut Kernel, fatal: &mut BTreeMap<usize, String>) -> Result<Option<Attempt>> {
        let seals = Seals::new(self.plan);
        let first = Duration::from_secs(self.limit.max(FIRST));
        seals.hand_over(kernel, self.project, first).await?;
        let (mut states, mut causes, mut troubles) = (BTreeMap::new(), Causes::default(), Vec::new());
        for (number, step) in self.plan.iter().enumerate() {
            self.bar.inc(1);
            // A copy of a check that is passed already has nothing to add.
            if step
                .task
                .as_ref()
                .is_some_and(|task| states.get(task) == Some(&State::Passed))
            {
                continue;
            }
            let came = match fatal.get(&number) {
                Some(why) => Err(why.clone()),
                None => {
                    let limit = if number == 0 {
                        first
                    } else {
                        Duration::from_secs(self.limit)
                    };
                    let ran = kernel.execute(&step.source, limit, step.task.is_none()).await;
                    if let Some(why) = ended(&ran, &step.source, limit) {
                        if number == 0 {
                            bail!("the first cell of {} ended the kernel: {why}", self.path.display());
                        }
                        fatal.insert(number, why);
                        return Ok(None);
                    }
                    judged(step, &ran, limit, &seals)
                }
            };
            match (&step.task, came) {
                (None, Err(why)) => troubles.push(causes.note(&step.source, &why)),
                (None, Ok(_)) => {}
                (Some(task), Ok(state)) => {
                    causes.checked();
                    states.insert(task.clone(), state);
                }
                (Some(task), Err(why)) => {
                    states.insert(task.clone(), State::Broken(causes.of_check(&why)));
                }
            }
        }
        Ok(Some((states, troubles)))
    }
}

/// What came of a cell that did not end the kernel.
fn judged(step: &Step, ran: &Ran, limit: Duration, seals: &Seals) -> Result<State, String> {
    match (&step.task, verdict(&ran.outputs)) {
        (Some(task), Some(verdict)) if verdict.task == *task => Ok(verdict.state(seals)),
        _ => judge(ran, false, limit).map(|()| State::Rejected("the check gave no verdict".into())),
    }
}

/// Why the process that holds the variables is gone, if it is.
fn ended(ran: &Ran, source: &str, limit: Duration) -> Option<String> {
    match &ran.outcome {
        Outcome::Died(why) => Some(why.clone()),
        Outcome::TimedOut => Some(still_running(source, limit)),
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

/// What a grader says, or what looks like it.
struct Said {
    task: String,
    passed: bool,
    seal: Option<String>,
    text: String,
}

impl Said {
    /// Passed, if the grader itself says so.
    fn state(self, seals: &Seals) -> State {
        if !self.passed {
            return State::Rejected(self.text);
        }
        if seals.fits(&self.task, self.seal.as_deref()) {
            return State::Passed;
        }
        State::Rejected(
            "a verdict came, but not from the grader that the course hands out: it gives no point.\nDoes a cell print \
             an output of its own in the check, define another `gradus`, or begin with `:clear` or `:restart`?"
                .into(),
        )
    }
}

/// The verdict in the outputs of a cell, if there is one.
fn verdict(outputs: &[Output]) -> Option<Said> {
    let mut found = outputs.iter().filter_map(|output| {
        let data = serde_json::to_value(output).ok()?["data"].take();
        let mark = match &data[MARK] {
            Value::Null => return None,
            Value::Object(_) => data[MARK].clone(),
            text => serde_json::from_str(&joined(text)).ok()?,
        };
        Some(Said {
            task: mark["task"].as_str()?.to_string(),
            passed: mark["passed"] == true,
            seal: mark["seal"].as_str().map(str::to_string),
            text: joined(&data["text/plain"]),
        })
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

    /// A learner's cell may print anything in the place of a verdict, or without one.
    #[test]
    fn only_the_word_of_the_task_makes_a_verdict_count() -> Result<()> {
        let step = Step {
            source: String::new(),
            task: Some("01.1".into()),
        };
        let seals = Seals::new(&[step]);
        let shown = |mark: Value| -> Result<Output> {
            let data = serde_json::json!({ "text/plain": "✗ not yet", MARK: mark });
            Ok(serde_json::from_value(serde_json::json!({
                "output_type": "execute_result", "execution_count": 1, "data": data, "metadata": {},
            }))?)
        };
        let state = |mark| -> Result<Option<State>> { Ok(verdict(&[shown(mark)?]).map(|said| said.state(&seals))) };
        let forged = serde_json::json!({ "task": "01.1", "passed": true });
        assert!(matches!(state(forged)?, Some(State::Rejected(text)) if text.contains("gives no point")));
        let guessed = serde_json::json!({ "task": "01.1", "passed": true, "seal": "x" });
        assert!(matches!(state(guessed)?, Some(State::Rejected(_))));
        let honest = serde_json::json!({ "task": "01.1", "passed": false });
        assert_eq!(state(honest)?, Some(State::Rejected("✗ not yet".into())));
        assert_eq!(state(serde_json::json!("no object"))?, None);
        let sealed = serde_json::json!({ "task": "01.1", "passed": true, "seal": seals.word("01.1") });
        assert_eq!(state(sealed)?, Some(State::Passed));
        Ok(())
    }
}
