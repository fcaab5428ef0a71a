//! Why a task could not be graded, where that lies in a cell above it.
//!
//! A cell that panics, does not compile or runs too long defines nothing, and whatever uses its names then says only
//! "cannot find value". The cause is the cell that should have defined them.

use crate::kernel::gate::indented;

/// Lines of a cell that are quoted.
const QUOTED: usize = 3;

/// Cells that are no checks and failed.
#[derive(Default)]
pub struct Causes {
    failed: Vec<Failed>,
    /// What failed since the last check.
    fresh: Option<String>,
}

struct Failed {
    source: String,
    /// What it said.
    why: String,
    /// It did not get to its end for a reason of its own, not because of an earlier cell.
    told: String,
}

impl Causes {
    /// Notes that a cell failed; gives what is to be said of it.
    pub fn note(&mut self, source: &str, why: &str) -> String {
        let told = self.of_names(why).unwrap_or_else(|| why.to_string());
        self.fresh.get_or_insert_with(|| told.clone());
        self.failed.push(Failed {
            source: source.to_string(),
            why: why.to_string(),
            told: told.clone(),
        });
        told
    }

    /// What a check that failed with `why` is to say.
    pub fn of_check(&mut self, why: &str) -> String {
        let fresh = self.fresh.take();
        self.of_names(why).or(fresh).unwrap_or_else(|| why.to_string())
    }

    /// A check has run: what failed before it is no longer the likeliest cause.
    pub fn checked(&mut self) {
        self.fresh = None;
    }

    /// The failed cell that has the first missing name in it.
    fn of_names(&self, why: &str) -> Option<String> {
        missing(why).into_iter().find_map(|name| {
            let cell = self.failed.iter().find(|cell| has_word(&cell.source, name))?;
            // A cell that failed for the lack of another name points to the cell that lacks nothing.
            if cell.told != cell.why {
                return Some(cell.told.clone());
            }
            let lines: Vec<&str> = cell.source.lines().filter(|line| !line.trim().is_empty()).collect();
            let mut quoted = lines[..lines.len().min(QUOTED)].join("\n");
            if lines.len() > QUOTED {
                quoted.push_str("\n…");
            }
            Some(format!(
                "there is no `{name}`, because this cell above did not come to its end:\n{}\n{}",
                indented(&quoted),
                cell.why
            ))
        })
    }
}

/// The names that the compiler does not find, as it says so.
fn missing(why: &str) -> Vec<&str> {
    const SIGNS: [&str; 3] = ["cannot find ", "undeclared ", "unresolved "];
    let mut names = Vec::new();
    for line in why.lines() {
        let Some(at) = SIGNS.iter().filter_map(|sign| line.find(sign)).min() else {
            continue;
        };
        if let Some(name) = line[at..].split('`').nth(1)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

fn has_word(source: &str, name: &str) -> bool {
    source
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATE: &str = "still running after 120 s";

    #[test]
    fn every_task_that_needs_a_lost_name_says_what_became_of_its_cell() {
        let mut causes = Causes::default();
        causes.note("let mut net = train(40)?;", LATE);
        for _ in 0..2 {
            let said = causes.of_check("error:\n    cannot find value `net` in this scope");
            assert!(
                said.contains("no `net`") && said.contains("train(40)") && said.contains(LATE),
                "{said}"
            );
        }
        // A task that needs nothing of it says what is wrong with itself.
        let own = "error:\n    mismatched types";
        assert_eq!(causes.of_check(own), own);
        let own = "error:\n    cannot find value `other` in this scope";
        assert_eq!(causes.of_check(own), own);
    }

    #[test]
    fn a_cell_that_lacks_a_lost_name_hands_the_cause_on() {
        let mut causes = Causes::default();
        causes.note("let net = train(40)?;", LATE);
        let told = causes.note(
            "let scores = net.predict();",
            "error:\n    cannot find value `net` in this scope",
        );
        assert!(told.contains(LATE), "{told}");
        causes.checked();
        let said = causes.of_check("error:\n    cannot find value `scores` in this scope");
        assert!(said.contains("no `net`") && said.contains(LATE), "{said}");
    }

    #[test]
    fn what_failed_just_before_a_check_is_its_cause() {
        let mut causes = Causes::default();
        causes.note("fn f() -> u8 { \"\" }", "error:\n    mismatched types");
        assert!(causes.of_check("the check gave no verdict").contains("mismatched"));
        assert_eq!(
            causes.of_check("the check gave no verdict"),
            "the check gave no verdict"
        );
    }

    #[test]
    fn names_are_read_off_what_the_compiler_says() {
        let cases = [
            ("cannot find value `dev` in this scope", vec!["dev"]),
            ("cannot find function `f` in this scope\nhelp: `g`", vec!["f"]),
            (
                "cannot find type `Net` in this scope\ncannot find value `x`",
                vec!["Net", "x"],
            ),
            ("failed to resolve: use of undeclared type `Net`", vec!["Net"]),
            ("mismatched types: `u8`", vec![]),
        ];
        for (why, expected) in cases {
            assert_eq!(missing(why), expected, "{why}");
        }
    }
}
