//! Task 14.3: the next letter, drawn.

use crate::kit::{Cases, Failure, Graded, HintIf, Task, Verdict};

/// What the learner writes: the class that is drawn, from logits, a temperature, how many classes may be drawn, and a number
/// from 0 to 1 (excluded).
type Answer = fn(&[f32], f32, usize, f32) -> usize;

/// How often a class is drawn is counted with so many numbers `u`, evenly spread from 0 on.
const DRAWS: usize = 2000;

/// How far a share may be off. The even numbers leave 1 in `DRAWS` to whoever adds the shares up, in any order.
const OFF: f64 = 0.004;

/// A way to go wrong, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Right,
    Multiplied,
    NoTemperature,
    AllClasses,
    Greedy,
    Even,
}

/// Whether each class is among the `k` largest.
fn among(logits: &[f32], k: usize) -> Vec<bool> {
    let larger = |l: f32| logits.iter().filter(|other| **other > l).count();
    logits
        .iter()
        .map(|l| larger(*l) < k && *l > f32::NEG_INFINITY)
        .collect()
}

/// The chance of each class.
fn chances(logits: &[f32], temperature: f32, k: usize, way: Way) -> Vec<f64> {
    let allowed = among(logits, if way == Way::AllClasses { logits.len() } else { k });
    let best = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |(l, allowed): (&f32, &bool)| {
        let fall = f64::from(*l) - f64::from(best);
        let t = f64::from(temperature);
        match (way, *allowed) {
            (_, false) => 0.0,
            (_, true) if fall == 0.0 || way == Way::Even => 1.0,
            (Way::Greedy, true) => 0.0,
            (Way::Multiplied, true) => (fall * t).exp(),
            (Way::NoTemperature, true) => fall.exp(),
            _ => (fall / t).exp(),
        }
    };
    let weights: Vec<f64> = logits.iter().zip(&allowed).map(weight).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= OFF)
}

/// Task 14.3: a class drawn by its chance: (logits, temperature, how many of the largest may be drawn, number from 0 to 1).
pub fn sampling(answer: Answer) -> Verdict {
    let task = Task::of_course("14.3", "The next letter, drawn").hint(
        "Logits ln 1, ln 2 and ln 1 at the temperature 1 have the chances 0.25, 0.5 and 0.25. Lay them one behind the other on \
         a line from 0 to 1: on which piece does u = 0.6 lie?",
    );
    let task = task.second_hint(
        "Subtract the largest logit, divide by the temperature, take exp, set what is not among the k largest to 0. Then walk \
         through the weights and subtract them from u · (their sum) until it falls below 0.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(143);
        for (logits, temperature, k) in tried(&mut cases) {
            counted(task, answer, &logits, temperature, k)?;
        }
        for _ in 0..40 {
            // Rounding may leave the sum below the largest number under 1.
            let (n, top) = (cases.whole(30, 90), 1.0 - f32::EPSILON / 2.0);
            let mut logits = distinct(&mut cases, n);
            logits[n - 1] = if n % 2 == 0 { f32::NEG_INFINITY } else { -9.5 };
            drawn(task, answer, &logits, cases.number(0.5, 2.0), n - 1, top)?;
        }
        Ok(())
    })
}

/// Different numbers, so that the largest of them are beyond dispute.
fn distinct(cases: &mut Cases, n: usize) -> Vec<f32> {
    let mut numbers: Vec<f32> = Vec::new();
    while numbers.len() < n {
        let number = cases.number(-3.0, 3.0);
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

fn tried(cases: &mut Cases) -> Vec<(Vec<f32>, f32, usize)> {
    let none = f32::NEG_INFINITY;
    let mut all = vec![
        (vec![0.0, 2.0_f32.ln(), 0.0], 1.0, 3),
        (vec![0.5, 1.5, -1.0, 0.0], 0.5, 4),
        (vec![0.5, 1.5, -1.0, 0.0], 2.0, 4),
        (vec![0.5, 1.5, -1.0, 0.0], 1.0, 2),
        (vec![none, 1.0, 0.0], 1.0, 3),
        (vec![1.0, 0.0, none], 0.7, 2),
        (vec![1000.0, 1001.0, 999.0], 1.0, 3),
        (vec![-1000.0, -1001.0, -999.0], 1.0, 3),
        (vec![3.0, 2.9, -50.0, 2.0], 0.001, 4),
        (vec![1.0, 2.5, 2.0], 0.0, 3),
        (vec![-1.0, none, -2.0], 0.0, 2),
        (vec![4.0], 1.0, 1),
    ];
    for _ in 0..12 {
        let n = cases.whole(3, 8);
        all.push((distinct(cases, n), cases.number(0.3, 3.0), cases.whole(1, n + 2)));
    }
    all
}

fn told(logits: &[f32], temperature: f32, k: usize) -> String {
    let logits = if logits.len() > 10 {
        format!("{} logits", logits.len())
    } else {
        format!("logits {logits:?}")
    };
    format!("{logits}, temperature {temperature}, the {k} largest")
}

/// One draw, of a class that may be drawn.
fn drawn(task: &Task, answer: Answer, logits: &[f32], temperature: f32, k: usize, u: f32) -> Graded<usize> {
    let case = format!("{}, u = {u}", told(logits, temperature, k));
    let got = task.call(&case, || answer(logits, temperature, k, u))?;
    let Some(&logit) = logits.get(got) else {
        return Err(Failure::new(
            &case,
            format!("a class from 0 to {}", logits.len() - 1),
            format!("class {got}"),
        )
        .hint("The walk came to its end: rounding leaves the sum a little below u. What do you return then?"));
    };
    if among(logits, k)[got] {
        return Ok(got);
    }
    let came = format!("class {got}, whose logit is {logit}");
    let hint = match logit {
        f32::NEG_INFINITY if u == 0.0 => "A class with the chance 0 is drawn with u = 0: is it below or at most?",
        f32::NEG_INFINITY => "A logit of −∞ means a chance of 0. Did the walk come to its end without finding a class?",
        _ if u > 0.9999 => {
            "Rounding left the sum a little below u, and the walk ended with a class that is not allowed."
        }
        _ => "It is not among the k largest.",
    };
    Err(Failure::new(&case, "a class that may be drawn", came).hint(hint))
}

/// How often each class is drawn.
fn counted(task: &Task, answer: Answer, logits: &[f32], temperature: f32, k: usize) -> Graded {
    let mut shares = vec![0.0; logits.len()];
    for i in 0..DRAWS {
        let u = i as f32 / DRAWS as f32;
        let class = drawn(task, answer, logits, temperature, k, u);
        let class = class.hint_if(temperature == 0.0, COLD)?;
        shares[class] += 1.0 / DRAWS as f64;
    }
    let right = chances(logits, temperature, k, Way::Right);
    if close(&shares, &right) {
        return Ok(());
    }
    let is = |way| close(&shares, &chances(logits, temperature, k, way));
    let percent = |of: &[f64]| {
        let all: Vec<String> = of.iter().map(|p| format!("{:.1} %", 100.0 * p)).collect();
        format!("classes drawn in {}", all.join(", "))
    };
    let case = told(logits, temperature, k);
    let wrong: Graded = Err(Failure::new(&case, percent(&right), percent(&shares)));
    wrong
        .hint_if(temperature == 0.0, COLD)
        .hint_if(
            logits.iter().any(|l| (l / temperature).abs() > 80.0 && l.is_finite()),
            "exp of 89 or more is infinite, and of −104 or less it is 0. What can you subtract from all logits without changing \
             a chance?",
        )
        .hint_if(is(Way::Multiplied), "Multiplied by the temperature. Which makes the differences larger, 0.5 or 2?")
        .hint_if(
            is(Way::NoTemperature),
            "The temperature changes nothing. Divide the logits by it, before the exp: a factor of all chances cancels.",
        )
        .hint_if(is(Way::Greedy), "That is always the most likely class: what is u for?")
        .hint_if(is(Way::Even), "All classes are equally likely, whatever the logits say.")
}

const COLD: &str = "A temperature of 0 divides by 0. What do the chances become as it falls towards 0?";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    fn weights(logits: &[f32], k: usize, weigh: impl Fn(f32) -> f32) -> Vec<f32> {
        let allowed = among(logits, k);
        logits
            .iter()
            .zip(allowed)
            .map(|(l, a)| if a { weigh(*l) } else { 0.0 })
            .collect()
    }

    fn largest(logits: &[f32]) -> usize {
        (0..logits.len())
            .max_by(|a, b| logits[*a].total_cmp(&logits[*b]))
            .unwrap_or(0)
    }

    fn walk(weights: &[f32], u: f32, end: usize) -> usize {
        let mut left = u * weights.iter().sum::<f32>();
        for (class, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return class;
            }
        }
        end
    }

    fn right(logits: &[f32], t: f32, k: usize, u: f32) -> usize {
        let best = largest(logits);
        match t {
            0.0 => best,
            t => walk(&weights(logits, k, |l| ((l - logits[best]) / t).exp()), u, best),
        }
    }

    /// Written another way: sorted, cut, added up in doubles.
    fn sorted(logits: &[f32], t: f32, k: usize, u: f32) -> usize {
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
        order.truncate(k);
        let best = f64::from(logits[order[0]]);
        let t = f64::from(t).max(1e-6);
        let weight = |i: usize| ((f64::from(logits[i]) - best) / t).exp();
        let total: f64 = order.iter().map(|i| weight(*i)).sum();
        let mut sum = 0.0;
        for &i in &order {
            sum += weight(i) / total;
            if sum > f64::from(u) {
                return i;
            }
        }
        order[0]
    }

    #[test]
    fn drawings() {
        for answer in [right, sorted] as [Answer; 2] {
            let verdict = sampling(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        // What is right but for one thing.
        let with = |answer: Answer, words: &str| rejected(sampling(answer), words);
        with(
            |l, t, k, u| right(l, if t == 0.0 { 0.0 } else { 1.0 / t }, k, u),
            "Multiplied",
        );
        with(
            |l, t, k, u| right(l, if t == 0.0 { 0.0 } else { 1.0 }, k, u),
            "changes nothing",
        );
        with(|l, t, _, u| right(l, t, l.len(), u), "not among the k largest");
        with(|l, _, _, _| largest(l), "what is u for");
        with(
            |l, _, _, u| ((u * l.len() as f32) as usize).min(l.len() - 1),
            "whatever the logits say",
        );
        with(
            |l, t, k, u| {
                if t == 0.0 {
                    largest(l)
                } else {
                    walk(&weights(l, k, |l| (l / t).exp()), u, largest(l))
                }
            },
            "is infinite",
        );
        with(
            |l, t, k, u| walk(&weights(l, k, |x| ((x - l[largest(l)]) / t).exp()), u, l.len() - 1),
            "temperature of 0",
        );
        with(|_, _, _, _| todo!(), "not written yet");
    }

    #[test]
    fn the_ends_of_the_walk() {
        // The end is the last class.
        let last: Answer = |l, t, k, u| match t {
            0.0 => largest(l),
            t => walk(&weights(l, k, |x| ((x - l[largest(l)]) / t).exp()), u, l.len() - 1),
        };
        rejected(sampling(last), "not allowed");
        let behind: Answer = |l, t, k, u| match t {
            0.0 => largest(l),
            t => walk(&weights(l, k, |x| ((x - l[largest(l)]) / t).exp()), u, l.len()),
        };
        rejected(sampling(behind), "a little below u");
        // At most, where below was meant.
        let at_most: Answer = |l, t, k, u| {
            if t == 0.0 {
                return largest(l);
            }
            let weights = weights(l, k, |x| ((x - l[largest(l)]) / t).exp());
            let (goal, mut sum) = (u * weights.iter().sum::<f32>(), 0.0);
            let found = weights.iter().position(|w| {
                sum += w;
                goal <= sum
            });
            found.unwrap_or(largest(l))
        };
        rejected(sampling(at_most), "below or at most");
        // The k largest are cut off, and their chances are not made to sum to 1 again.
        let not_again: Answer = |l, t, k, u| {
            if t == 0.0 {
                return largest(l);
            }
            let all: f32 = l.iter().map(|x| ((x - l[largest(l)]) / t).exp()).sum();
            let cut = weights(l, k, |x| ((x - l[largest(l)]) / t).exp());
            let mut left = u * all;
            for (class, weight) in cut.iter().enumerate() {
                left -= weight;
                if left < 0.0 {
                    return class;
                }
            }
            largest(l)
        };
        rejected(sampling(not_again), "on a line from 0 to 1");
    }
}
