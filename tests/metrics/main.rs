//! Metrics: reports, curves, calibration, regression, masks.

mod bleu;
mod curves;
mod forecast;
mod pictures;
mod report;
