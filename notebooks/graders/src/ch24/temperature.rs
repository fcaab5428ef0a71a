//! Task 24.4: the temperature that makes probabilities honest.

use crate::kit::{Cases, HintIf, Task, Verdict, check};

/// What the learner writes: a temperature, from the scores of each photograph and its true class.
type Answer = fn(&[Vec<f32>], &[usize]) -> f32;

/// How far the mean loss may be from the lowest.
const NEAR: f64 = 2e-4;

/// The mean loss at a temperature.
fn loss(scores: &[Vec<f32>], labels: &[usize], t: f64) -> f64 {
    let one = |(row, label): (&Vec<f32>, &usize)| {
        let row: Vec<f64> = row.iter().map(|s| f64::from(*s) / t).collect();
        let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        top + row.iter().map(|s| (s - top).exp()).sum::<f64>().ln() - row[*label]
    };
    scores.iter().zip(labels).map(one).sum::<f64>() / labels.len() as f64
}

/// Where a function of `ln t` with one valley is lowest, between 1/20 and 20: golden section.
fn valley(value: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-3.0_f64, 3.0_f64);
    let part = (5.0_f64.sqrt() - 1.0) / 2.0;
    for _ in 0..60 {
        let (a, b) = (high - part * (high - low), low + part * (high - low));
        if value(a.exp()) < value(b.exp()) {
            high = b;
        } else {
            low = a;
        }
    }
    (0.5 * (low + high)).exp()
}

/// Scores of a network whose probabilities are true, multiplied by `too_bold`, and classes drawn from the true ones.
fn answers(cases: &mut Cases, too_bold: f32) -> (Vec<Vec<f32>>, Vec<usize>) {
    let (classes, photographs) = (cases.whole(3, 6), cases.whole(150, 300));
    let mut labels = Vec::new();
    let scores = (0..photographs)
        .map(|_| {
            let row = cases.numbers(classes, -2.5, 2.5);
            let powers: Vec<f32> = row.iter().map(|s| s.exp()).collect();
            let mut left = cases.number(0.0, powers.iter().sum::<f32>());
            let class = powers.iter().position(|p| {
                left -= p;
                left <= 0.0
            });
            labels.push(class.unwrap_or(0));
            row.iter().map(|s| too_bold * s).collect()
        })
        .collect();
    (scores, labels)
}

/// Task 24.4: the temperature with the lowest mean loss: (scores, a row for each photograph; true classes).
pub fn temperature(answer: Answer) -> Verdict {
    let task = Task::of_course("24.4", "Honest probabilities").hint(
        "Write the mean loss as a function of the temperature and look for its lowest point. It has one valley: every finer grid around \
         the best so far comes nearer.",
    );
    let task = task.second_hint(
        "The loss of one photograph is ln of the sum of exp(s/t), minus s/t of the true class. Try t = 0.1 · 1.05^k for k from 0 to 100, \
         then 1 % of such a step around the best.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(244);
        for n in 0..24 {
            let bold = [1.0, 3.0, 0.4, 6.0, 1.6, 0.25][n % 6] * cases.number(0.9, 1.1);
            let (scores, labels) = answers(&mut cases, bold);
            let case = format!("{} photographs, {} classes, scores such as {:.2?}", labels.len(), scores[0].len(), scores[0]);
            let got = f64::from(task.call(&case, || answer(&scores, &labels))?);
            check(&case, got.is_finite() && got > 0.0, "a temperature above 0", &got.to_string())?;
            let best = valley(|t| loss(&scores, &labels, t));
            let (lowest, its) = (loss(&scores, &labels, best), loss(&scores, &labels, got));
            let near = |other: f64| (got / other).ln().abs() < 0.02;
            check(&case, its <= lowest + NEAR, &format!("the temperature {best:.3}, loss {lowest:.4}"), &format!("{got:.3}, loss {its:.4}"))
                .hint_if(
                    got < 0.11 && best > 0.15,
                    "At low temperatures the exponential of an f32 is infinite or 0, and the loss NaN, which total_cmp may take for the \
                     lowest: make an f64 of s / t before exp.",
                )
                .hint_if(
                    near(1.0 / best),
                    "The scores are divided by the temperature. You have found the number that they are to be multiplied by.",
                )
                .hint_if(
                    (got / best).ln().abs() < 0.25,
                    "Nearly. Look again with smaller steps around the best temperature so far.",
                )?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;

    fn grid(scores: &[Vec<f32>], labels: &[usize], temperatures: impl Iterator<Item = f64>) -> f32 {
        let lower = |a: &f64, b: &f64| loss(scores, labels, *a).total_cmp(&loss(scores, labels, *b));
        temperatures.min_by(lower).unwrap() as f32
    }

    /// Twice a grid, the second around the best of the first.
    fn twice(scores: &[Vec<f32>], labels: &[usize]) -> f32 {
        let rough = f64::from(grid(scores, labels, (0..=100).map(|k| 0.1 * 1.05_f64.powi(k))));
        grid(scores, labels, (-60..=60).map(|k| rough * 1.001_f64.powi(k)))
    }

    /// By the slope of the loss over 1/t, which Newton's rule brings to 0.
    fn by_slope(scores: &[Vec<f32>], labels: &[usize]) -> f32 {
        let mut beta = 0.3;
        for _ in 0..200 {
            let (mut slope, mut bend) = (0.0, 0.0);
            for (row, label) in scores.iter().zip(labels) {
                let p: Vec<f64> = row.iter().map(|s| (beta * f64::from(*s)).exp()).collect();
                let sum: f64 = p.iter().sum();
                let mean = |power: i32| {
                    row.iter()
                        .zip(&p)
                        .map(|(s, p)| f64::from(*s).powi(power) * p / sum)
                        .sum::<f64>()
                };
                slope += mean(1) - f64::from(row[*label]);
                bend += mean(2) - mean(1).powi(2);
            }
            beta -= (slope / bend).clamp(-0.1, 0.1);
        }
        (1.0 / beta) as f32
    }

    /// The mean over photographs of the probability of the answer, less the share of right ones: one bin.
    fn one_bin(scores: &[Vec<f32>], labels: &[usize], t: f64) -> f64 {
        let best = |row: &Vec<f32>| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        let said = |row: &Vec<f32>| (-loss(std::slice::from_ref(row), &[best(row)], t)).exp();
        let right = scores
            .iter()
            .zip(labels)
            .filter(|(row, label)| best(row) == **label)
            .count();
        (scores.iter().map(said).sum::<f64>() - right as f64).abs()
    }

    #[test]
    fn the_lowest_loss() {
        for answer in [twice, by_slope, |s, l| valley(|t| loss(s, l, t)) as f32] as [Answer; 3] {
            let verdict = temperature(answer);
            assert!(verdict.passed(), "{verdict}");
        }
        // The loss that is handed out, mended behind the exponential, over the grid of the hint.
        let in_f32 = |s: &[Vec<f32>], l: &[usize]| {
            let loss = |t: f32| {
                let one = |(row, label): (&Vec<f32>, &usize)| {
                    let powers: f64 = row.iter().map(|s| f64::from((s / t).exp())).sum();
                    powers.ln() - f64::from(row[*label] / t)
                };
                s.iter().zip(l).map(one).sum::<f64>() / l.len() as f64
            };
            let better = |a: &f32, b: &f32| loss(*a).total_cmp(&loss(*b));
            let rough = (0..=100).map(|k| 0.1 * 1.05_f32.powi(k)).min_by(better).unwrap();
            (-60..=60).map(|k| rough * 1.001_f32.powi(k)).min_by(better).unwrap()
        };
        let verdict = temperature(in_f32);
        assert!(
            verdict.passed() || verdict.to_string().contains("before exp"),
            "{verdict}"
        );
        rejected(temperature(|_, _| 1.0), "photographs");
        rejected(temperature(|s, l| 1.0 / twice(s, l)), "multiplied by");
        rejected(temperature(|s, l| grid(s, l, (1..=10).map(f64::from))), "photographs");
        rejected(
            temperature(|s, l| grid(s, l, (1..=20).map(|k| 0.5 * f64::from(k)))),
            "photographs",
        );
        rejected(temperature(|s, l| valley(|t| one_bin(s, l, t)) as f32), "photographs");
        // The highest loss; the loss of the answer instead of that of the truth; half of the photographs.
        rejected(temperature(|s, l| valley(|t| -loss(s, l, t)) as f32), "photographs");
        rejected(
            temperature(|s, _| {
                let own = |row: &Vec<f32>| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
                let labels: Vec<usize> = s.iter().map(own).collect();
                valley(|t| loss(s, &labels, t)) as f32
            }),
            "photographs",
        );
        rejected(
            temperature(|s, l| twice(&s[..l.len() / 2], &l[..l.len() / 2])),
            "photographs",
        );
        rejected(temperature(|_, _| -1.0), "above 0");
        rejected(temperature(|_, _| f32::NAN), "above 0");
        rejected(temperature(|_, _| todo!()), "not written yet");
    }
}
