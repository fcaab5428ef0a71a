//! Activations and softmax: against PyTorch, against central differences, against their compositions, as layers.
//!
//! `tests/ops/activations.py` made `activations.json`, which names the version.

use std::collections::HashMap;

use gradus::ops::{self, Activation};
use gradus::prelude::*;
use gradus_tests::{Array, in_threads, load};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    x: Vec<f32>,
    functions: HashMap<String, Run>,
    rows: Array,
    softmax: Run,
    log_softmax: Run,
}

#[derive(Deserialize)]
struct Run {
    values: Vec<f32>,
    dy: Vec<f32>,
    dx: Vec<f32>,
}

fn golden() -> Golden {
    load("ops/activations")
}

const ALL: [(&str, Activation); 17] = [
    ("ReLU", Activation::ReLU),
    ("ReLU6", Activation::ReLU6),
    ("Sigmoid", Activation::Sigmoid),
    ("Tanh", Activation::Tanh),
    ("LeakyReLU", Activation::LeakyReLU { negative_slope: 0.01 }),
    ("LeakyReLU20", Activation::LeakyReLU { negative_slope: 0.2 }),
    ("ELU", Activation::ELU { alpha: 1.0 }),
    ("ELU50", Activation::ELU { alpha: 0.5 }),
    ("SELU", Activation::SELU),
    ("GELU", Activation::GELU),
    ("GELUTanh", Activation::GELUTanh),
    ("SiLU", Activation::SiLU),
    ("Mish", Activation::Mish),
    ("Softplus", Activation::Softplus),
    ("Softsign", Activation::Softsign),
    ("Hardtanh", Activation::Hardtanh),
    ("Hardsigmoid", Activation::Hardsigmoid),
];

/// The same numbers as PyTorch's to rounding.
#[track_caller]
fn close(what: &str, got: &[f32], expected: &[f32]) {
    gradus_tests::close(what, got, expected, 2e-6);
}

/// Values and gradients of `f` on the numbers of a run.
fn agree<S: Shape>(
    name: &str,
    x: &Tensor<S, f32, Cpu>,
    run: &Run,
    f: impl Fn(Tensor<S, f32, Cpu, OwnedTape<f32, Cpu>>) -> Tensor<S, f32, Cpu, OwnedTape<f32, Cpu>>,
) {
    let y = f(x.leaky_trace());
    close(name, &y.as_vec(), &run.values);
    let dy: Tensor<S, f32, Cpu> = x.device().tensor_from_vec(run.dy.clone(), *x.shape());
    let gradients = (y * dy).sum().backward();
    close(&format!("{name}: dx"), &gradients.get(x).as_vec(), &run.dx);
}

#[test]
fn values_and_gradients_agree_with_pytorch() {
    let (golden, dev) = (golden(), Cpu::default());
    assert_eq!(golden.functions.len(), ALL.len());
    let x: Tensor<(usize,), f32, Cpu> = dev.tensor_from_vec(golden.x.clone(), (golden.x.len(),));
    for (name, f) in ALL {
        agree(name, &x, &golden.functions[name], |x| {
            ops::activate(x, f).expect("memory")
        });
    }
    let rows = golden.rows.tensor::<(usize, usize, usize)>(&dev);
    agree("softmax", &rows, &golden.softmax, |x| ops::softmax(x).expect("memory"));
    agree("log_softmax", &rows, &golden.log_softmax, |x| {
        ops::log_softmax(x).expect("memory")
    });
}

/// The numbers that plots and lessons use are those of the kernels, in double precision.
#[test]
fn functions_of_a_number_are_the_same_functions() {
    let golden = golden();
    for (name, f) in ALL {
        let values: Vec<f32> = golden.x.iter().map(|&x| f.value(f64::from(x)) as f32).collect();
        close(name, &values, &golden.functions[name].values);
        let run = &golden.functions[name];
        let slopes = golden
            .x
            .iter()
            .zip(&run.dy)
            .map(|(&x, dy)| f.slope(f64::from(x)) as f32 * dy);
        close(&format!("{name}: slope"), &slopes.collect::<Vec<f32>>(), &run.dx);
    }
}

#[test]
fn slopes_are_central_differences() {
    for (name, f) in ALL {
        // Away from the kinks at -3, -1, 0, 1, 3 and 6.
        for i in 0..400 {
            let x = -8.0 + 0.041 * f64::from(i);
            let e = 1e-5;
            if [-3.0, -1.0, 0.0, 1.0, 3.0, 6.0]
                .iter()
                .any(|kink: &f64| (x - kink).abs() < 2.0 * e)
            {
                continue;
            }
            let numeric = (f.value(x + e) - f.value(x - e)) / (2.0 * e);
            let error = (numeric - f.slope(x)).abs();
            assert!(error < 1e-8, "{name} at {x}: {}, numeric {numeric}", f.slope(x));
        }
    }
}

#[test]
fn gradients_of_softmax_are_central_differences() {
    let dev = Cpu::seed_from_u64(3);
    let x: Tensor<(usize, Const<5>), f32, Cpu> = dev.sample_normal_like(&(70, Const));
    let weights: Tensor<(usize, Const<5>), f32, Cpu> = dev.sample_normal_like(x.shape());
    for log in [false, true] {
        let loss = |values: Vec<f32>| -> f64 {
            let x: Tensor<(usize, Const<5>), f32, Cpu> = dev.tensor_from_vec(values, *x.shape());
            let y = if log { ops::log_softmax(x) } else { ops::softmax(x) };
            let y = y.expect("memory").as_vec();
            y.iter()
                .zip(weights.as_vec())
                .map(|(y, w)| f64::from(*y) * f64::from(w))
                .sum()
        };
        let y = if log {
            ops::log_softmax(x.leaky_trace())
        } else {
            ops::softmax(x.leaky_trace())
        };
        let gradient = (y.expect("memory") * weights.clone()).sum().backward().get(&x).as_vec();
        for i in (0..350).step_by(3) {
            let moved = |by: f32| {
                let mut values = x.as_vec();
                values[i] += by;
                loss(values)
            };
            let numeric = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            let error = (numeric - f64::from(gradient[i])).abs();
            assert!(error < 2e-3, "log {log}, [{i}]: {}, numeric {numeric}", gradient[i]);
        }
    }
}

#[test]
fn extremes_give_no_nan_and_nan_stays() {
    let dev = Cpu::default();
    let x: Tensor<Rank1<6>, f32, Cpu> = dev.tensor([f32::MIN, -1e30, -0.0, 1e-40, 1e30, f32::MAX]);
    for (name, f) in ALL {
        let y = ops::activate(x.leaky_trace(), f).expect("memory");
        assert!(y.as_vec().iter().all(|y| !y.is_nan()), "{name}: {:?}", y.as_vec());
        let dx = y.sum().backward().get(&x).as_vec();
        assert!(
            dx.iter().all(|dx| dx.is_finite() && (-0.2..=1.8).contains(dx)),
            "{name}: {dx:?}"
        );
        let nan: Tensor<Rank1<1>, f32, Cpu> = dev.tensor([f32::NAN]);
        assert!(ops::activate(nan, f).expect("memory").as_vec()[0].is_nan(), "{name}");
    }
    let rows: Tensor<Rank2<2, 3>, f32, Cpu> = dev.tensor([[f32::MAX, 0.0, -1e30], [-1e30, -1e30, -1e30]]);
    assert_eq!(
        ops::softmax(rows).expect("memory").array(),
        [[1.0, 0.0, 0.0], [1.0 / 3.0; 3]]
    );
}

#[test]
fn layers_stand_in_networks() {
    type Net = (
        (Linear<3, 4>, LeakyReLU, Linear<4, 4>, LeakyReLU<20>),
        (Linear<4, 4>, ELU, Linear<4, 4>, SELU, Linear<4, 4>, GELU),
        (Linear<4, 4>, GELUTanh, Linear<4, 4>, SiLU, Linear<4, 4>, Mish),
        (Linear<4, 4>, Softplus, Linear<4, 4>, Softsign, Linear<4, 4>, Hardtanh),
        (Linear<4, 4>, Hardsigmoid, Linear<4, 2>),
    );
    let dev = device(0).expect("device");
    let mut learner = Learner::classifier::<Net>(&dev, Adam::default()).expect("network");
    let values: Vec<f32> = (0..30).map(|i| i as f32 / 10.0 - 1.5).collect();
    let set = Dataset::from_values(values, &[3], (0..10).map(|i| i % 2).collect(), &["a", "b"]).expect("set");
    let history = learner.quiet().fit(&set, &set, 2).expect("trains");
    assert!(history.last().expect("epochs").train_loss.is_finite());
    let x: Tensor<Rank1<3>, f32, Cpu> = dev.tensor([-1.0, 0.0, 2.0]);
    let leaky = dev.build_module::<LeakyReLU<20>, f32>();
    assert_eq!(leaky.forward(x.clone()).array(), [-0.2, 0.0, 2.0]);
    assert_eq!(LeakyReLU::<1>.forward(x.clone()).array(), [-0.01, 0.0, 2.0]);
    assert_eq!(ELU::<100>.forward(x.clone()).array()[0], (-1_f32).exp_m1());
    let p = Softmax.forward(x.clone()).array();
    assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    let logs = LogSoftmax.forward(x).array();
    assert!(p.iter().zip(logs).all(|(p, log)| (p.ln() - log).abs() < 1e-6));
}

/// Large tensors are worked through in parts: the parts must not change the numbers.
#[test]
fn same_numbers_for_any_number_of_threads() {
    let dev = Cpu::seed_from_u64(9);
    let x: Tensor<(usize, Const<10>), f32, Cpu> = dev.sample_normal_like(&(5000, Const));
    let run = |threads: usize| {
        let x = x.clone();
        in_threads(threads, || {
            let y = ops::activate(x.leaky_trace(), Activation::GELU).expect("memory");
            let y = ops::log_softmax(y).expect("memory");
            let values = y.as_vec();
            (values, y.square().sum().backward().get(&x).as_vec())
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(4));
}
