//! From scores to one token.

use rand::{Rng, RngCore, SeedableRng};

use crate::{Error, Result};

/// The random numbers that tokens are drawn with: the same seed, the same text, on every machine.
pub type SampleRng = rand_chacha::ChaCha8Rng;

/// Random numbers for [`sample`].
pub fn seeded(seed: u64) -> SampleRng {
    SampleRng::seed_from_u64(seed)
}

/// How a token is chosen by its scores. Taught in notebook 15.
///
/// The parts work one after the other, in the order of the fields, as in Hugging Face's `generate`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Scores are divided by it: below 1 the probable tokens become more so, above 1 all become alike. 0 takes the most
    /// probable token (of several the first), without chance.
    pub temperature: f32,
    /// Only so many of the most probable tokens are left, of equal ones the first. At least 1; more than there are is all.
    pub top_k: Option<usize>,
    /// Only the fewest most probable tokens that together have at least this probability are left (*nucleus sampling*,
    /// Holtzman et al. 2020, arXiv:1904.09751). Above 0, at most 1, which leaves all.
    pub top_p: f32,
}

impl Default for Sampling {
    /// By the probabilities as they are.
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_k: None,
            top_p: 1.0,
        }
    }
}

impl Sampling {
    /// Always the most probable token.
    pub fn greedy() -> Self {
        Self {
            temperature: 0.0,
            ..Self::default()
        }
    }

    /// By the probabilities at this temperature.
    pub fn temperature(temperature: f32) -> Self {
        Self {
            temperature,
            ..Self::default()
        }
    }

    /// Whether the numbers make sense.
    fn check(&self) -> Result<()> {
        let wrong = |what: &str, expected: &str, got: String| {
            Err(Error::Argument {
                what: format!("{what} of the sampling"),
                expected: expected.into(),
                got,
            })
        };
        if !(self.temperature >= 0.0 && self.temperature.is_finite()) {
            let expected =
                "a number above 0 (1 leaves the probabilities as they are), or 0 for the most probable token";
            return wrong("temperature", expected, self.temperature.to_string());
        }
        if self.top_k == Some(0) {
            return wrong("top_k", "at least 1 token, or None for all", "0".into());
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            let expected = "a probability above 0, at most 1, which leaves all tokens";
            return wrong("top_p", expected, self.top_p.to_string());
        }
        Ok(())
    }
}

/// The probability of each token under the options; 0 for those that they rule out.
///
/// `scores` are logits, one for each token; minus infinity is a token that must not come. Taught in notebook 15.
///
/// # Errors
/// [`Error::Argument`] for options out of their range, and where there is no score; [`Error::NotFinite`] for scores that are
/// NaN or infinity, and where every token is ruled out.
pub fn probabilities(scores: &[f32], options: &Sampling) -> Result<Vec<f32>> {
    options.check()?;
    check_scores(scores)?;
    let mut order: Vec<usize> = (0..scores.len()).collect();
    // A stable sort: of equal tokens the first stays in front.
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let mut all = vec![0.0; scores.len()];
    if options.temperature == 0.0 {
        all[order[0]] = 1.0;
        return Ok(all);
    }
    order.truncate(options.top_k.unwrap_or(usize::MAX));
    let top = f64::from(scores[order[0]]);
    let weight = |i: &usize| ((f64::from(scores[*i]) - top) / f64::from(options.temperature)).exp();
    let mut weights: Vec<f64> = order.iter().map(weight).collect();
    if options.top_p < 1.0 {
        let (wanted, mut sum) = (f64::from(options.top_p) * weights.iter().sum::<f64>(), 0.0);
        let enough = weights.iter().position(|weight| {
            sum += weight;
            sum >= wanted
        });
        weights.truncate(enough.map_or(usize::MAX, |last| last + 1));
    }
    let sum: f64 = weights.iter().sum();
    for (i, weight) in order.iter().zip(&weights) {
        all[*i] = (weight / sum) as f32;
    }
    Ok(all)
}

/// Draws a token: its place among the scores.
///
/// ```
/// use gradus::generate::{Sampling, sample, seeded};
///
/// # fn main() -> gradus::Result<()> {
/// let scores = [1.0, 4.0, 2.0];
/// assert_eq!(sample(&scores, &Sampling::greedy(), &mut seeded(0))?, 1);
/// let two = Sampling { top_k: Some(2), ..Sampling::temperature(3.0) };
/// assert!(sample(&scores, &two, &mut seeded(5))? > 0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`probabilities`].
pub fn sample(scores: &[f32], options: &Sampling, rng: &mut dyn RngCore) -> Result<usize> {
    let shares = probabilities(scores, options)?;
    let sum: f64 = shares.iter().map(|share| f64::from(*share)).sum();
    let (mut rest, mut last) = (rng.gen_range(0.0..1.0) * sum, 0);
    for (token, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        last = token;
        rest -= f64::from(*share);
        if rest < 0.0 {
            break;
        }
    }
    Ok(last)
}

/// Whether tokens can be chosen by these scores.
pub(super) fn check_scores(scores: &[f32]) -> Result<()> {
    if scores.is_empty() {
        return Err(Error::Argument {
            what: "scores of the next token".into(),
            expected: "one for each token of the vocabulary".into(),
            got: "none".into(),
        });
    }
    let wrong = scores.iter().position(|s| s.is_nan() || *s == f32::INFINITY);
    if let Some(token) = wrong {
        return Err(Error::NotFinite {
            what: format!("the score of token {token}"),
            value: f64::from(scores[token]),
            hint: "The network's weights or its input hold such numbers: look where its training loss became NaN"
                .into(),
        });
    }
    if scores.iter().all(|s| *s == f32::NEG_INFINITY) {
        return Err(Error::NotFinite {
            what: "the score of every token".into(),
            value: f64::NEG_INFINITY,
            hint: "All tokens are ruled out; leave at least one a finite score".into(),
        });
    }
    Ok(())
}

/// The logarithms of the probabilities: scores less the logarithm of the sum of their exponentials.
pub(super) fn log_probabilities(scores: &[f32]) -> Result<Vec<f64>> {
    check_scores(scores)?;
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = scores.iter().map(|s| f64::from(s - top).exp()).sum();
    let less = f64::from(top) + sum.ln();
    Ok(scores.iter().map(|s| f64::from(*s) - less).collect())
}
