//! Task 20.3: which step takes the exam.

use crate::kit::{Cases, HintIf, Task, Verdict, approx};

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The best step of the exam itself.
    Leak,
    /// The last step.
    Last,
    /// The first of several that are equal.
    First,
    /// What was right of the nodes to choose by.
    Valid,
    /// Right among all nodes.
    All,
    /// Choose by the exam, report the others.
    Swapped,
    /// Choose by all nodes.
    ChosenByAll,
}

/// The class with the highest score is right for this share of `among`.
fn share(classes: &[usize], labels: &[usize], among: &[usize]) -> f32 {
    among.iter().filter(|i| classes[**i] == labels[**i]).count() as f32 / among.len() as f32
}

fn chosen(steps: &[Vec<usize>], labels: &[usize], valid: &[usize], test: &[usize], way: Way) -> f32 {
    let all: Vec<usize> = (0..labels.len()).collect();
    let (by, of) = match way {
        Way::Leak => (test, test),
        Way::Valid => (valid, valid),
        Way::All => (valid, &all[..]),
        Way::Swapped => (test, valid),
        Way::ChosenByAll => (&all[..], test),
        _ => (valid, test),
    };
    let (mut best, mut exam) = (-1.0, 0.0);
    for classes in steps {
        let here = share(classes, labels, by);
        if here > best || here == best && way != Way::First || way == Way::Last {
            (best, exam) = (here, share(classes, labels, of));
        }
    }
    exam
}

/// Task 20.3: the share right in the exam at the step that is best on the nodes to choose by.
pub fn exam(answer: fn(&[Vec<usize>], &[usize], &[usize], &[usize]) -> f32) -> Verdict {
    let task = Task::of_course("20.3", "Who takes the exam").hint(
        "Two shares for each step: of the nodes to choose by, and of the exam. The first decides, the second is only reported.",
    );
    let task = task.second_hint("Keep (best, exam) and replace both where the share of `valid` is at least `best`: >= lets the later of equals win.");
    task.grade(|task| {
        let mut cases = Cases::new(203);
        for n in 0..30 {
            let (guesses, labels, valid, test) = if n == 0 { first() } else { run(&mut cases, n) };
            let case = format!("classes {guesses:?}, true {labels:?}, to choose by {valid:?}, exam {test:?}");
            let got = task.call(&case, || answer(&guesses, &labels, &valid, &test))?;
            let by = |way| chosen(&guesses, &labels, &valid, &test, way);
            let is = |way| (got - by(way)).abs() < 1e-4;
            approx(&case, got, by(Way::Right), 1e-4)
                .hint_if(
                    is(Way::First),
                    "Of several steps that are equally good, the later one takes the exam.",
                )
                .hint_if(
                    is(Way::Leak),
                    "That is the step that is best in the exam: whoever chooses by the exam has seen it.",
                )
                .hint_if(
                    is(Way::Valid),
                    "The best share of the nodes to choose by is too good: they were chosen by. Report the exam.",
                )
                .hint_if(
                    is(Way::Swapped),
                    "Choose by `valid`, report `test`, and not the other way round.",
                )
                .hint_if(is(Way::All), "Report the nodes of the exam alone.")
                .hint_if(
                    is(Way::ChosenByAll),
                    "Choose by the nodes of `valid` alone: among all nodes is the exam.",
                )
                .hint_if(is(Way::Last), "That is the last step, and not the best.")?;
        }
        Ok(())
    })
}

/// The classes at each step, the true ones, the nodes to choose by, and those of the exam.
type Case = (Vec<Vec<usize>>, Vec<usize>, Vec<usize>, Vec<usize>);

/// A run in which every way to go wrong gives something else.
fn first() -> Case {
    let guesses = [
        [0, 0, 1, 2, 0, 1, 1, 1, 1, 0, 1, 2],
        [0, 0, 1, 2, 0, 2, 2, 2, 0, 2, 2, 1],
        [2, 0, 0, 2, 2, 0, 0, 1, 1, 2, 0, 1],
        [0, 0, 0, 2, 1, 0, 1, 1, 0, 2, 1, 1],
        [0, 0, 1, 0, 0, 2, 1, 1, 1, 2, 1, 2],
        [1, 0, 0, 2, 0, 2, 2, 2, 2, 2, 1, 1],
    ];
    let labels = vec![0, 0, 1, 2, 0, 0, 1, 1, 1, 2, 1, 1];
    (
        guesses.map(Vec::from).to_vec(),
        labels,
        vec![2, 3, 4],
        (5..12).rev().collect(),
    )
}

fn run(cases: &mut Cases, n: usize) -> Case {
    let (nodes, steps) = (cases.whole(8, 14), if n == 1 { 1 } else { cases.whole(3, 6) });
    let labels = cases.wholes(nodes, 0, 2);
    let guesses: Vec<Vec<usize>> = (0..steps)
        .map(|_| {
            labels
                .iter()
                .map(|label| {
                    if cases.whole(0, 1) == 0 {
                        *label
                    } else {
                        cases.whole(0, 2)
                    }
                })
                .collect()
        })
        .collect();
    // Anywhere, in any order, and some nodes are in neither.
    let keys = cases.numbers(nodes, 0.0, 1.0);
    let mut order: Vec<usize> = (0..nodes).collect();
    order.sort_by(|a, b| keys[*a].total_cmp(&keys[*b]));
    let (valid, test) = (order[..3].to_vec(), order[3..nodes - 2].to_vec());
    (guesses, labels, valid, test)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    macro_rules! by {
        ($way:ident) => {
            exam(|s, l, v, t| chosen(s, l, v, t, Way::$way))
        };
    }

    #[test]
    fn choices() {
        let verdict = by!(Right);
        assert!(verdict.passed(), "{verdict}");
        for wrong in [
            by!(Leak),
            by!(Last),
            by!(First),
            by!(Valid),
            by!(All),
            by!(Swapped),
            by!(ChosenByAll),
        ] {
            assert!(!wrong.passed(), "{wrong}");
        }
        // Never looks at `test`: takes all nodes behind the last of `valid`.
        let behind = exam(|s, l, v, _| {
            let from = v.iter().max().map_or(0, |last| last + 1);
            chosen(s, l, v, &(from..l.len()).collect::<Vec<_>>(), Way::Right)
        });
        assert!(!behind.passed(), "{behind}");
        rejected(by!(Valid), "too good");
        rejected(by!(All), "exam alone");
        rejected(by!(Swapped), "other way round");
        rejected(exam(|_, _, _, _| f32::NAN), "NaN");
        rejected(exam(|_, _, _, _| todo!()), "not written yet");
    }
}
