//! Whether probabilities mean what they say.

use crate::{Error, Result};

/// Samples grouped by predicted probability: of those said to be likely to 70 %, do 70 % come true?
///
/// The bins are equally wide; a probability on the border of two belongs to the lower one
/// (scikit-learn's `calibration_curve`, which leaves empty bins out, as [`Calibration::bins`] does).
/// Guo et al. 2017, *On Calibration of Modern Neural Networks*, arXiv:1706.04599. Taught in notebook 07.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    bins: Vec<CalibrationBin>,
    width: f64,
    total: usize,
}

/// One group of samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// Where the group begins (excluded, except 0).
    pub from: f64,
    /// Where it ends (included).
    pub to: f64,
    /// The mean of the predicted probabilities in it.
    pub predicted: f64,
    /// The fraction of its samples that came true.
    pub observed: f64,
    /// The number of its samples.
    pub count: usize,
}

impl Calibration {
    pub(super) fn new(truth: &[bool], probabilities: &[f32], bins: usize) -> Result<Self> {
        if bins == 0 {
            return Err(Error::Argument {
                what: "bins of a calibration".into(),
                expected: "at least 1".into(),
                got: "0".into(),
            });
        }
        let mut sums = vec![(0.0, 0usize, 0usize); bins];
        for (i, (truth, p)) in truth.iter().zip(probabilities).enumerate() {
            if !(0.0..=1.0).contains(p) {
                return Err(Error::Argument {
                    what: format!("probability of sample {i}"),
                    expected: "a number from 0 to 1".into(),
                    got: p.to_string(),
                });
            }
            // As f32, 0.2 is a little more than 0.2, and so is the border that it belongs on.
            let sum = &mut sums[(1..bins).take_while(|b| *p > (*b as f64 / bins as f64) as f32).count()];
            *sum = (sum.0 + f64::from(*p), sum.1 + usize::from(*truth), sum.2 + 1);
        }
        let filled = sums.into_iter().enumerate().filter(|(_, sum)| sum.2 > 0);
        let bins = filled
            .map(|(i, (sum, hits, count))| CalibrationBin {
                from: i as f64 / bins as f64,
                to: (i + 1) as f64 / bins as f64,
                predicted: sum / count as f64,
                observed: hits as f64 / count as f64,
                count,
            })
            .collect::<Vec<_>>();
        Ok(Self {
            width: bins[0].to - bins[0].from,
            total: truth.len(),
            bins,
        })
    }

    /// The bins that have samples, in order.
    pub fn bins(&self) -> &[CalibrationBin] {
        &self.bins
    }

    /// The width of a bin.
    pub fn bin_width(&self) -> f64 {
        self.width
    }

    /// The expected calibration error: the gap between predicted and observed, averaged over the samples. 0 is perfect.
    ///
    /// It depends on the number of bins; state it with the number. Naeini et al. 2015; Guo et al. 2017.
    pub fn expected_error(&self) -> f64 {
        let gaps = self
            .bins
            .iter()
            .map(|b| b.count as f64 * (b.predicted - b.observed).abs());
        gaps.sum::<f64>() / self.total as f64
    }

    /// The largest gap between predicted and observed of any bin.
    pub fn maximum_error(&self) -> f64 {
        self.bins
            .iter()
            .map(|b| (b.predicted - b.observed).abs())
            .fold(0.0, f64::max)
    }
}
