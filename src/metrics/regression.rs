//! How far predicted values lie from the true ones.

use std::fmt;

use crate::{Error, Result};

/// Errors of predicted values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regression {
    /// The mean of `|prediction - truth|`, in the unit of the truth (scikit-learn's `mean_absolute_error`).
    pub mae: f64,
    /// The mean of `(prediction - truth)^2` (scikit-learn's `mean_squared_error`).
    pub mse: f64,
    /// The root of `mse`, in the unit of the truth (scikit-learn's `root_mean_squared_error`).
    pub rmse: f64,
    /// R²: 1 minus the squared errors over those of the mean of the truth (scikit-learn's `r2_score`). 1 is perfect, 0 is
    /// what the mean gets, and it may be negative. Where the truth does not vary it is 1 if all predictions are right,
    /// else 0.
    pub r2: f64,
}

impl Regression {
    /// Compares `predicted` with `truth`. Several values per sample count as so many samples.
    ///
    /// Taught in notebook 03.
    ///
    /// # Errors
    /// [`Error::Argument`] if the slices are empty or differ in length.
    pub fn new(truth: &[f32], predicted: &[f32]) -> Result<Self> {
        if truth.is_empty() || truth.len() != predicted.len() {
            return Err(Error::Argument {
                what: "truth and predictions".into(),
                expected: "as many values of one as of the other, at least one".into(),
                got: format!("{} and {}", truth.len(), predicted.len()),
            });
        }
        let n = truth.len() as f64;
        let pairs = || truth.iter().zip(predicted).map(|(t, p)| (f64::from(*t), f64::from(*p)));
        let mean = pairs().map(|(t, _)| t).sum::<f64>() / n;
        let squares: f64 = pairs().map(|(t, p)| (p - t).powi(2)).sum();
        let spread: f64 = pairs().map(|(t, _)| (t - mean).powi(2)).sum();
        let r2 = match (squares, spread) {
            (squares, spread) if spread > 0.0 => 1.0 - squares / spread,
            (0.0, _) => 1.0,
            _ => 0.0,
        };
        Ok(Self {
            mae: pairs().map(|(t, p)| (p - t).abs()).sum::<f64>() / n,
            mse: squares / n,
            rmse: (squares / n).sqrt(),
            r2,
        })
    }
}

impl fmt::Display for Regression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mae, mse, rmse, r2 } = self;
        write!(f, "MAE {mae:.4}, MSE {mse:.4}, RMSE {rmse:.4}, R² {r2:.4}")
    }
}
