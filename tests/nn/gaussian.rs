//! Codes that are normal distributions, against PyTorch. `tests/nn/gaussian.py` made the values and writes down its version.

use gradus::nn::{gaussian_kl, reparametrize};
use gradus::ops::{gradient_error, numeric_gradient};
use gradus::prelude::*;
use gradus_tests::load;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    mean: Vec<f32>,
    log_var: Vec<f32>,
    noise: Vec<f32>,
    weight: Vec<f32>,
    code: Vec<f32>,
    divergence: Vec<f32>,
    loss: Vec<f32>,
    of_mean: Vec<f32>,
    of_log_var: Vec<f32>,
}

type Codes = Tensor<(usize, Const<3>), f32, Dev>;

/// Four codes of three numbers.
fn codes(dev: &Dev, values: &[f32]) -> Codes {
    dev.tensor_from_vec(values.to_vec(), (4, Const))
}

/// The loss of the script, and its gradients by mean and log variance.
fn loss(case: &Case, mean: &[f32], log_var: &[f32]) -> (f32, Vec<f32>, Vec<f32>) {
    let dev = device(0).unwrap();
    let (mean, log_var) = (codes(&dev, mean), codes(&dev, log_var));
    let code = reparametrize(mean.leaky_trace(), log_var.leaky_trace(), codes(&dev, &case.noise)).unwrap();
    let divergence = gaussian_kl(mean.leaky_trace(), log_var.leaky_trace()).unwrap();
    let loss = (code.square() * codes(&dev, &case.weight)).sum::<Rank0, _>() + divergence.sum::<Rank0, _>();
    let value = loss.array();
    let gradients = loss.backward();
    (value, gradients.get(&mean).as_vec(), gradients.get(&log_var).as_vec())
}

#[test]
fn values_and_gradients_are_those_of_pytorch() {
    let case: Case = load("nn/gaussian");
    let dev = device(0).unwrap();
    let (mean, log_var) = (codes(&dev, &case.mean), codes(&dev, &case.log_var));
    let code = reparametrize(mean.clone(), log_var.clone(), codes(&dev, &case.noise)).unwrap();
    assert!(gradient_error(&code.as_vec(), &case.code) < 1e-6);
    let divergence = gaussian_kl(mean, log_var).unwrap();
    assert!(gradient_error(&divergence.as_vec(), &case.divergence) < 1e-6);
    let (value, of_mean, of_log_var) = loss(&case, &case.mean, &case.log_var);
    assert!((value - case.loss[0]).abs() < 1e-5 * case.loss[0].abs(), "{value}");
    assert!(gradient_error(&of_mean, &case.of_mean) < 1e-5);
    assert!(gradient_error(&of_log_var, &case.of_log_var) < 1e-5);
}

#[test]
fn slopes_are_those_of_central_differences() {
    let case: Case = load("nn/gaussian");
    let (_, of_mean, of_log_var) = loss(&case, &case.mean, &case.log_var);
    let by_mean = numeric_gradient(&case.mean, 1e-2, |mean| loss(&case, mean, &case.log_var).0);
    let by_log_var = numeric_gradient(&case.log_var, 1e-2, |log_var| loss(&case, &case.mean, log_var).0);
    assert!(gradient_error(&of_mean, &by_mean) < 1e-3);
    assert!(gradient_error(&of_log_var, &by_log_var) < 1e-3);
}

#[test]
fn a_standard_normal_is_no_distance_from_itself() {
    let dev = device(0).unwrap();
    assert_eq!(
        gaussian_kl(codes(&dev, &[0.0; 12]), codes(&dev, &[0.0; 12]))
            .unwrap()
            .as_vec(),
        [0.0; 12]
    );
}

#[test]
fn another_number_of_rows_is_refused() {
    let dev = device(0).unwrap();
    let two = || -> Codes { dev.tensor_from_vec(vec![0.0; 6], (2, Const)) };
    let four = || codes(&dev, &[0.0; 12]);
    let text = |result: gradus::Result<Codes>| result.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(text(reparametrize(four(), two(), four())).contains("log variances"));
    assert!(text(reparametrize(four(), four(), two())).contains("noise"));
    assert!(text(gaussian_kl(two(), four())).contains("2 rows"));
}
