//! Task 24.3: the threshold at the least cost.

use crate::kit::{Cases, HintIf, Task, Verdict, check};

/// What the learner writes: a threshold, from the probabilities of the answers, whether they are right, and what a wrong one and a
/// question cost.
type Answer = fn(&[f32], &[bool], f64, f64) -> f32;

/// The mean cost where everything from `threshold` on is answered.
fn cost(sure: &[f32], right: &[bool], prices: [f64; 2], threshold: f32) -> f64 {
    let one = |(p, right): (&f32, &bool)| match (*p >= threshold, right) {
        (false, _) => prices[1],
        (true, true) => 0.0,
        (true, false) => prices[0],
    };
    sure.iter().zip(right).map(one).sum::<f64>() / sure.len() as f64
}

/// The thresholds that differ in what they do: never ask, each probability, always ask.
fn candidates(sure: &[f32]) -> Vec<f32> {
    let mut all = vec![0.0, 1.1];
    all.extend(sure);
    all
}

/// Of the candidates, the one with the lowest value.
fn lowest(sure: &[f32], value: impl Fn(f32) -> f64) -> f32 {
    let all = candidates(sure);
    all.into_iter()
        .min_by(|a, b| value(*a).total_cmp(&value(*b)))
        .unwrap_or(0.0)
}

/// Answers whose probabilities are true, too bold or too shy, or that are hardly ever right.
fn answers(cases: &mut Cases, n: usize) -> (Vec<f32>, Vec<bool>) {
    let kind = n % 4;
    let photographs = cases.whole(40, 90);
    let spread = cases.numbers(photographs, 0.2, 1.0);
    let right = spread
        .iter()
        .map(|p| {
            let truly = match kind {
                0 => *p,
                1 => p * p * p,
                2 => 1.0 - (1.0 - p).powi(3),
                _ => 0.1 * p,
            };
            cases.number(0.0, 1.0) < truly
        })
        .collect();
    // Half of the networks are sure of nearly everything: what tells their answers apart lies close to 1.
    let sure = spread
        .iter()
        .map(|p| if n % 8 < 4 { *p } else { 0.97 + 0.03 * p })
        .collect();
    (sure, right)
}

/// Task 24.3: below which probability should a person be asked? (probabilities, right or wrong, price of a wrong answer, price of
/// asking).
pub fn threshold(answer: Answer) -> Verdict {
    let task = Task::of_course("24.3", "When to ask").hint(
        "Only at the probabilities themselves does anything change. What does each of them cost as a threshold? And what do the two \
         extremes cost, never asking and always asking?",
    );
    let task = task.second_hint(
        "Candidates: 0, every probability in the list, and a number above 1. For each the sum of wrong for wrong answers with p >= t \
         and of ask for those with p < t. Return the cheapest.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(243);
        for n in 0..40 {
            let (sure, right) = answers(&mut cases, n);
            let prices = [f64::from(cases.number(2.0, 12.0)), 1.0].map(|price| price * [1.0, 0.5, 3.0][n % 3]);
            let named = right.iter().filter(|right| **right).count();
            let case = format!(
                "{} answers, {named} of them right, a wrong one costs {:.2}, asking {:.2}",
                sure.len(),
                prices[0],
                prices[1]
            );
            let got = task.call(&case, || answer(&sure, &right, prices[0], prices[1]))?;
            check(&case, !got.is_nan(), "a threshold", "NaN")?;
            let of = |t: f32| cost(&sure, &right, prices, t);
            let best = of(lowest(&sure, of));
            let same = |t: f32| (got - t).abs() < 1e-6;
            let wrong = |t: f32| sure.iter().zip(&right).filter(|(p, r)| (**p >= t) != **r).count() as f64;
            let always = got <= 1.0 && (of(1.1) - best).abs() < 1e-9;
            check(
                &case,
                of(got) <= best + 1e-9,
                &format!("a mean cost of {best:.4}"),
                &format!("{:.4}, with the threshold {got}", of(got)),
            )
            .hint_if(
                same((1.0 - prices[1] / prices[0]) as f32),
                "The rule 1 - ask/wrong is for true probabilities. Here it is measured what each threshold costs on these answers.",
            )
            .hint_if(always, "Always asking would be cheaper here: a threshold above 1 is allowed.")
            .hint_if(
                same(lowest(&sure, wrong)),
                "That makes the fewest mistakes. But a mistake and a question have different prices.",
            )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Sorted, with the sums carried along.
    fn carried(sure: &[f32], right: &[bool], wrong: f64, ask: f64) -> f32 {
        let mut pairs: Vec<(f32, bool)> = sure.iter().copied().zip(right.iter().copied()).collect();
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut now, mut best) = (ask * pairs.len() as f64, (ask * pairs.len() as f64, 2.0));
        for (k, (p, right)) in pairs.iter().enumerate() {
            now += if *right { -ask } else { wrong - ask };
            let last = pairs.get(k + 1).is_none_or(|next| next.0 < *p);
            if last && now < best.0 {
                best = (now, *p);
            }
        }
        best.1
    }

    fn grid(sure: &[f32], right: &[bool], prices: [f64; 2], steps: usize, most: f32) -> f32 {
        let all = (0..=steps).map(|k| most * k as f32 / steps as f32);
        all.min_by(|a, b| cost(sure, right, prices, *a).total_cmp(&cost(sure, right, prices, *b)))
            .unwrap()
    }

    #[test]
    fn the_cheapest_threshold() {
        for answer in [carried, |s, r, w, a| lowest(s, |t| cost(s, r, [w, a], t))] as [Answer; 2] {
            let verdict = threshold(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(threshold(|_, _, w, a| (1.0 - a / w) as f32), "1 - ask/wrong");
        rejected(threshold(|_, _, _, _| 0.5), "a mean cost of");
        rejected(threshold(|_, _, _, _| 0.0), "a mean cost of");
        rejected(threshold(|_, _, _, _| 2.0), "a mean cost of");
        rejected(threshold(|s, r, w, a| grid(s, r, [w, a], 10, 1.1)), "a mean cost of");
        // A fine grid misses what lies between.
        rejected(threshold(|s, r, w, a| grid(s, r, [w, a], 101, 1.01)), "a mean cost of");
        // Never above 1: always asking is left out.
        rejected(
            threshold(|s, r, w, a| lowest(s, |t| cost(s, r, [w, a], t) + if t > 1.0 { 9.0 } else { 0.0 })),
            "above 1",
        );
        // The fewest mistakes.
        rejected(
            threshold(|s, r, _, _| lowest(s, |t| s.iter().zip(r).filter(|(p, r)| (**p >= t) != **r).count() as f64)),
            "fewest mistakes",
        );
        // The prices exchanged; asking is free; above the threshold instead of from it on.
        rejected(
            threshold(|s, r, w, a| lowest(s, |t| cost(s, r, [a, w], t))),
            "a mean cost of",
        );
        rejected(
            threshold(|s, r, w, _| lowest(s, |t| cost(s, r, [w, 0.0], t))),
            "a mean cost of",
        );
        let above =
            |s: &[f32], r: &[bool], w: f64, a: f64| lowest(s, |t| cost(s, r, [w, a], f32::from_bits(t.to_bits() + 1)));
        rejected(threshold(above), "a mean cost of");
        rejected(threshold(|_, _, _, _| f32::NAN), "NaN");
        rejected(threshold(|_, _, _, _| todo!()), "not written yet");
    }
}
