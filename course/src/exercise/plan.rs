//! What is run of a notebook: the learner's cells, and the checks that were handed out.
//!
//! Checks are never taken from the learner's notebook. A copied one runs where it stands and counts once, an edited or
//! renamed one is replaced by the original, a missing one runs at the end: none of them earns or loses a point.

use super::cells::{self, Cell};

/// Code that is run.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The code.
    pub source: String,
    /// It is the check of this task.
    pub task: Option<String>,
}

/// The cells of a notebook with the checks of `origin`.
pub fn plan(cells: &[Cell], origin: &[Cell]) -> Vec<Step> {
    let mut steps = Vec::new();
    let known = |cell: &Cell| {
        let id = &cell.task.as_ref()?.id;
        cells::marks(origin).find(|(mark, _)| mark.id == *id)
    };
    for cell in cells {
        match known(cell) {
            Some((mark, check)) => {
                // What somebody wrote into the cell of a check may be needed below.
                if cell.code && is_more(&cell.source, &check.source) {
                    steps.push(plain(cell));
                }
                steps.push(step(&mark.id, check));
            }
            // A cell of an unknown task is a cell like any other.
            None if cell.code && !cell.source.trim().is_empty() => steps.push(plain(cell)),
            None => {}
        }
    }
    for (mark, check) in cells::marks(origin) {
        if !steps.iter().any(|step| step.task.as_ref() == Some(&mark.id)) {
            steps.push(step(&mark.id, check));
        }
    }
    steps
}

fn plain(cell: &Cell) -> Step {
    Step {
        source: cell.source.clone(),
        task: None,
    }
}

fn step(id: &str, check: &Cell) -> Step {
    Step {
        source: by_full_path(&check.source),
        task: Some(id.to_string()),
    }
}

/// Whether the cell of a check holds anything but the check, with the second hint or without.
fn is_more(mine: &str, check: &str) -> bool {
    let bare = |text: &str| -> String {
        let text: String = text.split_whitespace().collect();
        let text = text.trim_end_matches(';');
        text.strip_suffix(".second_hint()").unwrap_or(text).to_string()
    };
    let mine = bare(mine);
    !mine.is_empty() && mine != bare(check)
}

/// A check that calls `exercise::…` of the crate, whatever module of that name the notebook defines.
fn by_full_path(check: &str) -> String {
    const SHORT: &str = "exercise::";
    let (mut text, mut rest) = (String::new(), check);
    while let Some(at) = rest.find(SHORT) {
        text.push_str(&rest[..at]);
        let before = text.chars().next_back();
        if before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':') {
            text.push_str("::gradus::");
        }
        text.push_str(SHORT);
        rest = &rest[at + SHORT.len()..];
    }
    text.push_str(rest);
    // A colon at the beginning, behind blanks or not, would be a command to the kernel; behind a tab it is Rust.
    if text.trim_start().starts_with(':') {
        text.insert(0, '\t');
    }
    text
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

    /// The plan in short: the code of plain cells, and the numbers of checks.
    #[track_caller]
    fn planned(mine: &[Cell], expected: &[&str]) {
        let origin = [
            cell("todo", None),
            cell("exercise::one(f)", Some("01.1")),
            cell("exercise::two(g)", Some("01.2")),
        ];
        let short = |step: Step| match step.task {
            Some(task) => {
                let right = ["\t::gradus::exercise::one(f)", "\t::gradus::exercise::two(g)"];
                assert!(right.contains(&step.source.as_str()), "{}", step.source);
                task
            }
            None => step.source,
        };
        let plan: Vec<_> = plan(mine, &origin).into_iter().map(short).collect();
        assert_eq!(plan, expected);
    }

    #[test]
    fn checks_are_those_that_were_handed_out_whatever_became_of_them() {
        let (one, two) = (
            cell("exercise::one(f)", Some("01.1")),
            cell("exercise::two(g)", Some("01.2")),
        );
        let mine = cell("mine", None);
        // As handed out.
        planned(&[mine.clone(), one.clone(), two.clone()], &["mine", "01.1", "01.2"]);
        // Copied: it runs twice; the grade counts it once.
        planned(
            &[one.clone(), mine.clone(), one.clone(), two.clone()],
            &["01.1", "mine", "01.1", "01.2"],
        );
        // Missing, and moved.
        planned(&[two.clone(), mine.clone()], &["01.2", "mine", "01.1"]);
        planned(std::slice::from_ref(&mine), &["mine", "01.1", "01.2"]);
        // Renamed: to a task that there is not, and to another one.
        planned(
            &[cell("exercise::one(f)", Some("01.7")), two.clone()],
            &["exercise::one(f)", "01.2", "01.1"],
        );
        planned(
            &[cell("exercise::one(f)", Some("01.2")), two.clone()],
            &["exercise::one(f)", "01.2", "01.2", "01.1"],
        );
        // Edited: emptied, with the second hint, with an answer in it, another call.
        planned(&[cell("  \n", Some("01.1")), two.clone()], &["01.1", "01.2"]);
        planned(
            &[cell("exercise::one(f)\n    .second_hint();", Some("01.1")), two.clone()],
            &["01.1", "01.2"],
        );
        planned(
            &[cell("fn f() {}", Some("01.1")), two.clone()],
            &["fn f() {}", "01.1", "01.2"],
        );
        // Turned into text, it checks all the same.
        let text = Cell { code: false, ..one };
        planned(&[text, two], &["01.1", "01.2"]);
    }

    #[test]
    fn the_graders_are_called_by_a_path_that_no_module_of_the_notebook_hides() {
        let cases = [
            ("exercise::ch01::f(f)", "\t::gradus::exercise::ch01::f(f)"),
            (
                "let a = f();\nexercise::ch01::f(a)",
                "let a = f();\n::gradus::exercise::ch01::f(a)",
            ),
            ("gradus::exercise::f(1)", "gradus::exercise::f(1)"),
            ("my_exercise::f(1)", "my_exercise::f(1)"),
            (
                "f(exercise::g(), exercise::h())",
                "f(::gradus::exercise::g(), ::gradus::exercise::h())",
            ),
        ];
        for (check, expected) in cases {
            assert_eq!(by_full_path(check), expected);
        }
    }
}
