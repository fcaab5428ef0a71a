//! The tables of `check` and `progress`.

use std::fmt::Write;

use anyhow::Result;

use super::cells;
use super::grade::{State, TaskResult};
use super::progress::Progress;
use super::work::Exercise;

/// The longest reason in a table.
const MOST: usize = 90;

/// One line for each task, and how many are passed.
pub fn table(results: &[TaskResult]) -> String {
    let width = results
        .iter()
        .map(|result| result.title.chars().count())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for result in results {
        let sign = if result.passed() { '✓' } else { '✗' };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  {sign} {:<6}{:width$}  {}",
            result.id,
            result.title,
            reason(&result.state)
        );
    }
    let passed = results.iter().filter(|result| result.passed()).count();
    let _ = writeln!(text, "  {passed} of {} passed", results.len());
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

/// In few words.
fn reason(state: &State) -> String {
    let line = |text: &str, name: &str| {
        let found = text.lines().find_map(|line| line.trim_start().strip_prefix(name));
        found.unwrap_or_default().trim().to_string()
    };
    cut(&match state {
        State::Passed => "passed".into(),
        State::Rejected(text) if text.contains("not written yet") => "not written yet".into(),
        State::Rejected(text) if text.contains("  expected") => {
            format!("expected {}, got {}", line(text, "expected"), line(text, "got"))
        }
        State::Rejected(text) => text.lines().next().unwrap_or_default().into(),
        State::Broken(text) => {
            let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let first = lines.next().unwrap_or_default().trim_end_matches(':').to_string();
            lines
                .next()
                .map_or(first.clone(), |second| format!("{first}: {second}"))
        }
    })
}

fn cut(line: &str) -> String {
    if line.chars().count() <= MOST {
        return line.to_string();
    }
    line.chars().take(MOST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_short() {
        let result = |state| TaskResult {
            id: "01.1".into(),
            title: "Where".into(),
            state,
        };
        let verdict = "✗ 01.1 Where: not yet\n  case      x\n  expected  3\n  got       4\n  hint      look";
        let text = table(&[
            result(State::Passed),
            result(State::Rejected(verdict.into())),
            result(State::Broken("error:\n    mismatched types\n    more".into())),
        ]);
        assert!(text.contains("✓ 01.1  Where  passed\n"), "{text}");
        assert!(text.contains("✗ 01.1  Where  expected 3, got 4\n"), "{text}");
        assert!(
            text.contains("error: mismatched types\n") && text.ends_with("1 of 3 passed\n"),
            "{text}"
        );
        assert_eq!(cut(&"x".repeat(500)).chars().count(), MOST);
    }
}
