//! One task: its name, its hints, and how it is graded.

use super::guard::guarded;
use super::verdict::{Failure, Graded, Verdict};
use gradus::Result;

/// A task that is being graded.
#[derive(Clone, Debug)]
pub struct Task {
    id: String,
    title: String,
    hints: [String; 2],
    of_course: bool,
}

impl Task {
    /// Task `id`, such as `"01.2"`: the chapter, a point, the number within it. A task that is made outside of this crate
    /// is graded like any other; `cargo course check` gives no point for it.
    pub fn new(id: &str, title: &str) -> Self {
        Self {
            id: id.to_string(),
            title: title.to_string(),
            hints: [String::new(), String::new()],
            of_course: false,
        }
    }

    /// A task of the course itself: what it says counts for `cargo course check`. Only the graders in this crate can make one.
    pub(crate) fn of_course(id: &str, title: &str) -> Self {
        Self {
            of_course: true,
            ..Self::new(id, title)
        }
    }

    /// What is shown with a failure that has no hint of its own. It points to where to look, not to the solution.
    #[must_use]
    pub fn hint(mut self, hint: &str) -> Self {
        self.hints[0] = hint.to_string();
        self
    }

    /// What [`Verdict::second_hint`] adds.
    #[must_use]
    pub fn second_hint(mut self, hint: &str) -> Self {
        self.hints[1] = hint.to_string();
        self
    }

    /// Grades: the task is passed if `checks` ends with `Ok`. A panic anywhere in it is a failure as well.
    pub fn grade(self, checks: impl FnOnce(&Self) -> Graded) -> Verdict {
        let graded = guarded(|| checks(&self)).unwrap_or_else(|panic| Err(panicked("", &panic)));
        Verdict {
            task: self.id,
            title: self.title,
            failure: graded.err(),
            hints: self.hints,
            both: false,
            of_course: self.of_course,
        }
    }

    /// Calls code of the learner.
    ///
    /// # Errors
    /// A [`Failure`] when it panics; `todo!()` is answered with "not written yet".
    pub fn call<T>(&self, case: &str, f: impl FnOnce() -> T) -> Graded<T> {
        guarded(f).map_err(|panic| panicked(case, &panic))
    }

    /// Calls code of the learner that returns a [`Result`].
    ///
    /// # Errors
    /// A [`Failure`] when it panics or returns an error.
    pub fn run<T>(&self, case: &str, f: impl FnOnce() -> Result<T>) -> Graded<T> {
        self.call(case, f)?
            .map_err(|error| Failure::new(case, "an answer", format!("the error `{error}`")))
    }
}

fn panicked(case: &str, text: &str) -> Failure {
    if text.starts_with("not yet implemented") || text.starts_with("not implemented") {
        return Failure::new(case, "your code", "todo!(): not written yet")
            .hint("Replace todo!() by your code and run the cell again, then this one.");
    }
    Failure::new(case, "an answer", format!("a panic: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(f: fn() -> f32) -> Verdict {
        let task = Task::new("00.1", "A number").hint("first").second_hint("second");
        task.grade(|task| {
            let got = task.call("the number", f)?;
            super::super::approx("the number", got, 1.0, 1e-6)
        })
    }

    #[test]
    fn panics_nan_and_todo_are_answered() {
        assert!(graded(|| 1.0).passed());
        let text = |f| graded(f).to_string();
        assert!(text(|| todo!()).contains("not written yet"), "{}", text(|| todo!()));
        assert!(text(|| [1.0_f32][std::hint::black_box(3)]).contains("a panic: index out of bounds"));
        assert!(text(|| f32::NAN).contains("NaN") && text(|| 2.0).contains("expected  1"));
    }

    #[test]
    fn the_second_hint_comes_on_demand() {
        let verdict = graded(|| 2.0);
        let first = verdict.to_string();
        assert!(first.contains("first") && !first.contains("second\n"), "{first}");
        let both = verdict.second_hint().to_string();
        assert!(both.contains("first") && both.contains("second"), "{both}");
    }

    #[test]
    fn a_panic_outside_of_a_call_and_an_error_are_answered() {
        let verdict = Task::new("00.1", "t").grade(|_| panic!("boom"));
        assert!(!verdict.passed() && verdict.to_string().contains("boom"));
        let error = gradus::Error::Plot("no pen".into());
        let verdict = Task::new("00.1", "t").grade(|task| task.run("case", || Err::<(), _>(error)));
        assert!(verdict.to_string().contains("no pen"), "{verdict}");
        // Code that is not graded panics as usual afterwards.
        assert!(std::panic::catch_unwind(|| panic!("as usual")).is_err());
    }
}
