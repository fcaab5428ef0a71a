//! Metrics: reports, curves, calibration, regression, masks.

mod bleu;
mod curves;
mod forecast;
mod generated;
mod pictures;
mod report;
