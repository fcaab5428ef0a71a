//! Forecasts without a network.

use crate::{Error, Result};

/// The last value, for each of the next `horizon` steps: what a forecast must beat to be worth anything.
///
/// Hyndman and Athanasopoulos, *Forecasting: Principles and Practice* (3rd edition, 2021), section 5.2. Taught in notebook 14.
///
/// # Errors
/// [`Error::Argument`] where there is no past.
pub fn naive(past: &[f32], horizon: usize) -> Result<Vec<f32>> {
    seasonal_naive(past, horizon, 1)
}

/// The value one season before, for each of the next `horizon` steps: with `period` 12, next March is as this March. Beyond
/// one season it repeats the last one.
///
/// Hyndman and Athanasopoulos, *Forecasting: Principles and Practice* (3rd edition, 2021), section 5.2. Taught in notebook 14.
///
/// # Errors
/// [`Error::Argument`] for a period of 0, and where the past is shorter than one period.
pub fn seasonal_naive(past: &[f32], horizon: usize, period: usize) -> Result<Vec<f32>> {
    if period == 0 || past.len() < period {
        return Err(too_short(past.len(), period.max(1), period));
    }
    let season = &past[past.len() - period..];
    Ok((0..horizon).map(|step| season[step % period]).collect())
}

/// The straight line through the first and the last value, carried on for `horizon` steps.
///
/// Hyndman and Athanasopoulos, *Forecasting: Principles and Practice* (3rd edition, 2021), section 5.2. Taught in notebook 14.
///
/// # Errors
/// [`Error::Argument`] where the past has less than two values.
pub fn drift(past: &[f32], horizon: usize) -> Result<Vec<f32>> {
    let &[first, .., last] = past else {
        return Err(too_short(past.len(), 2, 1));
    };
    let slope = (f64::from(last) - f64::from(first)) / (past.len() - 1) as f64;
    Ok((1..=horizon)
        .map(|step| (f64::from(last) + slope * step as f64) as f32)
        .collect())
}

fn too_short(len: usize, needed: usize, period: usize) -> Error {
    Error::Argument {
        what: "past of a forecast".into(),
        expected: format!("at least {needed} values, and a period of at least 1"),
        got: format!("{len} values, period {period}"),
    }
}
