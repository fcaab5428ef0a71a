//! One class against the rest: probabilities, a threshold, and what the threshold makes of them.

use std::fmt;

use super::calibration::Calibration;
use super::confusion::ConfusionMatrix;
use super::curves::{PrecisionRecallCurve, RocCurve};
use super::share::share;
use crate::{Error, Result};

/// The probability (or any score) of "yes" for every sample, next to the truth.
///
/// A threshold makes a decision of each score: "yes" where the score is not below it. Every curve and every number here
/// comes from moving that threshold. Taught in notebook 07.
///
/// ```
/// use gradus::metrics::BinaryPredictions;
///
/// # fn main() -> gradus::Result<()> {
/// let tests = BinaryPredictions::new(&[true, true, false, false], &[0.9, 0.4, 0.6, 0.1])?;
/// let counts = tests.at(0.5);
/// assert_eq!((counts.recall(), counts.precision()), (0.5, 0.5));
/// assert_eq!(tests.roc()?.auc(), 0.75);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BinaryPredictions {
    truth: Vec<bool>,
    scores: Vec<f32>,
    /// What puts samples of equal scores in order; none unless more is known of them.
    finer: Vec<f64>,
}

/// How many samples fall on each side of the truth and of a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BinaryCounts {
    /// "Yes", and right: TP.
    pub true_positives: usize,
    /// "Yes", and wrong, a false alarm: FP.
    pub false_positives: usize,
    /// "No", and wrong, a miss: FN.
    pub false_negatives: usize,
    /// "No", and right: TN.
    pub true_negatives: usize,
}

impl BinaryPredictions {
    /// `scores[i]` says how likely sample `i` is a "yes"; `truth[i]` says whether it is.
    ///
    /// # Errors
    /// [`Error::Argument`] if the slices are empty or differ in length, [`Error::NotFinite`] if a score is NaN or infinite.
    pub fn new(truth: &[bool], scores: &[f32]) -> Result<Self> {
        if truth.is_empty() || truth.len() != scores.len() {
            return Err(Error::Argument {
                what: "truth and scores".into(),
                expected: "as many of one as of the other, at least one".into(),
                got: format!("{} and {}", truth.len(), scores.len()),
            });
        }
        if let Some((i, score)) = scores.iter().enumerate().find(|(_, s)| !s.is_finite()) {
            return Err(Error::NotFinite {
                what: format!("score of sample {i}"),
                value: f64::from(*score),
                hint: "Scores must be numbers that can be put in order.".into(),
            });
        }
        Ok(Self {
            truth: truth.to_vec(),
            scores: scores.to_vec(),
            finer: Vec::new(),
        })
    }

    /// With an order among samples whose scores are equal, for curves and their areas: probabilities next to 1 are all
    /// written 1, and what they were made from still differs.
    pub(crate) fn finer(self, finer: Vec<f64>) -> Self {
        debug_assert_eq!(finer.len(), self.truth.len());
        Self { finer, ..self }
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.truth.len()
    }

    /// Whether there is no sample: never, as it is made.
    pub fn is_empty(&self) -> bool {
        self.truth.is_empty()
    }

    /// Whether each sample truly is a "yes".
    pub fn truth(&self) -> &[bool] {
        &self.truth
    }

    /// The score of each sample.
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// The number of samples that truly are a "yes".
    pub fn positives(&self) -> usize {
        self.truth.iter().filter(|t| **t).count()
    }

    /// The scores of the samples that truly are a "yes", or of the others: for histograms of both.
    pub fn scores_of(&self, truth: bool) -> Vec<f32> {
        let pairs = self.truth.iter().zip(&self.scores);
        pairs.filter(|(t, _)| **t == truth).map(|(_, s)| *s).collect()
    }

    /// The counts when every score that is not below `threshold` is taken for a "yes".
    pub fn at(&self, threshold: f32) -> BinaryCounts {
        let yes: Vec<bool> = self.scores.iter().map(|score| *score >= threshold).collect();
        BinaryCounts::of(&self.truth, &yes)
    }

    /// True against false positive rate over all thresholds.
    ///
    /// # Errors
    /// [`Error::Argument`] unless there are samples of both kinds: a rate over none of a kind is no rate.
    pub fn roc(&self) -> Result<RocCurve> {
        RocCurve::new(&self.truth, &self.scores, &self.finer)
    }

    /// Precision against recall over all thresholds.
    ///
    /// # Errors
    /// [`Error::Argument`] where no sample truly is a "yes".
    pub fn precision_recall(&self) -> Result<PrecisionRecallCurve> {
        PrecisionRecallCurve::new(&self.truth, &self.scores, &self.finer)
    }

    /// How often a "yes" comes true, against how likely it was said to be.
    ///
    /// # Errors
    /// [`Error::Argument`] if `bins` is 0 or a score lies outside 0 to 1.
    pub fn calibration(&self, bins: usize) -> Result<Calibration> {
        Calibration::new(&self.truth, &self.scores, bins)
    }

    /// The mean of `(probability - truth)^2` with truth 0 or 1: 0 is perfect, 0.25 what a constant 0.5 gets.
    ///
    /// Brier 1950, *Verification of forecasts expressed in terms of probability*. scikit-learn: `brier_score_loss`.
    pub fn brier(&self) -> f64 {
        let pairs = self.truth.iter().zip(&self.scores);
        let squares = pairs.map(|(t, s)| (f64::from(*s) - f64::from(u8::from(*t))).powi(2));
        squares.sum::<f64>() / self.len() as f64
    }

    /// Precision, recall, F1 and accuracy at `steps + 1` thresholds that cut 0 to 1 into equal parts.
    pub fn sweep(&self, steps: usize) -> ThresholdSweep {
        let steps = steps.max(1);
        let thresholds: Vec<f32> = (0..=steps).map(|i| i as f32 / steps as f32).collect();
        let counts = thresholds.iter().map(|t| self.at(*t)).collect();
        ThresholdSweep { thresholds, counts }
    }
}

impl BinaryCounts {
    pub(super) fn of(truth: &[bool], predicted: &[bool]) -> Self {
        let count = |t: bool, p: bool| truth.iter().zip(predicted).filter(|pair| *pair == (&t, &p)).count();
        Self {
            true_positives: count(true, true),
            false_positives: count(false, true),
            false_negatives: count(true, false),
            true_negatives: count(false, false),
        }
    }

    /// The number of samples.
    pub fn total(&self) -> usize {
        self.true_positives + self.false_positives + self.false_negatives + self.true_negatives
    }

    /// Of all samples, the fraction that was decided right.
    pub fn accuracy(&self) -> f64 {
        share(self.true_positives + self.true_negatives, self.total())
    }

    /// Of those said to be "yes", the fraction that is: TP / (TP + FP). 0 if none was.
    pub fn precision(&self) -> f64 {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// Of those that are a "yes", the fraction that was found: TP / (TP + FN), also called sensitivity or true positive
    /// rate. 0 if there is none.
    pub fn recall(&self) -> f64 {
        share(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN). 0 if there is neither a "yes" nor one that was
    /// said.
    pub fn f1(&self) -> f64 {
        let hits = 2 * self.true_positives;
        share(hits, hits + self.false_positives + self.false_negatives)
    }

    /// Of those that are a "no", the fraction that was told so: TN / (TN + FP). 0 if there is none.
    pub fn specificity(&self) -> f64 {
        share(self.true_negatives, self.true_negatives + self.false_positives)
    }

    /// Of those that are a "no", the fraction that raised a false alarm: FP / (FP + TN). 0 if there is none.
    pub fn false_positive_rate(&self) -> f64 {
        share(self.false_positives, self.true_negatives + self.false_positives)
    }

    /// The same counts as a matrix, `names` being those of "no" and of "yes".
    pub fn confusion(&self, names: [&str; 2]) -> ConfusionMatrix {
        let counts = vec![
            self.true_negatives,
            self.false_positives,
            self.false_negatives,
            self.true_positives,
        ];
        ConfusionMatrix::from_counts(counts, &names)
    }
}

impl fmt::Display for BinaryCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |name, [a, b]: [&str; 2], x: usize, y: usize| format!("{name:<10}  {a} {x:<12}  {b} {y}");
        writeln!(f, "{:<10}  {:<15}  said \"no\"", "", "said \"yes\"")?;
        writeln!(
            f,
            "{}",
            row("truly yes", ["TP", "FN"], self.true_positives, self.false_negatives)
        )?;
        write!(
            f,
            "{}",
            row("truly no", ["FP", "TN"], self.false_positives, self.true_negatives)
        )
    }
}

/// The logarithm of the odds of a class: how far its score is above those of the others. It grows with the probability of the
/// class and still tells samples apart where that is rounded to 0 or 1.
pub(crate) fn log_odds(scores: &[f32], class: usize) -> f64 {
    let others = || scores.iter().enumerate().filter(|(c, _)| *c != class);
    let top = others().map(|(_, s)| f64::from(*s)).fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        return f64::INFINITY;
    }
    let sum: f64 = others().map(|(_, s)| (f64::from(*s) - top).exp()).sum();
    f64::from(scores[class]) - top - sum.ln()
}

/// What becomes of the counts as the threshold rises from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdSweep {
    thresholds: Vec<f32>,
    counts: Vec<BinaryCounts>,
}

impl ThresholdSweep {
    /// The thresholds, rising.
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    /// The counts at each of the thresholds.
    pub fn counts(&self) -> &[BinaryCounts] {
        &self.counts
    }

    /// The threshold with the highest F1, the lowest of equals, and its counts.
    ///
    /// Choose it on validation data: on the data that it is reported for, it flatters.
    pub fn best_f1(&self) -> (f32, BinaryCounts) {
        let mut best = 0;
        for i in 1..self.counts.len() {
            if self.counts[i].f1() > self.counts[best].f1() {
                best = i;
            }
        }
        (self.thresholds[best], self.counts[best])
    }
}
