//! Errors of forecasts against scikit-learn's and the papers' formulas, and what they refuse. `tests/metrics/forecast.py`
//! made the values and names its versions.

use gradus::Error;
use gradus::metrics::{ForecastErrors, smape};
use gradus_tests::load;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    truth: Vec<f32>,
    forecast: Vec<f32>,
    past: Vec<f32>,
    period: usize,
    mae: f64,
    rmse: f64,
    smape: f64,
    mase: f64,
}

#[test]
fn errors_are_those_of_the_papers() {
    let cases: Vec<Case> = load("metrics/forecast");
    assert_eq!(cases.len(), 4);
    for case in cases {
        let errors = ForecastErrors::new(&case.truth, &case.forecast, &case.past, case.period).unwrap();
        let pairs = [
            (errors.mae, case.mae),
            (errors.rmse, case.rmse),
            (errors.smape, case.smape),
            (errors.mase, case.mase),
        ];
        for (ours, theirs) in pairs {
            assert!((ours - theirs).abs() < 1e-9 * (1.0 + theirs), "{ours} {theirs}");
        }
        assert_eq!(smape(&case.truth, &case.forecast).unwrap(), errors.smape);
    }
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let refused = |truth: &[f32], forecast: &[f32], past: &[f32], period, part: &str| {
        let error = ForecastErrors::new(truth, forecast, past, period).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        error
    };
    refused(&[1.0], &[1.0, 2.0], &[1.0, 2.0], 1, "1 and 2");
    refused(&[], &[], &[1.0, 2.0], 1, "at least one");
    refused(&[1.0], &[1.0], &[1.0, 2.0], 0, "period 0");
    refused(&[1.0], &[1.0], &[1.0, 2.0], 2, "period 2, 2 values");
    refused(&[1.0], &[1.0], &[5.0, 3.0, 5.0, 3.0], 2, "repeats itself");
    let error = refused(&[1.0, 2.0], &[1.0, f32::NAN], &[1.0, 2.0], 1, "value 1 of the forecast");
    assert!(matches!(error, Error::NotFinite { .. }));
    assert!(smape(&[], &[]).is_err());
}
