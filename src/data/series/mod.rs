//! Values in the order of time: series, windows of them for a network, and simple forecasts.
//!
//! A [`Series`] has one value a step (or several: its features), without gaps. [`Windows`] makes sets of it for a network:
//! the past `n` steps are the input, the next `h` values of one feature the target. What is trained on lies before what is
//! tested on, and the scaling is measured on the training part alone, so that nothing of the future is known before its
//! time. [`naive`], [`seasonal_naive`] and [`drift`] are the forecasts that a network has to beat.
//!
//! Darts: `TimeSeries`; Hyndman and Athanasopoulos: *Forecasting: Principles and Practice*. Taught in notebook 14.

mod baseline;
mod calendar;
mod scaling;
mod series_data;
mod windowed;
mod windows;

pub use baseline::{drift, naive, seasonal_naive};
pub(in crate::data) use calendar::dates_from;
pub use scaling::Scaling;
pub use series_data::Series;
pub use windowed::Windowed;
pub use windows::Windows;
