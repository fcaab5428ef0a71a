//! Metrics: reports, curves, calibration, regression, masks.

mod curves;
mod forecast;
mod report;
