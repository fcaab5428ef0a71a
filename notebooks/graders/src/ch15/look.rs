//! Task 15.1: attention by hand.

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, check, near_all};

/// Some rows of numbers.
pub(super) type Rows = Vec<Vec<f32>>;

/// What the learner writes: (queries, keys, values, causal) to a row for each query.
type Answer = fn(&Rows, &Rows, &Rows, bool) -> Rows;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    NoScale,
    /// Divided by d and not by its root.
    Halved,
    /// The mask is not there.
    Open,
    /// A step does not see itself.
    Strict,
    /// What is hidden has the score 0.
    Zero,
    /// Hidden after the softmax: the rest does not sum to 1.
    Late,
    /// The softmax over the queries.
    OtherAxis,
}

pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Positive shares with sum 1; all 0 where nothing can be seen.
pub(super) fn softmax(scores: &[f32]) -> Vec<f32> {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if top == f32::NEG_INFINITY {
        return vec![0.0; scores.len()];
    }
    let e: Vec<f32> = scores.iter().map(|s| (s - top).exp()).collect();
    let sum: f32 = e.iter().sum();
    e.iter().map(|e| e / sum).collect()
}

fn attended(q: &Rows, k: &Rows, v: &Rows, causal: bool, way: Way) -> Rows {
    let d = k[0].len() as f32;
    let by = match way {
        Way::NoScale => 1.0,
        Way::Halved => d,
        _ => d.sqrt(),
    };
    let hidden = |t: usize, j: usize| causal && way != Way::Open && (j > t || way == Way::Strict && j == t);
    let score = |t: usize, j: usize| match (hidden(t, j), way) {
        (true, Way::Zero) => 0.0,
        (false, _) | (true, Way::Late) => dot(&q[t], &k[j]) / by,
        (true, _) => f32::NEG_INFINITY,
    };
    let row = |t: usize| softmax(&(0..k.len()).map(|j| score(t, j)).collect::<Vec<_>>());
    let column = |j: usize| softmax(&(0..q.len()).map(|t| score(t, j)).collect::<Vec<_>>());
    let mut shares: Rows = (0..q.len()).map(row).collect();
    if way == Way::OtherAxis {
        let all: Rows = (0..k.len()).map(column).collect();
        shares = (0..q.len())
            .map(|t| all.iter().map(|of_key| of_key[t]).collect())
            .collect();
    }
    let late = |t: usize, j: usize| if way == Way::Late && hidden(t, j) { 0.0 } else { 1.0 };
    let sum = |t: usize, i: usize| (0..k.len()).map(|j| late(t, j) * shares[t][j] * v[j][i]).sum();
    (0..q.len())
        .map(|t| (0..v[0].len()).map(|i| sum(t, i)).collect())
        .collect()
}

/// Task 15.1: attention, with a causal mask or without: (queries, keys, values, causal).
pub fn look(answer: Answer) -> Verdict {
    let task = Task::of_course("15.1", "Who looks at whom").hint(
        "One query (2, 0, 2, 0) and the keys (1, 1, 1, 0), (1, 0, 0, 1), (0, 1, 0, 1): the scores are 2, 1 and 0, the shares 0.665, 0.245 \
         and 0.090. Which number of yours differs first?",
    );
    let task = task.second_hint(
        "For each query: the dot products with all keys, divided by the root of the length of a key; minus infinity where the mask hides; \
         a softmax over the keys; the sum of the values with these shares.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(151);
        for n in 0..24 {
            let causal = n % 2 == 1;
            let [queries, keys] = match n {
                0 => [1, 3],
                1..4 => [3, 3],
                _ if causal => [cases.whole(1, 6); 2],
                _ => [cases.whole(1, 5), cases.whole(1, 6)],
            };
            let (d, width) = (cases.whole(2, 6), cases.whole(1, 5));
            let large = if n >= 20 { 40.0 } else { 1.5 };
            let mut rows = |count: usize, width: usize, to: f32| -> Rows {
                (0..count).map(|_| cases.numbers(width, -to, to)).collect()
            };
            let (q, k, v) = (rows(queries, d, large), rows(keys, d, large), rows(keys, width, 2.0));
            let case = told(&q, &k, &v, causal);
            let got = task.call(&case, || answer(&q, &k, &v, causal))?;
            let sizes = |rows: &Rows| rows.iter().map(Vec::len).collect::<Vec<_>>();
            check(
                &case,
                sizes(&got) == vec![width; queries],
                &format!("{queries} rows of {width} numbers"),
                &format!("rows of {:?}", sizes(&got)),
            )
            .hint_if(true, "There is a row for each query, and it is a mixture of values: as long as a value, not as a key.")?;
            let right = attended(&q, &k, &v, causal, Way::Right).concat();
            let is = |way| near_all(&got.concat(), &attended(&q, &k, &v, causal, way).concat(), 1e-3);
            approx_all(&case, &got.concat(), &right, 1e-3)
                .hint_if(large > 2.0, "Scores are large here: exp of 89 is infinite in f32. What may be taken from all scores of a query?")
                .hint_if(is(Way::NoScale), "The scores are not scaled.")
                .hint_if(is(Way::Halved), "Divided by d. Its root is meant.")
                .hint_if(is(Way::Open), "The mask hides nothing: the first step may only see itself.")
                .hint_if(is(Way::Strict), "A step may see itself, too.")
                .hint_if(is(Way::Zero), "What is hidden has the score 0, and exp of 0 is 1. Which score has a share of 0?")
                .hint_if(is(Way::Late), "Hidden after the softmax, so the shares of what is left do not sum to 1.")
                .hint_if(is(Way::OtherAxis), "Your softmax goes over the queries: who shares its attention among whom?")?;
        }
        Ok(())
    })
}

fn told(q: &Rows, k: &Rows, v: &Rows, causal: bool) -> String {
    let mask = if causal { "causal" } else { "no mask" };
    match q.len() {
        1 => format!("query {:?}, keys {k:?}, values {v:?}, {mask}", q[0]),
        n => format!("{n} queries, {} keys of {} numbers, {mask}", k.len(), k[0].len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    /// Written another way: every sum for itself, in doubles.
    fn other(q: &Rows, k: &Rows, v: &Rows, causal: bool) -> Rows {
        let mut out = Vec::new();
        for (t, q) in q.iter().enumerate() {
            let seen = if causal { t + 1 } else { k.len() };
            let score =
                |k: &Vec<f32>| q.iter().zip(k).map(|(a, b)| f64::from(a * b)).sum::<f64>() / (q.len() as f64).sqrt();
            let scores: Vec<f64> = k[..seen].iter().map(score).collect();
            let top = scores.iter().copied().fold(f64::MIN, f64::max);
            let total: f64 = scores.iter().map(|s| (s - top).exp()).sum();
            let mixed = |i: usize| {
                scores
                    .iter()
                    .zip(v)
                    .map(|(s, v)| (s - top).exp() / total * f64::from(v[i]))
                    .sum::<f64>() as f32
            };
            out.push((0..v[0].len()).map(mixed).collect());
        }
        out
    }

    fn right(q: &Rows, k: &Rows, v: &Rows, causal: bool) -> Rows {
        attended(q, k, v, causal, Way::Right)
    }

    #[test]
    fn looks() {
        for answer in [other, right] as [Answer; 2] {
            let verdict = look(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        let with = |answer: Answer, words: &str| rejected(look(answer), words);
        with(|q, k, v, c| attended(q, k, v, c, Way::NoScale), "not scaled");
        with(|q, k, v, c| attended(q, k, v, c, Way::Halved), "root is meant");
        with(|q, k, v, c| attended(q, k, v, c, Way::Open), "hides nothing");
        with(|q, k, v, c| attended(q, k, v, c, Way::Strict), "see itself, too");
        with(|q, k, v, c| attended(q, k, v, c, Way::Zero), "share of 0");
        with(|q, k, v, c| attended(q, k, v, c, Way::Late), "do not sum to 1");
        with(|q, k, v, c| attended(q, k, v, c, Way::OtherAxis), "over the queries");
        with(|q, k, _, c| attended(q, k, k, c, Way::Right), "not as a key");
        with(|_, _, _, _| todo!(), "not written yet");
        with(
            |q, k, v, causal| {
                let weight = |t: usize, j: usize| match causal && j > t {
                    true => 0.0,
                    false => (dot(&q[t], &k[j]) / (q[t].len() as f32).sqrt()).exp(),
                };
                let total = |t: usize| (0..k.len()).map(|j| weight(t, j)).sum::<f32>();
                let sum = |t: usize, i: usize| (0..k.len()).map(|j| weight(t, j) / total(t) * v[j][i]).sum();
                (0..q.len())
                    .map(|t| (0..v[0].len()).map(|i| sum(t, i)).collect())
                    .collect()
            },
            "infinite in f32",
        );
    }
}
