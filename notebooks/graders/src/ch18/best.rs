//! Task 18.1: the best discriminator, and what it reaches.

use crate::kit::{Cases, HintIf, Task, Verdict, approx, approx_all, near_all};

/// What the learner writes: from the probabilities of some outcomes among real and among made samples, the best answer for each
/// outcome, and the value of the game.
type Answer = fn(&[f32], &[f32]) -> (Vec<f32>, f32);

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The probability of being made.
    Swapped,
    /// p / q.
    Ratio,
    /// Logarithms to base 2.
    Bits,
    /// The loss that the discriminator makes small.
    Loss,
    /// The mean over the outcomes, not weighted by how often they come.
    Unweighted,
    /// The Jensen-Shannon divergence itself.
    Divergence,
}

fn solved(p: &[f32], q: &[f32], way: Way) -> (Vec<f32>, f32) {
    let best: Vec<f32> = p.iter().zip(q).map(|(p, q)| p / (p + q)).collect();
    let term = |share: f32, d: f32| if share > 0.0 { share * d.ln() } else { 0.0 };
    let value: f32 = (0..p.len())
        .map(|i| match way {
            Way::Unweighted => (best[i].max(1e-30).ln() + (1.0 - best[i]).max(1e-30).ln()) / p.len() as f32,
            _ => term(p[i], best[i]) + term(q[i], 1.0 - best[i]),
        })
        .sum();
    match way {
        Way::Swapped => (best.iter().map(|d| 1.0 - d).collect(), value),
        Way::Ratio => (p.iter().zip(q).map(|(p, q)| p / q).collect(), value),
        Way::Bits => (best, value / std::f32::consts::LN_2),
        Way::Loss => (best, -value),
        Way::Divergence => (best, (value + 4.0_f32.ln()) / 2.0),
        _ => (best, value),
    }
}

/// Probabilities of `n` outcomes, some of them 0; `never` is not.
fn shares(cases: &mut Cases, n: usize, zeros: bool, never: &[f32]) -> Vec<f32> {
    let mut weights: Vec<f32> = (0..n).map(|_| cases.number(0.05, 1.0)).collect();
    for (i, weight) in weights.iter_mut().enumerate() {
        let allowed = never.get(i).is_none_or(|other| *other > 0.0);
        if zeros && allowed && cases.whole(0, 2) == 0 {
            *weight = 0.0;
        }
    }
    // One outcome at least must come.
    let sum: f32 = weights.iter().sum();
    if sum == 0.0 {
        return vec![1.0 / n as f32; n];
    }
    weights.iter().map(|w| w / sum).collect()
}

/// Task 18.1: the discriminator that nobody can beat, for outcomes that can be counted.
pub fn best(answer: Answer) -> Verdict {
    let task = Task::of_course("18.1", "The best judge").hint(
        "Outcome i comes with probability p[i] if it is real and q[i] if it is made; of those that come, which share is real? \
            And the \
         value is the sum of p ln D + q ln(1 - D). Try p = q first: D is 1/2 and the value -ln 4.",
    );
    let task = task.second_hint(
        "D = p / (p + q). In the sum leave out what is multiplied by 0: 0 times ln 0 is NaN for a \
        computer, and nothing here.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(181);
        for n in 0..30 {
            let (p, q) = match n {
                0 => (vec![0.5, 0.5], vec![0.5, 0.5]),
                1 => (vec![0.9, 0.1], vec![0.3, 0.7]),
                _ => {
                    let outcomes = cases.whole(2, 6);
                    let p = shares(&mut cases, outcomes, n >= 10, &[]);
                    let q = shares(&mut cases, outcomes, n >= 10, &p);
                    (p, q)
                }
            };
            let case = format!("p = {p:.3?}, q = {q:.3?}");
            let (got, value) = task.call(&case, || answer(&p, &q))?;
            let is = |way: Way| near_all(&got, &solved(&p, &q, way).0, 1e-4);
            let gives = |way: Way| (value - solved(&p, &q, way).1).abs() < 1e-4;
            let (wanted, reached) = solved(&p, &q, Way::Right);
            approx_all(&format!("{case}: the discriminator"), &got, &wanted, 1e-4)
                .hint_if(
                    is(Way::Swapped),
                    "That is the probability of being made. The discriminator says how likely a sample is *real*.",
                )
                .hint_if(
                    is(Way::Ratio),
                    "p / q can be larger than 1. What is the share of the real ones among *all* that come?",
                )?;
            approx(&format!("{case}: the value"), value, reached, 1e-4)
                .hint_if(
                    value.is_nan(),
                    "Where a probability is 0, leave its term out: 0 · ln 0 is NaN for a computer.",
                )
                .hint_if(gives(Way::Bits), "Those are bits: take the natural logarithm, `ln`.")
                .hint_if(
                    gives(Way::Loss),
                    "The sign: the value is what the discriminator makes *large*; its loss is minus that.",
                )
                .hint_if(
                    gives(Way::Unweighted),
                    "A mean is weighted by how often an outcome comes: with p for real samples, with q for made ones.",
                )
                .hint_if(
                    gives(Way::Divergence),
                    "That is the Jensen-Shannon divergence; the value is twice that, minus ln 4.",
                )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// By the formula with the divergence.
    fn by_divergence(p: &[f32], q: &[f32]) -> (Vec<f32>, f32) {
        let kl = |a: &[f32]| -> f32 {
            let middle = p.iter().zip(q).map(|(p, q)| (p + q) / 2.0);
            a.iter()
                .zip(middle)
                .filter(|(a, _)| **a > 0.0)
                .map(|(a, m)| a * (a / m).ln())
                .sum()
        };
        let best = p.iter().zip(q).map(|(p, q)| p / (p + q)).collect();
        (best, kl(p) + kl(q) - 4.0_f32.ln())
    }

    #[test]
    fn the_best_judge() {
        for right in [|p: &[f32], q: &[f32]| solved(p, q, Way::Right), by_divergence] {
            let verdict = best(right);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(best(|p, q| solved(p, q, Way::Swapped)), "how likely a sample is *real*");
        rejected(best(|p, q| solved(p, q, Way::Ratio)), "larger than 1");
        rejected(best(|p, q| solved(p, q, Way::Bits)), "Those are bits");
        rejected(best(|p, q| solved(p, q, Way::Loss)), "The sign");
        rejected(best(|p, q| solved(p, q, Way::Unweighted)), "weighted by how often");
        rejected(best(|p, q| solved(p, q, Way::Divergence)), "twice that");
        let naive = |p: &[f32], q: &[f32]| {
            let d = solved(p, q, Way::Right).0;
            let value = (0..p.len()).map(|i| p[i] * d[i].ln() + q[i] * (1.0 - d[i]).ln()).sum();
            (d, value)
        };
        rejected(best(naive), "leave its term out");
        rejected(best(|p, _| (vec![0.5; p.len()], -4.0_f32.ln())), "the discriminator");
        rejected(best(|_, _| todo!()), "not written yet");
    }
}
