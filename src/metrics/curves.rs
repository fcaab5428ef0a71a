//! Curves over all thresholds: ROC and precision-recall, with their areas.

use super::share::share;
use crate::{Error, Result};

/// True positive rate against false positive rate, one point per distinct score, the threshold falling
/// (scikit-learn's `roc_curve` with `drop_intermediate=False`).
///
/// Samples with equal scores change sides together, so that ties make a slanted stretch instead of a staircase whose
/// area would depend on the order of the samples. Probabilities that a network's scores lie behind are equal only where these
/// are: a threshold may then stand there twice. Taught in notebook 07.
#[derive(Debug, Clone, PartialEq)]
pub struct RocCurve {
    false_positive_rate: Vec<f64>,
    true_positive_rate: Vec<f64>,
    thresholds: Vec<f64>,
}

/// Precision against recall, one point per distinct score, the threshold falling. The first point is the curve's end at
/// recall 0, where nothing is said to be a "yes" and precision is set to 1 (scikit-learn's `precision_recall_curve`, which
/// lists the same points from the other end).
///
/// Taught in notebook 07.
#[derive(Debug, Clone, PartialEq)]
pub struct PrecisionRecallCurve {
    precision: Vec<f64>,
    recall: Vec<f64>,
    thresholds: Vec<f64>,
    positives: usize,
    samples: usize,
}

/// Numbers of true and false positives at every distinct score, the highest first.
///
/// `finer` puts samples of equal scores in order, where it is not empty.
fn steps(truth: &[bool], scores: &[f32], finer: &[f64]) -> Vec<(f64, usize, usize)> {
    let fine = |i: usize| finer.get(i).copied().unwrap_or(0.0);
    let mut order: Vec<usize> = (0..truth.len()).collect();
    // 0.0 and -0.0 are one threshold: adding 0.0 makes them one number.
    let score = |i: usize| f64::from(scores[i]) + 0.0;
    order.sort_by(|a, b| {
        let coarse = score(*b).total_cmp(&score(*a));
        coarse.then(fine(*b).total_cmp(&fine(*a)))
    });
    let mut steps: Vec<(f64, usize, usize)> = Vec::new();
    let (mut hits, mut alarms, mut before) = (0, 0, None);
    for i in order {
        hits += usize::from(truth[i]);
        alarms += usize::from(!truth[i]);
        let at = (score(i), fine(i));
        match steps.last_mut().filter(|_| before == Some(at)) {
            Some(step) => (step.1, step.2) = (hits, alarms),
            None => steps.push((at.0, hits, alarms)),
        }
        before = Some(at);
    }
    steps
}

fn lacks(what: &str, kind: &str) -> Error {
    Error::Argument {
        what: what.into(),
        expected: format!("at least one sample that truly is a {kind}"),
        got: "none".into(),
    }
}

impl RocCurve {
    pub(super) fn new(truth: &[bool], scores: &[f32], finer: &[f64]) -> Result<Self> {
        let positives = truth.iter().filter(|t| **t).count();
        let negatives = truth.len() - positives;
        for (count, kind) in [(positives, "\"yes\""), (negatives, "\"no\"")] {
            if count == 0 {
                return Err(lacks("ROC curve", kind));
            }
        }
        let steps = steps(truth, scores, finer);
        let mut curve = Self {
            false_positive_rate: vec![0.0],
            true_positive_rate: vec![0.0],
            thresholds: vec![f64::INFINITY],
        };
        for (score, hits, alarms) in steps {
            curve.false_positive_rate.push(share(alarms, negatives));
            curve.true_positive_rate.push(share(hits, positives));
            curve.thresholds.push(score);
        }
        Ok(curve)
    }

    /// FP / (FP + TN) at each threshold, rising from 0 to 1.
    pub fn false_positive_rate(&self) -> &[f64] {
        &self.false_positive_rate
    }

    /// TP / (TP + FN) at each threshold, rising from 0 to 1.
    pub fn true_positive_rate(&self) -> &[f64] {
        &self.true_positive_rate
    }

    /// The thresholds, falling; the first is infinite, above which nothing lies.
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// The area under the curve, 0 to 1: the probability that a random "yes" scores higher than a random "no", ties
    /// counting half. 0.5 is chance.
    ///
    /// scikit-learn: `roc_auc_score`.
    pub fn auc(&self) -> f64 {
        let (x, y) = (&self.false_positive_rate, &self.true_positive_rate);
        (1..x.len()).map(|i| (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2.0).sum()
    }
}

impl PrecisionRecallCurve {
    pub(super) fn new(truth: &[bool], scores: &[f32], finer: &[f64]) -> Result<Self> {
        let positives = truth.iter().filter(|t| **t).count();
        if positives == 0 {
            return Err(lacks("precision-recall curve", "\"yes\""));
        }
        let mut curve = Self {
            precision: vec![1.0],
            recall: vec![0.0],
            thresholds: vec![f64::INFINITY],
            positives,
            samples: truth.len(),
        };
        for (score, hits, alarms) in steps(truth, scores, finer) {
            curve.precision.push(share(hits, hits + alarms));
            curve.recall.push(share(hits, positives));
            curve.thresholds.push(score);
        }
        Ok(curve)
    }

    /// TP / (TP + FP) at each threshold.
    pub fn precision(&self) -> &[f64] {
        &self.precision
    }

    /// TP / (TP + FN) at each threshold, rising from 0 to 1.
    pub fn recall(&self) -> &[f64] {
        &self.recall
    }

    /// The thresholds, falling; the first is infinite, above which nothing lies.
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// The mean of the precision, weighted by how much recall each step adds: the area under the curve drawn as steps.
    ///
    /// Chance is not 0.5 here but [`baseline`](Self::baseline). scikit-learn: `average_precision_score`.
    pub fn average_precision(&self) -> f64 {
        let gains = self.recall.windows(2).map(|r| r[1] - r[0]);
        gains
            .zip(&self.precision[1..])
            .map(|(gain, precision)| gain * precision)
            .sum()
    }

    /// The fraction of samples that truly are a "yes": the precision, at any recall, of scores without information.
    pub fn baseline(&self) -> f64 {
        share(self.positives, self.samples)
    }
}
