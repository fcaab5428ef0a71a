//! How far a forecast lies from what came, and whether it beats the simplest one.

use std::fmt;

use super::regression::Regression;
use crate::{Error, Result};

/// Errors of a forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastErrors {
    /// The mean absolute error, in the unit of the series.
    pub mae: f64,
    /// The root of the mean squared error, in the unit of the series.
    pub rmse: f64,
    /// The symmetric mean absolute percentage error, from 0 to 200 per cent; see [`smape`].
    pub smape: f64,
    /// The mean absolute scaled error: `mae` over what the (seasonal) naive forecast one step ahead errs by within the
    /// training part. Below 1 is better than that.
    pub mase: f64,
}

impl ForecastErrors {
    /// Compares `forecast` with `truth`, both in the unit of the series. `past` is the training part of the series: MASE is
    /// scaled by the mean of `|past[t] - past[t - period]|`. Period 1 is the naive forecast, 12 the seasonal naive one of
    /// months.
    ///
    /// Hyndman and Koehler, *Another look at measures of forecast accuracy*, International Journal of Forecasting 22 (2006). Taught
    /// in notebook 14.
    ///
    /// # Errors
    /// [`Error::Argument`] if truth and forecast are empty or differ in length, for a period of 0, where the past is not longer
    /// than one period, and where it repeats itself exactly (nothing to divide by); [`Error::NotFinite`] for a value that is NaN
    /// or infinite, with its place.
    pub fn new(truth: &[f32], forecast: &[f32], past: &[f32], period: usize) -> Result<Self> {
        let Regression { mae, rmse, .. } = Regression::new(truth, forecast)?;
        for (what, values) in [("truth", truth), ("forecast", forecast), ("past", past)] {
            check_finite(what, values)?;
        }
        Ok(Self {
            mae,
            rmse,
            smape: smape(truth, forecast)?,
            mase: mae / naive_error(past, period)?,
        })
    }
}

/// What the seasonal naive forecast errs by within a series, in the mean.
fn naive_error(past: &[f32], period: usize) -> Result<f64> {
    if period == 0 || past.len() <= period {
        return Err(Error::Argument {
            what: "past that MASE is scaled by".into(),
            expected: "a period of at least 1, and more values than one period".into(),
            got: format!("period {period}, {} values", past.len()),
        });
    }
    let errors = past[period..]
        .iter()
        .zip(past)
        .map(|(now, then)| (f64::from(*now) - f64::from(*then)).abs());
    let mean = errors.sum::<f64>() / (past.len() - period) as f64;
    if mean > 0.0 {
        return Ok(mean);
    }
    Err(Error::Argument {
        what: "past that MASE is scaled by".into(),
        expected: format!("values that differ from those {period} steps before"),
        got: "a past that repeats itself exactly, so that the naive forecast makes no error".into(),
    })
}

/// The symmetric mean absolute percentage error: the mean of `200 |truth - forecast| / (|truth| + |forecast|)`, from 0 to
/// 200 per cent, as the M4 competition has it. Where both are 0 the error is 0.
///
/// Makridakis, Spiliotis and Assimakopoulos, *The M4 Competition*, International Journal of Forecasting 36 (2020). Taught in
/// notebook 14.
///
/// # Errors
/// [`Error::Argument`] if the slices are empty or differ in length.
pub fn smape(truth: &[f32], forecast: &[f32]) -> Result<f64> {
    // The lengths are checked there.
    Regression::new(truth, forecast)?;
    let of = |(t, f): (&f32, &f32)| {
        let (t, f) = (f64::from(*t), f64::from(*f));
        let sum = t.abs() + f.abs();
        if sum == 0.0 { 0.0 } else { 200.0 * (t - f).abs() / sum }
    };
    Ok(truth.iter().zip(forecast).map(of).sum::<f64>() / truth.len() as f64)
}

fn check_finite(what: &str, values: &[f32]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => Err(Error::NotFinite {
            what: format!("value {at} of the {what}"),
            value: f64::from(values[at]),
            hint: "Fill or drop missing values before the errors are measured.".into(),
        }),
    }
}

impl fmt::Display for ForecastErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mae, rmse, smape, mase } = self;
        write!(f, "MAE {mae:.4}, RMSE {rmse:.4}, sMAPE {smape:.2}%, MASE {mase:.4}")
    }
}
