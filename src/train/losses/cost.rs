//! Losses by hand: the value of each sample beside its slopes with respect to the scores.
//!
//! All of it in f64: a loss is a small sum over few numbers, and the mean of many must not lose digits.

use rayon::prelude::*;

use crate::{Error, Result};

/// The losses of a batch, and how they change with the scores.
pub(in crate::train) struct Costs {
    /// The loss of each sample.
    pub losses: Vec<f64>,
    /// The derivative of each sample's loss by its scores, `(B, N)`.
    slopes: Vec<f64>,
    /// What the sum of the losses is divided by to give their mean.
    divisor: f64,
}

impl Costs {
    fn new(samples: usize, numbers: usize) -> Self {
        Self {
            losses: Vec::with_capacity(samples),
            slopes: Vec::with_capacity(numbers),
            divisor: samples as f64,
        }
    }

    /// Losses and slopes that were computed elsewhere.
    pub fn given(losses: Vec<f64>, slopes: Vec<f64>) -> Self {
        Self {
            divisor: losses.len() as f64,
            losses,
            slopes,
        }
    }

    /// Losses and slopes whose mean is their sum over `divisor`.
    pub fn over(losses: Vec<f64>, slopes: Vec<f64>, divisor: f64) -> Self {
        Self {
            losses,
            slopes,
            divisor,
        }
    }

    /// The same, of which only the rows count that `counts` names.
    pub fn only(mut self, width: usize, counts: impl Fn(usize) -> bool) -> Self {
        let mut n = 0;
        for (i, slopes) in self.slopes.chunks_mut(width.max(1)).enumerate() {
            if counts(i) {
                n += 1;
            } else {
                slopes.fill(0.0);
                self.losses[i] = 0.0;
            }
        }
        self.divisor = n as f64;
        self
    }

    /// The mean loss of the batch.
    pub fn mean(&self) -> f64 {
        self.over_divisor(self.losses.iter().sum())
    }

    /// The derivative of the mean loss by the scores, `(B, N)`.
    pub fn mean_slopes(&self) -> Vec<f32> {
        self.slopes.par_iter().map(|s| self.over_divisor(*s) as f32).collect()
    }

    /// A batch without weight has no mean; its loss is 0.
    fn over_divisor(&self, sum: f64) -> f64 {
        if self.divisor == 0.0 { 0.0 } else { sum / self.divisor }
    }

    /// For each sample the mean over its numbers of `f(score - target)`; `f` gives value and slope.
    pub fn distances(scores: &[f32], width: usize, targets: &[f32], f: impl Fn(f64) -> (f64, f64)) -> Self {
        let mut costs = Self::new(targets.len() / width.max(1), scores.len());
        let share = 1.0 / width as f64;
        for (scores, targets) in rows(scores, width).zip(rows(targets, width)) {
            let mut loss = 0.0;
            for (score, target) in scores.iter().zip(targets) {
                let (value, slope) = f(f64::from(*score) - f64::from(*target));
                loss += value * share;
                costs.slopes.push(slope * share);
            }
            costs.losses.push(loss);
        }
        costs
    }

    /// `-sum(target * score)`, for scores that are log-probabilities.
    pub fn log_likelihood(scores: &[f32], width: usize, targets: &[f32]) -> Self {
        let mut costs = Self::new(targets.len() / width.max(1), scores.len());
        for (scores, targets) in rows(scores, width).zip(rows(targets, width)) {
            let terms = scores.iter().zip(targets).filter(|(_, t)| **t != 0.0);
            costs
                .losses
                .push(terms.map(|(s, t)| -f64::from(*s) * f64::from(*t)).sum());
            costs.slopes.extend(targets.iter().map(|t| -f64::from(*t)));
        }
        costs
    }
}

fn rows(table: &[f32], width: usize) -> std::slice::Chunks<'_, f32> {
    table.chunks(width.max(1))
}

/// Whether the first of two scores is a 0 that is not there.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::train) enum Pair {
    Implied,
    No,
}

/// The family of cross-entropy and focal loss: `sum over classes of q * (1 - p)^gamma * -log(p)`, where `p` is the softmax
/// of the scores and `q` the smoothed target times the weight of the class.
#[derive(Default)]
pub(in crate::train) struct Likelihood {
    /// One per class, or none.
    pub weights: Vec<f32>,
    pub smoothing: f32,
    pub gamma: f32,
    /// Whether the mean is over the weights of the samples' classes instead of over the samples.
    pub mean_over_weights: bool,
}

impl Likelihood {
    /// Refuses settings that have no meaning for this number of classes.
    pub fn check(&self, classes: usize) -> Result<()> {
        let refuse = |what: &str, expected: &str, got: String| {
            Err(Error::Argument {
                what: what.into(),
                expected: expected.into(),
                got,
            })
        };
        if !self.weights.is_empty() && self.weights.len() != classes {
            let expected = format!("{classes}, one per class, or none");
            return refuse("weights of the loss", &expected, self.weights.len().to_string());
        }
        if let Some(weight) = self.weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
            return refuse("weight of a class", "a finite number, not below 0", weight.to_string());
        }
        if !(0.0..=1.0).contains(&self.smoothing) {
            return refuse("label_smoothing", "a number from 0 to 1", self.smoothing.to_string());
        }
        if !(self.gamma.is_finite() && self.gamma >= 0.0) {
            return refuse("gamma", "a finite number, not below 0", self.gamma.to_string());
        }
        Ok(())
    }

    /// What a class counts.
    pub fn weight(&self, class: usize) -> f64 {
        self.weights.get(class).map_or(1.0, |w| f64::from(*w))
    }

    /// What class `c` counts where class `target` of `classes` is the right one: `q` above.
    pub fn share(&self, c: usize, target: usize, classes: usize) -> f64 {
        let smoothing = f64::from(self.smoothing);
        let own = if c == target { 1.0 - smoothing } else { 0.0 };
        self.weight(c) * (own + smoothing / classes as f64)
    }

    /// The losses of `scores`, `(B, classes)`, or `(B, 1)` for an implied pair, against `targets`, `(B, classes)`; `hard`
    /// says that each row of the targets names one class.
    pub fn costs(&self, scores: &[f32], classes: usize, pair: Pair, targets: &[f32], hard: bool) -> Costs {
        let width = if pair == Pair::Implied { 1 } else { classes };
        let mut costs = Costs::new(targets.len() / classes.max(1), scores.len());
        let (mut logits, mut share, mut slopes) = (vec![0.0; classes], vec![0.0; classes], vec![0.0; classes]);
        let mut weight_sum = 0.0;
        for (scores, targets) in rows(scores, width).zip(rows(targets, classes)) {
            // The implied score of class 0 stays 0.
            for (logit, score) in logits[classes - width..].iter_mut().zip(scores) {
                *logit = f64::from(*score);
            }
            let (kept, spread) = (
                1.0 - f64::from(self.smoothing),
                f64::from(self.smoothing) / classes as f64,
            );
            for (class, (q, target)) in share.iter_mut().zip(targets).enumerate() {
                *q = self.weight(class) * (kept * f64::from(*target) + spread);
                weight_sum += self.weight(class) * f64::from(*target);
            }
            costs.losses.push(self.sample(&logits, &share, &mut slopes));
            costs.slopes.extend(&slopes[classes - width..]);
        }
        if self.mean_over_weights && hard {
            costs.divisor = weight_sum;
        }
        costs
    }

    /// One sample: with `p = softmax(scores)`,
    /// `loss = sum_c q_c (1 - p_c)^gamma (-log p_c)` and, because `dp_c / ds_j = p_c ([c = j] - p_j)`,
    /// `d loss / ds_j = q_j h_j - p_j sum_c q_c h_c` with `h = gamma p (1 - p)^(gamma - 1) log p - (1 - p)^gamma`.
    pub fn sample(&self, scores: &[f64], share: &[f64], slopes: &mut [f64]) -> f64 {
        // The highest score is taken off first: exp overflows beyond 709. Its own power is then 1, and ln_1p keeps the
        // digits of the others beside it.
        let best = (1..scores.len()).fold(0, |best, i| if scores[i] > scores[best] { i } else { best });
        let top = scores[best];
        let powers = scores.iter().enumerate().filter(|(i, _)| *i != best);
        let log_sum = powers.map(|(_, s)| (s - top).exp()).sum::<f64>().ln_1p();
        let gamma = f64::from(self.gamma);
        let (mut loss, mut total) = (0.0, 0.0);
        for ((score, q), slope) in scores.iter().zip(share).zip(slopes.iter_mut()) {
            let log_p = score - top - log_sum;
            let h = if *q == 0.0 {
                0.0
            } else if gamma == 0.0 {
                loss -= q * log_p;
                -1.0
            } else {
                // 1 - p without cancellation, also where p is nearly 1.
                let (p, rest) = (log_p.exp(), -log_p.exp_m1());
                let power = rest.powf(gamma);
                loss -= q * power * log_p;
                // In the limit of p = 1 both terms vanish, though for gamma below 1 a factor runs away.
                if rest == 0.0 {
                    0.0
                } else {
                    gamma * p * power / rest * log_p - power
                }
            };
            *slope = q * h;
            total += *slope;
        }
        for (score, slope) in scores.iter().zip(slopes) {
            *slope -= (score - top - log_sum).exp() * total;
        }
        loss
    }
}
