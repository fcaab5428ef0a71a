//! Numbers that say how good predictions are: accuracy, the confusion matrix, precision, recall and F1, curves over all
//! thresholds, calibration, errors of values and of forecasts, overlap of masks, BLEU of translations, likeness of pictures, and what a classifier makes of generated ones.
//!
//! Scores are fractions from 0 to 1. Where a score divides by a class without members (recall of a class that never
//! occurs, precision of a class that is never predicted) it is **0**, as scikit-learn's `zero_division` has it. Two
//! exceptions, each for its reason: a curve over all thresholds that lacks a kind of sample is an error, because its area
//! would look like a result; and two empty masks overlap by 1, because nothing was there and nothing was marked.

mod accuracy;
mod binary;
mod bleu;
mod bleu_words;
mod calibration;
mod confusion;
mod curves;
mod detection;
mod forecast;
mod frechet;
mod mask;
mod nearest;
mod perplexity;
mod regression;
mod report;
mod share;
mod ssim;
mod sureness;

pub(crate) use accuracy::check_order;
pub use accuracy::{accuracy, top_k_accuracy};
pub(crate) use binary::log_odds;
pub use binary::{BinaryCounts, BinaryPredictions, ThresholdSweep};
pub use bleu::Bleu;
pub use calibration::{Calibration, CalibrationBin};
pub use confusion::{Confusion, ConfusionMatrix};
pub use curves::{PrecisionRecallCurve, RocCurve};
pub use detection::{DetectionReport, Matches, match_boxes};
pub use forecast::{ForecastErrors, smape};
pub use frechet::frechet_distance;
pub use mask::{dice, iou};
pub use nearest::nearest;
pub use perplexity::perplexity;
pub use regression::Regression;
pub use report::{Report, Scores};
pub use ssim::ssim;
pub use sureness::Sureness;
