//! Task 17.3: the divergence of one bell from another.

use crate::kit::{Cases, HintIf, Task, Verdict, approx, near_all};

/// What the learner writes: the divergence of bells `q` from bells `p`: means and log variances of `q`, then of `p`.
type Answer = fn([&[f32]; 2], [&[f32]; 2]) -> f32;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    /// The divergence of `p` from `q`.
    Reversed,
    /// A mean over the numbers of the code.
    Averaged,
    /// Without the 1/2.
    NoHalf,
    /// Without the -1.
    NoOne,
    /// From the standard bell, whatever `p` is.
    Standard,
    /// Deviations where variances belong.
    Deviations,
    /// Only the variance of `q` is divided by that of `p`.
    MeansBare,
}

fn apart(q: [&[f32]; 2], p: [&[f32]; 2], way: Way) -> f32 {
    let (q, p) = if way == Way::Reversed { (p, q) } else { (q, p) };
    let one = |k: usize| {
        let (mut m, mut s) = (p[0][k], p[1][k]);
        if way == Way::Standard {
            (m, s) = (0.0, 0.0);
        }
        let scale = if way == Way::Deviations { 0.5 } else { 1.0 };
        let (width, square) = ((scale * q[1][k]).exp(), (q[0][k] - m).powi(2));
        let share = match way {
            Way::MeansBare => width / (scale * s).exp() + square,
            _ => (width + square) / (scale * s).exp(),
        };
        let rest = if way == Way::NoOne { 0.0 } else { 1.0 };
        let factor = if way == Way::NoHalf { 1.0 } else { 0.5 };
        factor * (s - q[1][k] + share - rest)
    };
    let sum: f32 = (0..q[0].len()).map(one).sum();
    if way == Way::Averaged {
        sum / q[0].len() as f32
    } else {
        sum
    }
}

/// Task 17.3: the divergence of one code's bells from other bells: ([means, log variances], [means, log variances]).
pub fn divergence(answer: Answer) -> Verdict {
    let task = Task::of_course("17.3", "From any bell to any other").hint(
        "A bell is no distance from itself: 0. From the standard bell it is the chapter's formula. For the rest, go through its \
         derivation again with another p: the mean of log q - log p over z = mean + deviation * noise.",
    );
    let task = task.second_hint(
        "For each number 1/2 (s_p - s_q + (exp(s_q) + (mean_q - mean_p)^2) / exp(s_p) - 1), and then the sum.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(173);
        for n in 0..40 {
            let count = [1, 1, 2, 3][n % 4];
            let mut numbers = |low, high| cases.numbers(count, low, high);
            let (qm, qs) = (numbers(-2.0, 2.0), numbers(-2.0, 1.5));
            let (pm, ps) = match n {
                0 => (qm.clone(), qs.clone()),
                1 | 2 => (vec![0.0; count], vec![0.0; count]),
                _ => (numbers(-2.0, 2.0), numbers(-2.0, 1.5)),
            };
            let (q, p) = ([&qm[..], &qs[..]], [&pm[..], &ps[..]]);
            let case = format!("q: means {qm:?}, log variances {qs:?}; p: means {pm:?}, log variances {ps:?}");
            let got = task.call(&case, || answer(q, p))?;
            let is = |way| near_all(&[got], &[apart(q, p, way)], 1e-5);
            approx(&case, got, apart(q, p, Way::Right), 1e-4)
                .hint_if(
                    n > 2 && is(Way::Standard),
                    "That is the distance from the standard bell. Here p is another one.",
                )
                .hint_if(
                    is(Way::Reversed),
                    "That is p from q. The mean is taken over draws from q.",
                )
                .hint_if(
                    count > 1 && is(Way::Averaged),
                    "The numbers of a code add up, they are not averaged.",
                )
                .hint_if(
                    is(Way::NoHalf),
                    "Twice too much: there is a 1/2 in the logarithm of a bell.",
                )
                .hint_if(
                    is(Way::NoOne),
                    "It must be 0 where both are the same bell. What is left over, for each number?",
                )
                .hint_if(
                    is(Way::Deviations),
                    "exp(s / 2) is the deviation. The formula wants variances.",
                )
                .hint_if(
                    is(Way::MeansBare),
                    "How far apart the means are counts in units of p's deviation, too.",
                )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: log q - log p integrated over a fine comb.
    fn combed(q: [&[f32]; 2], p: [&[f32]; 2]) -> f32 {
        let log = |z: f64, m: f64, s: f64| -0.5 * (s + (z - m).powi(2) / s.exp() + std::f64::consts::TAU.ln());
        let one = |k: usize| {
            let [qm, qs, pm, ps] = [q[0][k], q[1][k], p[0][k], p[1][k]].map(f64::from);
            let step = (qs / 2.0).exp() * 0.01;
            let at = |i: i32| qm + step * f64::from(i);
            (-1000..=1000)
                .map(|i| log(at(i), qm, qs).exp() * (log(at(i), qm, qs) - log(at(i), pm, ps)) * step)
                .sum::<f64>()
        };
        (0..q[0].len()).map(one).sum::<f64>() as f32
    }

    #[test]
    fn bells() {
        for answer in [combed, |q, p| apart(q, p, Way::Right)] as [Answer; 2] {
            let verdict = divergence(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        rejected(divergence(|q, p| apart(q, p, Way::Reversed)), "p from q");
        rejected(divergence(|q, p| apart(q, p, Way::Averaged)), "not averaged");
        rejected(divergence(|q, p| apart(q, p, Way::NoHalf)), "Twice too much");
        rejected(divergence(|q, p| apart(q, p, Way::NoOne)), "What is left over");
        rejected(divergence(|q, p| apart(q, p, Way::Standard)), "no distance from itself");
        rejected(divergence(|q, p| apart(q, p, Way::Deviations)), "wants variances");
        rejected(divergence(|q, p| apart(q, p, Way::MeansBare)), "p's deviation");
        rejected(divergence(|_, _| 0.0), "no distance from itself");
        rejected(divergence(|_, _| todo!()), "not written yet");
    }

    /// From the standard bell it is what the crate says.
    #[test]
    fn the_crate_agrees() -> gradus::Result<()> {
        use gradus::dfdx::prelude::*;
        let dev = gradus::device::device(0)?;
        let (m, s) = (Cases::new(1).numbers(5, -2.0, 2.0), Cases::new(2).numbers(5, -2.0, 2.0));
        let rows = |v: &[f32]| dev.tensor_from_vec(v.to_vec(), (5usize, Const::<1>));
        let crate_says: f32 = gradus::nn::gaussian_kl(rows(&m), rows(&s))?.as_vec().iter().sum();
        let ours = apart([&m, &s], [&[0.0; 5], &[0.0; 5]], Way::Right);
        assert!(near_all(&[crate_says], &[ours], 1e-5), "{crate_says} {ours}");
        Ok(())
    }
}
