//! What an explanation says: how much each input number matters.

use std::fmt;

use super::judge::Judge;
use super::sample::Sample;
use super::segments::Segments;
use crate::clock::Instant;
use crate::{Error, Result};

/// How much each number of a sample contributed to the score of one class, as one method sees it.
///
/// [`overlay`](Self::overlay) shows it over the picture, [`plot`](Self::plot) beside it; a row of features is drawn as bars.
/// Taught in notebook 22.
#[derive(Clone, PartialEq)]
pub struct Attribution {
    pub(crate) method: String,
    pub(crate) sample: Sample,
    pub(crate) class: usize,
    pub(crate) score: f32,
    /// The score where nothing is there, for methods that share out the difference to it.
    pub(crate) baseline_score: Option<f32>,
    /// `(C, H, W)` for what works on single numbers, `(H, W)` for what works on places, `(N,)` for a row.
    pub(crate) values: Vec<f32>,
    /// One number per pixel or feature.
    pub(crate) heat: Vec<f32>,
    /// Whether below zero means that something speaks against the class.
    pub(crate) signed: bool,
    pub(crate) segments: Option<Segments>,
    /// The share of the variance that a simple model in place of the network explains, 0 to 1.
    pub(crate) fidelity: Option<f64>,
    pub(crate) seconds: f64,
}

impl Attribution {
    pub(super) fn new(method: &str, judge: &Judge, values: Vec<f32>, heat: Vec<f32>, begin: Instant) -> Self {
        Self {
            method: method.into(),
            sample: judge.sample.clone(),
            class: judge.class,
            score: judge.score,
            baseline_score: None,
            values,
            heat,
            signed: false,
            segments: None,
            fidelity: None,
            seconds: begin.elapsed().as_secs_f64(),
        }
    }

    /// What the method is called.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The same under another name, for headings.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.method = name.into();
        self
    }

    /// The class that is explained.
    pub fn class(&self) -> usize {
        self.class
    }

    /// Its name; its number where it has none.
    pub fn class_name(&self) -> String {
        self.sample.class_name(self.class)
    }

    /// The score of the class on the sample, before softmax.
    pub fn score(&self) -> f32 {
        self.score
    }

    /// The score where nothing is there, for methods that share out the difference to it (integrated gradients, SHAP).
    pub fn baseline_score(&self) -> Option<f32> {
        self.baseline_score
    }

    /// What the method found, number by number: `(C, H, W)` where it looks at single numbers, `(H, W)` where it looks at
    /// places, `(N,)` for a row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// One number per pixel, `(H, W)` row by row, or per feature of a row: what is drawn and what pixels are ranked by.
    pub fn heat(&self) -> &[f32] {
        &self.heat
    }

    /// Height and width of the heat; one row for a row of features.
    pub fn size(&self) -> [usize; 2] {
        match self.sample.shape()[..] {
            [_, h, w] => [h, w],
            _ => [1, self.heat.len()],
        }
    }

    /// The sum of all values.
    pub fn total(&self) -> f64 {
        self.values.iter().map(|&v| f64::from(v)).sum()
    }

    /// How far the sum of the values misses the difference that they should share out, as a part of it: completeness
    /// (efficiency, for Shapley values) holds where this is 0. `None` for methods that do not promise it.
    pub fn gap(&self) -> Option<f64> {
        let difference = f64::from(self.score) - f64::from(self.baseline_score?);
        Some((self.total() - difference).abs() / difference.abs().max(1e-12))
    }

    /// The segments that the method worked with, if it did.
    pub fn segments(&self) -> Option<&Segments> {
        self.segments.as_ref()
    }

    /// How well the simple model of LIME follows the network: the weighted R², 1 at best.
    pub fn fidelity(&self) -> Option<f64> {
        self.fidelity
    }

    /// How long it took.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// The pixels (or features), those that speak most for the class first; of equals, the earlier one.
    pub fn ranking(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.heat.len()).collect();
        order.sort_by(|a, b| self.heat[*b].total_cmp(&self.heat[*a]));
        order
    }

    /// How alike two explanations rank the pixels: Spearman's rank correlation of the absolute heat, from -1 to 1.
    ///
    /// scipy: `scipy.stats.spearmanr(abs(a), abs(b))`. Used in this way by Adebayo et al. 2018, arXiv:1810.03292.
    ///
    /// # Errors
    /// [`Error::Argument`] where the two have different sizes.
    pub fn similarity(&self, other: &Attribution) -> Result<f64> {
        if self.heat.len() != other.heat.len() {
            return Err(Error::Argument {
                what: "explanation to be compared with".into(),
                expected: format!("one of {} numbers", self.heat.len()),
                got: other.heat.len().to_string(),
            });
        }
        let (a, b) = (ranks(&self.heat), ranks(&other.heat));
        let mean = (a.len() as f64 - 1.0) / 2.0;
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
        let size = (dot(&a, &a) * dot(&b, &b)).sqrt();
        Ok(if size > 0.0 { dot(&a, &b) / size } else { 0.0 })
    }
}

/// The ranks of the absolute values; equals share the mean of theirs.
fn ranks(values: &[f32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].abs().total_cmp(&values[*b].abs()));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let value = values[order[first]].abs();
        let equal = order[first..].iter().take_while(|i| values[**i].abs() == value).count();
        let rank = first as f64 + (equal as f64 - 1.0) / 2.0;
        order[first..first + equal].iter().for_each(|i| ranks[*i] = rank);
        first += equal;
    }
    ranks
}

/// The sum over the channels of `(C, H, W)`, pixel by pixel.
pub(super) fn over_channels(values: &[f32], channels: usize) -> Vec<f32> {
    let plane = values.len() / channels.max(1);
    (0..plane)
        .map(|i| (0..channels).map(|c| values[c * plane + i]).sum())
        .collect()
}

/// The largest absolute value over the channels of `(C, H, W)`, pixel by pixel.
pub(super) fn largest_of_channels(values: &[f32], channels: usize) -> Vec<f32> {
    let plane = values.len() / channels.max(1);
    let largest = |i: usize| {
        (0..channels)
            .map(|c: usize| values[c * plane + i].abs())
            .fold(0.0, f32::max)
    };
    (0..plane).map(largest).collect()
}

/// The number of channels of a sample; a row has one.
pub(super) fn channels(sample: &Sample) -> usize {
    match sample.shape()[..] {
        [c, _, _] => c,
        _ => 1,
    }
}

impl fmt::Debug for Attribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attribution({}, {:?})", self.method, self.sample.shape())
    }
}

impl fmt::Display for Attribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}: score {:.3}", self.method, self.class_name(), self.score)?;
        if let (Some(baseline), Some(gap)) = (self.baseline_score, self.gap()) {
            write!(
                f,
                ", {:.3} without anything; the values sum to {:.3}, {:.2} % off the difference",
                baseline,
                self.total(),
                100.0 * gap
            )?;
        }
        if let Some(fidelity) = self.fidelity {
            write!(f, "; the simple model has R² {fidelity:.3}")?;
        }
        Ok(())
    }
}
