//! The answer of a grader.

use std::fmt::{self, Display};
use std::io::Write as _;

use super::seal;

/// Under this MIME type a verdict tells `cargo course check` how the task went.
pub const MARK: &str = "application/vnd.gradus.verdict+json";

/// Why an answer is not right.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What was tried: `half(3)`.
    pub case: String,
    /// What should have come.
    pub expected: String,
    /// What came.
    pub got: String,
    /// What this very mistake looks like; without it the hint of the task is shown.
    pub hint: Option<String>,
}

/// What one check of a grader says; `?` ends the grading at the first failure.
pub type Graded<T = ()> = std::result::Result<T, Failure>;

impl Failure {
    /// In the case `case`, `expected` should have come, and `got` did.
    pub fn new(case: &str, expected: impl Display, got: impl Display) -> Self {
        Self {
            case: case.to_string(),
            expected: expected.to_string(),
            got: got.to_string(),
            hint: None,
        }
    }

    /// The same with a hint for this very mistake.
    #[must_use]
    pub fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_string());
        self
    }
}

/// The answer of a grader: passed, or what was expected, what came, and a hint. A notebook shows it as text.
#[derive(Clone, Debug)]
#[must_use]
pub struct Verdict {
    pub(super) task: String,
    pub(super) title: String,
    pub(super) failure: Option<Failure>,
    pub(super) hints: [String; 2],
    pub(super) both: bool,
    /// It comes from a grader of the course.
    pub(super) of_course: bool,
}

impl Verdict {
    /// Whether the task is solved.
    pub fn passed(&self) -> bool {
        self.failure.is_none()
    }

    /// What was wrong, if anything.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// The same verdict with the second hint shown.
    pub fn second_hint(mut self) -> Self {
        self.both = true;
        self
    }

    /// Shows the verdict; the kernel calls it for a cell's last expression.
    pub fn evcxr_display(&self) {
        let mark = self.mark(seal::of(&self.task));
        let framed = format!(
            "EVCXR_BEGIN_CONTENT text/plain\n{}\nEVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT {MARK}\n{mark}\nEVCXR_END_CONTENT\n",
            self.to_string().trim_end()
        );
        let mut out = std::io::stdout().lock();
        // A closed standard output leaves nobody to tell.
        let _ = out.write_all(framed.as_bytes()).and_then(|()| out.flush());
    }
}

impl Verdict {
    /// What `cargo course check` reads. The word of the task goes only with a verdict that has earned it.
    fn mark(&self, word: Option<&str>) -> String {
        let word = word.filter(|_| self.passed() && self.of_course);
        let seal = word.map_or(String::new(), |word| format!(", \"seal\": \"{word}\""));
        format!("{{\"task\": \"{}\", \"passed\": {}{seal}}}", self.task, self.passed())
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(failure) = &self.failure else {
            return writeln!(f, "✓ {} {}: passed", self.task, self.title);
        };
        writeln!(f, "✗ {} {}: not yet", self.task, self.title)?;
        let mut row = |name: &str, text: &str| match text {
            "" => Ok(()),
            text => writeln!(f, "  {name:<10}{}", text.replace('\n', "\n            ")),
        };
        row("case", &failure.case)?;
        row("expected", &failure.expected)?;
        row("got", &failure.got)?;
        row("hint", failure.hint.as_ref().unwrap_or(&self.hints[0]))?;
        if self.both {
            return row("and", &self.hints[1]);
        }
        writeln!(f, "  One more hint: write .second_hint() behind the call.")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Task, check, take_seals};
    use super::*;

    #[test]
    fn only_a_task_of_the_course_that_is_passed_carries_the_word() {
        let graded = |task: Task, holds: bool| task.grade(|_| check("", holds, "", ""));
        let mark = |task, holds| graded(task, holds).mark(Some("open sesame"));
        assert_eq!(
            mark(Task::of_course("00.1", "t"), true),
            r#"{"task": "00.1", "passed": true, "seal": "open sesame"}"#
        );
        assert_eq!(
            mark(Task::of_course("00.1", "t"), false),
            r#"{"task": "00.1", "passed": false}"#
        );
        assert_eq!(
            mark(Task::new("00.1", "t"), true),
            r#"{"task": "00.1", "passed": true}"#
        );
        // What a notebook stores is what it was before there were words.
        assert_eq!(
            graded(Task::of_course("00.1", "t"), true).mark(None),
            r#"{"task": "00.1", "passed": true}"#
        );
    }

    #[test]
    fn the_words_are_read_once_and_leave_no_file() -> std::io::Result<()> {
        let path = std::env::temp_dir().join(format!("gradus-seals-{}", std::process::id()));
        for words in ["98.1 first\n98.2 other\n", "98.1 second\n98.3 more\n"] {
            std::fs::write(&path, words)?;
            take_seals(&path)?;
            assert!(!path.exists());
        }
        let of = ["98.1", "98.2", "98.3"].map(seal::of);
        assert_eq!(of, [Some("first"), Some("other"), None]);
        assert!(take_seals(&path).is_err());
        Ok(())
    }
}
