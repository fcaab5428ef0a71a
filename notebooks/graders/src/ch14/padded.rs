//! Task 14.2: what padded sequences say.

use crate::kit::{Cases, Graded, HintIf, Task, Verdict, approx_all, check, near_all};

/// States of a batch, `(B, T, H)`: for each sequence its steps, for each step its numbers.
pub type States = [Vec<Vec<f32>>];

/// What the learner writes: the mean over the real steps and the last real state, for each sequence.
type Answer = fn(&States, &[usize]) -> (Vec<Vec<f32>>, Vec<Vec<f32>>);

/// The mean of the first `count` steps, divided by `by`; zeros for `by` 0.
fn mean(steps: &[Vec<f32>], count: usize, by: usize) -> Vec<f32> {
    let sum = |k: usize| steps[..count].iter().map(|h| h[k]).sum::<f32>();
    (0..steps[0].len())
        .map(|k| if by == 0 { 0.0 } else { sum(k) / by as f32 })
        .collect()
}

/// State number `at`, or zeros.
fn state(steps: &[Vec<f32>], at: Option<usize>) -> Vec<f32> {
    at.and_then(|at| steps.get(at))
        .cloned()
        .unwrap_or(vec![0.0; steps[0].len()])
}

/// Task 14.2: the mean over the real steps and the last real state of padded sequences: (states, lengths).
pub fn padded(answer: Answer) -> Verdict {
    let task = Task::of_course("14.2", "What is real and what is filling").hint(
        "One sequence of three steps with states of one number, 2, 4 and 9, and the length 2: the mean is 3, and the last state \
         is 4. And with the length 0?",
    );
    let task = task.second_hint(
        "Take the first `length` steps of a sequence before you add anything up, and treat the length 0 by itself.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(142);
        for n in 0..24 {
            let (batch, steps, width) = (cases.whole(1, 4), cases.whole(4, 6), cases.whole(1, 3));
            let length = |cases: &mut Cases| match n {
                0 => 3,
                // Nothing at all was written.
                12 => 0,
                3.. if n % 3 == 0 => [0, 1, steps, steps - 1][cases.whole(0, 3)],
                _ => cases.whole(1, steps),
            };
            let lengths: Vec<usize> = (0..batch).map(|_| length(&mut cases)).collect();
            // The likely mistakes are told by their numbers, so the filling is a number first.
            let fill = [0.0, 9.0, -50.0, f32::NAN][if n < 4 { n } else { cases.whole(0, 3) }];
            let mut states: Vec<Vec<Vec<f32>>> = Vec::new();
            for &length in &lengths {
                let real = |t: usize, cases: &mut Cases| match t < length {
                    true => cases.numbers(width, -3.0, 5.0),
                    // Other numbers in each row, so that a row is known by them.
                    false => vec![fill + t as f32; width],
                };
                states.push((0..steps).map(|t| real(t, &mut cases)).collect());
            }
            let case = format!("states {states:?}, lengths {lengths:?}");
            let answered = task.call(&case, || answer(&states, &lengths));
            let (means, lasts) = answered.hint_if(lengths.contains(&0), NONE)?;
            for (name, got) in [("mean", &means), ("last", &lasts)] {
                let rows = |n: usize| format!("a list of {n} rows, one for each sequence");
                check(
                    &format!("{case}: {name}"),
                    got.len() == batch,
                    &rows(batch),
                    &rows(got.len()),
                )?;
            }
            for (b, steps) in states.iter().enumerate() {
                let one = format!("sequence {steps:?} of length {}", lengths[b]);
                judge_mean(&format!("{one}: mean"), &means[b], steps, lengths[b])?;
                judge_last(&format!("{one}: last"), &lasts[b], steps, lengths[b])?;
            }
        }
        Ok(())
    })
}

const NONE: &str = "A sequence of length 0 has no steps: zeros for both, and nothing is divided by 0.";

fn judge_mean(case: &str, got: &[f32], steps: &[Vec<f32>], length: usize) -> Graded {
    let (all, is) = (steps.len(), |other: Vec<f32>| near_all(got, &other, 1e-4));
    let filled = steps.concat().iter().any(|v| v.is_nan());
    approx_all(case, got, &mean(steps, length, length), 1e-4)
        .hint_if(length == 0, NONE)
        .hint_if(
            is(mean(steps, length, all)),
            "Divided by all steps: the filling takes part in the count.",
        )
        .hint_if(is(mean(steps, all, all)), "The filling takes part in the mean.")
        .hint_if(
            is(mean(steps, all, length)),
            "Divided by the right number, but the filling is in the sum.",
        )
        .hint_if(is(mean(steps, length, 1)), "That is the sum.")
        .hint_if(
            is(mean(steps, length - length.min(1), length - length.min(1))),
            "The last real step is missing: a length of 2 means steps 0 and 1.",
        )
        .hint_if(
            filled && got.iter().any(|v| v.is_nan()),
            "NaN · 0 is NaN: the filling has to be left out, not multiplied by 0.",
        )
}

fn judge_last(case: &str, got: &[f32], steps: &[Vec<f32>], length: usize) -> Graded {
    let is = |at: Option<usize>| near_all(got, &state(steps, at), 1e-4);
    approx_all(case, got, &state(steps, length.checked_sub(1)), 1e-4)
        .hint_if(length == 0, NONE)
        .hint_if(is(Some(length)), "One step too far: the last of 2 steps is number 1.")
        .hint_if(
            is(length.checked_sub(2)),
            "One step too early: the last of 2 steps is number 1.",
        )
        .hint_if(is(Some(0)), "That is the first state.")
        .hint_if(
            got.iter().any(|v| v.is_nan()) || is(Some(steps.len() - 1)),
            "That is the last row of the block, which is filling. Which row was the last real one?",
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    type Rows = Vec<Vec<f32>>;

    fn rows(states: &States, lengths: &[usize], row: impl Fn(&Rows, usize) -> Vec<f32>) -> Rows {
        states.iter().zip(lengths).map(|(s, &n)| row(s, n)).collect()
    }

    fn means(states: &States, lengths: &[usize]) -> Rows {
        rows(states, lengths, |s, n| mean(s, n, n))
    }

    fn lasts(states: &States, lengths: &[usize]) -> Rows {
        rows(states, lengths, |s, n| state(s, n.checked_sub(1)))
    }

    /// Written another way: one walk with a running mean.
    fn walked(states: &States, lengths: &[usize]) -> (Rows, Rows) {
        let mut out = (Vec::new(), Vec::new());
        for (steps, &length) in states.iter().zip(lengths) {
            let (mut mean, mut last) = (vec![0.0; steps[0].len()], vec![0.0; steps[0].len()]);
            for (t, step) in steps.iter().enumerate().take_while(|(t, _)| *t < length) {
                for (k, v) in step.iter().enumerate() {
                    mean[k] += (v - mean[k]) / (t + 1) as f32;
                }
                last.clone_from(step);
            }
            out.0.push(mean);
            out.1.push(last);
        }
        out
    }

    #[test]
    fn real_steps() {
        for answer in [walked, |s, n| (means(s, n), lasts(s, n))] as [Answer; 2] {
            let verdict = padded(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        let wrong = |verdict, words| rejected(verdict, words);
        wrong(
            padded(|s, n| (rows(s, n, |s, n| mean(s, n, s.len())), lasts(s, n))),
            "part in the count",
        );
        wrong(
            padded(|s, n| (rows(s, n, |s, _| mean(s, s.len(), s.len())), lasts(s, n))),
            "part in the mean",
        );
        wrong(
            padded(|s, n| (rows(s, n, |s, n| mean(s, s.len(), n)), lasts(s, n))),
            "filling is in the sum",
        );
        wrong(
            padded(|s, n| (rows(s, n, |s, n| mean(s, n, 1)), lasts(s, n))),
            "That is the sum",
        );
        wrong(
            padded(|s, n| (rows(s, n, |s, n| mean(s, n - 1, n - 1)), lasts(s, n))),
            "The last real step",
        );
        wrong(
            padded(|s, n| (means(s, n), rows(s, n, |s, _| state(s, Some(s.len() - 1))))),
            "which is filling",
        );
        wrong(
            padded(|s, n| (means(s, n), rows(s, n, |s, n| state(s, Some(n.min(s.len() - 1)))))),
            "One step too far",
        );
        wrong(
            padded(|s, n| (means(s, n), rows(s, n, |s, _| state(s, Some(0))))),
            "first state",
        );
        wrong(padded(|s, n| (lasts(s, n), means(s, n))), "the mean is 3");
        wrong(padded(|s, n| (means(s, n)[1..].to_vec(), lasts(s, n))), "rows");
        wrong(padded(|_, _| todo!()), "not written yet");
    }

    #[test]
    fn empty_sequences_and_fillings_that_are_no_numbers() {
        // Multiplied by a mask of zeros and ones.
        fn masked(states: &States, lengths: &[usize]) -> Rows {
            rows(states, lengths, |s, n| {
                let mask = |t: usize| if t < n { 1.0 } else { 0.0 };
                let sum = |k: usize| (0..s.len()).map(|t| mask(t) * s[t][k]).sum::<f32>();
                (0..s[0].len()).map(|k| sum(k) / n.max(1) as f32).collect()
            })
        }
        rejected(padded(|s, n| (masked(s, n), lasts(s, n))), "not multiplied by 0");
        fn over_nothing(s: &Rows, n: usize) -> Vec<f32> {
            (0..s[0].len())
                .map(|k| s[..n].iter().map(|h| h[k]).sum::<f32>() / n as f32)
                .collect()
        }
        rejected(padded(|s, n| (rows(s, n, over_nothing), lasts(s, n))), "length 0");
        rejected(
            padded(|s, n| (means(s, n), rows(s, n, |s, n| s[n.saturating_sub(1)].clone()))),
            "length 0",
        );
        rejected(
            padded(|s, n| (means(s, n), rows(s, n, |s, n| s[n - 1].clone()))),
            "length 0",
        );
    }
}
