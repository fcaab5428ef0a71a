//! Metrics: reports, curves, calibration, regression, masks.

mod curves;
mod report;
