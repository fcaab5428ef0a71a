//! The tables of `check` and `progress`.

use std::fmt::Write;

use anyhow::Result;

use super::cells;
use super::grade::{State, TaskResult};
use super::progress::Progress;
use super::work::Exercise;

/// How a verdict ends that has another hint.
const SECOND_HINT: &str = ".second_hint()";
/// What a verdict says of `todo!()`.
const UNWRITTEN: &str = "not written yet";
/// Lines of what the compiler or a panic says; the notebook shows them all.
const MOST: usize = 16;

/// Each task with what its check said, and how many are passed.
pub fn table(results: &[TaskResult]) -> String {
    let width = results
        .iter()
        .map(|result| result.title.chars().count())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for result in results {
        let sign = if result.passed() { '✓' } else { '✗' };
        let (short, lines) = reason(&result.state);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {sign} {:<6}{:width$}  {short}", result.id, result.title);
        for line in lines {
            let _ = writeln!(text, "      {line}");
        }
    }
    let passed = results.iter().filter(|result| result.passed()).count();
    let _ = writeln!(text, "  {passed} of {} passed", results.len());
    let more = |result: &TaskResult| match &result.state {
        State::Rejected(text) => text.contains(SECOND_HINT) && !text.contains(UNWRITTEN),
        _ => false,
    };
    if results.iter().any(more) {
        let _ = writeln!(
            text,
            "  One more hint for a task: in the notebook, write .second_hint() behind the call of its check."
        );
    }
    text
}

/// The course: tasks passed of each chapter.
pub fn course(exercises: &[Exercise], progress: &Progress) -> Result<String> {
    let width = exercises
        .iter()
        .map(|exercise| exercise.name().chars().count())
        .max()
        .unwrap_or(0);
    let (mut text, mut all, mut done) = (String::new(), 0, 0);
    for exercise in exercises {
        let handed_out = cells::read(&exercise.handed_out())?;
        let ids: Vec<_> = cells::marks(&handed_out).map(|(mark, _)| mark.id.clone()).collect();
        let passed = |id: &&String| progress.get(*id).is_some_and(|(passed, _)| *passed);
        let n = ids.iter().filter(passed).count();
        let signs: String = ids.iter().map(|id| if passed(&id) { '■' } else { '□' }).collect();
        let begun = match exercise.saved() {
            Some(saved) if exercise.begun() => format!("  {} ({saved})", exercise.shown()),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "{:width$}  {signs:<6}  {n} of {}{begun}",
            exercise.name(),
            ids.len()
        );
        (all, done) = (all + ids.len(), done + n);
    }
    let _ = writeln!(text, "{done} of {all} tasks passed");
    Ok(text)
}

/// In few words, and line by line: the case, what was expected, what came and the hint, as the notebook shows them.
fn reason(state: &State) -> (&'static str, Vec<String>) {
    match state {
        State::Passed => ("passed", Vec::new()),
        State::Rejected(text) if text.contains(UNWRITTEN) => (UNWRITTEN, Vec::new()),
        State::Rejected(text) => {
            let told = |line: &&str| !line.starts_with(['✗', '✓']) && !line.contains(SECOND_HINT);
            let lines = text.lines().filter(told);
            (
                "not yet",
                lines
                    .map(|line| line.strip_prefix("  ").unwrap_or(line).to_string())
                    .collect(),
            )
        }
        State::Broken(text) => {
            // The kernel counts the compiler's warnings about other cells among the errors.
            let told = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("[unused_");
            let mut lines: Vec<_> = text.lines().filter(told).collect();
            let more = lines.len() > MOST;
            lines.truncate(MOST);
            lines.extend(more.then_some("…"));
            ("could not be checked", lines.into_iter().map(str::to_string).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_says_what_the_notebook_says() {
        let result = |state| TaskResult {
            id: "01.1".into(),
            title: "Where".into(),
            state,
        };
        let verdict = "✗ 01.1 Where: not yet\n  case      x\n  expected  3\n  got       4\n            5\n  hint      look\n  \
                       One more hint: write .second_hint() behind the call.\n";
        let unwritten = "✗ 01.1 Where: not yet\n  got       todo!(): not written yet\n";
        let text = table(&[
            result(State::Passed),
            result(State::Rejected(verdict.into())),
            result(State::Rejected(unwritten.into())),
            result(State::Broken(
                "error:\n    mismatched types\n    [unused_variables] Error: unused variable: `q`\n    more".into(),
            )),
        ]);
        let expected = "  ✓ 01.1  Where  passed
  ✗ 01.1  Where  not yet
      case      x
      expected  3
      got       4
                5
      hint      look
  ✗ 01.1  Where  not written yet
  ✗ 01.1  Where  could not be checked
      error:
          mismatched types
          more
  1 of 4 passed
  One more hint for a task: in the notebook, write .second_hint() behind the call of its check.
";
        assert_eq!(text, expected);
        let unwritten = "✗ 01.1\n  got       not written yet\n  One more hint: write .second_hint() behind the call.";
        assert!(!table(&[result(State::Rejected(unwritten.into()))]).contains("second_hint"));
        let long = table(&[result(State::Broken("line\n".repeat(500)))]);
        assert!(long.lines().count() < 20 && long.contains("…"), "{long}");
        assert!(!long.contains("second_hint"), "{long}");
    }
}
