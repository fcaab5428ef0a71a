//! Normalization layers: PyTorch's values, central differences, running statistics, any number of threads.
//!
//! `tests/nn/norm.py` made `norm.json`, which names the versions.

use gradus::ops;
use gradus::prelude::*;
use gradus_tests::{in_threads, load, path};
use serde::Deserialize;

type T1 = Tensor<(usize,), f32, Cpu>;
type T4 = Tensor<(usize, usize, usize, usize), f32, Cpu>;
type Taped4 = Tensor<(usize, usize, usize, usize), f32, Cpu, OwnedTape<f32, Cpu>>;

const EPS: f32 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
    layer_norm: Vec<LayerCase>,
    net: Net,
}

#[derive(Deserialize)]
struct Net {
    x: Vec<f32>,
    y: Vec<f32>,
}

#[derive(Deserialize)]
struct Case {
    shape: Vec<usize>,
    first: Vec<f32>,
    second: Vec<f32>,
    dy: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    train: Passes,
    running_mean: Vec<f32>,
    running_var: Vec<f32>,
    eval: Passes,
}

#[derive(Deserialize)]
struct LayerCase {
    second: Vec<f32>,
    dy: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    eval: Passes,
}

#[derive(Deserialize)]
struct Passes {
    y: Vec<f32>,
    dx: Vec<f32>,
    dweight: Vec<f32>,
    dbias: Vec<f32>,
}

fn golden() -> Golden {
    load("nn/norm")
}

/// The same numbers as PyTorch's to rounding.
#[track_caller]
fn close(what: &str, got: &[f32], expected: &[f32]) {
    gradus_tests::close(what, got, expected, 2e-5);
}

/// A batch of rows or sequences is one of images of one row or one pixel.
fn four(shape: &[usize]) -> (usize, usize, usize, usize) {
    let axis = |i: usize| shape.get(i).copied().unwrap_or(1);
    (axis(0), axis(1), axis(2), axis(3))
}

#[test]
fn batch_norm_agrees_with_pytorch() {
    let golden = golden();
    assert_eq!(golden.cases.len(), 8);
    for case in &golden.cases {
        let (dev, shape) = (Cpu::default(), four(&case.shape));
        let tensor = |values: &[f32]| -> T4 { dev.tensor_from_vec(values.to_vec(), shape) };
        let vector = |values: &[f32]| -> T1 { dev.tensor_from_vec(values.to_vec(), (shape.1,)) };
        let (weight, bias) = (vector(&case.weight), vector(&case.bias));
        let (mut mean, mut var): (T1, T1) = (dev.zeros_like(&(shape.1,)), dev.ones_like(&(shape.1,)));
        let compare = |what: &str, x: &T4, y: Taped4, expected: &Passes| {
            let name = |part: &str| format!("{:?} in {what}: {part}", case.shape);
            close(&name("y"), &y.as_vec(), &expected.y);
            let gradients = (y * tensor(&case.dy)).sum().backward();
            close(&name("dx"), &gradients.get(x).as_vec(), &expected.dx);
            close(&name("dweight"), &gradients.get(&weight).as_vec(), &expected.dweight);
            close(&name("dbias"), &gradients.get(&bias).as_vec(), &expected.dbias);
        };
        let (_, stats) = ops::batch_norm(tensor(&case.first), &weight, &bias, EPS).expect("fits");
        stats.update(&mut mean, &mut var, 0.1);
        let x = tensor(&case.second);
        let (y, stats) = ops::batch_norm(x.leaky_trace(), &weight, &bias, EPS).expect("fits");
        stats.update(&mut mean, &mut var, 0.1);
        compare("training", &x, y, &case.train);
        close("running mean", &mean.as_vec(), &case.running_mean);
        close("running variance", &var.as_vec(), &case.running_var);
        let y = ops::batch_norm_eval(x.leaky_trace(), &weight, &bias, &mean, &var, EPS).expect("fits");
        compare("evaluation", &x, y, &case.eval);
    }
}

/// The names of the tensors are PyTorch's, so that its state dicts load.
#[test]
fn a_state_dict_of_pytorch_loads() {
    let dev = Cpu::default();
    let mut net = dev.build_module::<(Linear<4, 5>, BatchNorm1D<5>, ReLU, Linear<5, 2>), f32>();
    net.load_safetensors(path("nn/norm.safetensors")).expect("the file");
    let golden = golden().net;
    let x: Tensor<Rank2<3, 4>, f32, _> = dev.tensor_from_vec(golden.x, (Const, Const));
    close("scores", &net.try_forward(x).expect("forward").as_vec(), &golden.y);
}

/// Compares the gradient of `f` in each argument with central differences of step `e`.
fn check(name: &str, e: f32, args: &[T4], f: impl Fn(&[T4], Taped4) -> Taped4) {
    let dev = args[0].device().clone();
    let y = f(args, args[0].leaky_trace());
    let weights: T4 = dev.sample_normal_like(y.shape());
    let loss = |args: &[T4]| -> f64 {
        let (y, _) = f(args, args[0].leaky_trace()).split_tape();
        let products = y.as_vec().into_iter().zip(weights.as_vec());
        products.map(|(y, w)| f64::from(y) * f64::from(w)).sum()
    };
    let gradients = (y * weights.clone()).sum().backward();
    for (a, arg) in args.iter().enumerate() {
        for (i, analytic) in gradients.get(arg).as_vec().into_iter().enumerate() {
            let moved = |by: f32| {
                let mut values = arg.as_vec();
                values[i] += by;
                let mut args = args.to_vec();
                args[a] = dev.tensor_from_vec(values, *arg.shape());
                loss(&args)
            };
            let numeric = (moved(e) - moved(-e)) / (2.0 * f64::from(e));
            let error = (numeric - f64::from(analytic)).abs();
            assert!(
                error <= 2e-3 * (1.0 + numeric.abs()),
                "{name}: argument {a}[{i}]: {analytic}, numeric {numeric}"
            );
        }
    }
}

fn vector(t: &T4) -> T1 {
    t.clone().reshape_like(&(t.shape().num_elements(),))
}

#[test]
fn batch_norm_gradients() {
    let dev = Cpu::seed_from_u64(1);
    for shape in [(4, 3, 3, 5), (1, 2, 5, 4), (9, 5, 1, 1), (2, 40, 1, 1), (3, 1, 1, 7)] {
        let x: T4 = dev.sample_normal_like(&shape);
        let weight: T4 = dev.sample_normal_like(&(1, 1, 1, shape.1));
        let bias: T4 = dev.sample_normal_like(&(1, 1, 1, shape.1));
        // Two rows of a batch become plus and minus one, however they lie: a small step keeps clear of eps.
        let args = [x, weight, bias];
        check(&format!("training on {shape:?}"), 5e-3, &args, |args, x| {
            ops::batch_norm(x, &vector(&args[1]), &vector(&args[2]), 0.3)
                .expect("fits")
                .0
        });
        let mean: T1 = dev.sample_normal_like(&(shape.1,));
        let variance = mean.clone().square() + 0.5;
        check(&format!("evaluation on {shape:?}"), 0.05, &args, |args, x| {
            let (weight, bias) = (vector(&args[1]), vector(&args[2]));
            ops::batch_norm_eval(x, &weight, &bias, &mean, &variance, EPS).expect("fits")
        });
    }
}

/// A gradient that came along another path stays: `x + batch_norm(x)`.
#[test]
fn batch_norm_beside_a_shortcut() {
    let dev = Cpu::seed_from_u64(7);
    for shape in [(3, 2, 2, 3), (5, 4, 1, 1)] {
        let x: T4 = dev.sample_normal_like(&shape);
        let (weight, bias): (T1, T1) = (dev.sample_normal_like(&(shape.1,)), dev.sample_normal_like(&(shape.1,)));
        check("a shortcut", 5e-3, &[x], |_, x| {
            let shortcut = x.retaped::<OwnedTape<f32, Cpu>>();
            let y = ops::batch_norm(x, &weight, &bias, 0.3).expect("fits").0;
            y + shortcut
        });
    }
}

#[test]
fn batch_norm_has_the_same_numbers_for_any_number_of_threads() {
    let dev = Cpu::seed_from_u64(2);
    for shape in [(37, 5, 11, 13), (301, 100, 1, 1)] {
        let x: T4 = dev.sample_normal_like(&shape);
        let (weight, bias): (T1, T1) = (dev.sample_normal_like(&(shape.1,)), dev.sample_normal_like(&(shape.1,)));
        let run = |threads: usize| {
            let (x, weight, bias) = (x.clone(), weight.clone(), bias.clone());
            in_threads(threads, || {
                let (y, stats) = ops::batch_norm(x.leaky_trace(), &weight, &bias, EPS).expect("fits");
                let values = y.as_vec();
                let gradients = y.square().sum().backward();
                (
                    values,
                    stats,
                    gradients.get(&x).as_vec(),
                    gradients.get(&weight).as_vec(),
                )
            })
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(4));
    }
}

/// A mean far from zero must not eat the digits of the variance.
#[test]
fn statistics_keep_their_digits() {
    let dev = Cpu::seed_from_u64(3);
    let noise: T4 = dev.sample_normal_like(&(16, 1, 40, 40));
    let x: T4 = noise.clone() + 1000.0;
    let (one, zero): (T1, T1) = (dev.ones_like(&(1,)), dev.zeros_like(&(1,)));
    let (_, stats) = ops::batch_norm(x.clone(), &one, &zero, EPS).expect("fits");
    let exact: Vec<f64> = x.as_vec().into_iter().map(f64::from).collect();
    let mean = exact.iter().sum::<f64>() / exact.len() as f64;
    let variance = exact.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / exact.len() as f64;
    assert!(
        (f64::from(stats.mean[0]) - mean).abs() < 1e-4,
        "{} for {mean}",
        stats.mean[0]
    );
    assert!(
        (f64::from(stats.variance[0]) - variance).abs() < 1e-5,
        "{} for {variance}",
        stats.variance[0]
    );
}

#[test]
fn layers_train_with_the_batch_and_evaluate_with_what_they_remember() {
    let dev = Cpu::seed_from_u64(4);
    let mut layer = dev.build_module::<BatchNorm2D<2>, f32>();
    let x: Tensor<Rank4<64, 2, 4, 4>, f32, _> = dev.sample_normal();
    let x = x * 3.0 + 7.0;
    let spread = |y: Vec<f32>| {
        let mean = y.iter().sum::<f32>() / y.len() as f32;
        (mean, y.iter().map(|y| (y - mean).powi(2)).sum::<f32>() / y.len() as f32)
    };
    let before = spread(layer.try_forward(x.clone()).expect("forward").as_vec());
    assert!(
        before.0 > 6.0 && before.1 > 7.0,
        "an untrained layer evaluates as the identity, got {before:?}"
    );
    for _ in 0..100 {
        let y = layer.try_forward_mut(x.leaky_trace()).expect("forward");
        let (mean, variance) = spread(y.as_vec());
        assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3);
    }
    let after = spread(layer.try_forward(x.clone()).expect("forward").as_vec());
    assert!(after.0.abs() < 1e-2 && (after.1 - 1.0).abs() < 1e-2, "{after:?}");
    // A gradient in evaluation mode passes a frozen affine map.
    let gradients = layer.try_forward(x.leaky_trace()).expect("forward").sum().backward();
    let slope = 1.0 / (layer.running_var.array()[0] + EPS).sqrt();
    assert!((gradients.get(&x).as_vec()[0] - slope).abs() < 1e-6);
}

/// A batch of rows, of sequences, and of images with one pixel are normalized alike.
#[test]
fn one_dimensional_layers_take_rows_and_sequences() {
    let dev = Cpu::seed_from_u64(5);
    let x: Tensor<Rank3<6, 3, 4>, f32, _> = dev.sample_normal();
    let mut layer = dev.build_module::<BatchNorm1D<3>, f32>();
    let mut flat = dev.build_module::<BatchNorm2D<3>, f32>();
    let y = layer.try_forward_mut(x.leaky_trace()).expect("forward").as_vec();
    let image = x.clone().reshape::<Rank4<6, 3, 2, 2>>();
    assert_eq!(y, flat.try_forward_mut(image.leaky_trace()).expect("forward").as_vec());
    assert_eq!(layer.running_var.array(), flat.running_var.array());
    let row: Tensor<Rank2<1, 3>, f32, _> = dev.sample_normal();
    assert!(layer.try_forward(row.clone()).is_ok(), "a single row can be evaluated");
    let error = layer
        .try_forward_mut(row.leaky_trace())
        .map(|_| ())
        .map_err(Error::from)
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("BatchNorm1D<3>: expected more than one number per channel"),
        "{text}"
    );
}

/// Running statistics belong to the network: saved and loaded, but not trained.
#[test]
fn a_learner_trains_saves_and_loads_them() -> gradus::Result<()> {
    type Net = (Linear<2, 16>, BatchNorm1D<16>, ReLU, Linear<16, 2>);
    let dir = tempfile::tempdir().expect("folder");
    let (train, valid) = data::moons(600, 0.1, 0)?.split(0.75)?;
    let adam = Adam {
        lr: 0.02,
        ..Adam::default()
    };
    let mut learner = Learner::classifier::<Net>(&device(0)?, adam)?;
    let history = learner.quiet().fit(&train, &valid, 30)?;
    assert!(history.last().map_or(0.0, |e| e.metric) > 0.95, "{history}");
    let summary = learner.summary(&train)?;
    assert_eq!((summary.trainable(), summary.fixed()), (2 * 16 + 16 + 32 + 32 + 2, 32));
    let net: Built<Net> = learner.network::<Net>()?;
    assert!(net.1.running_var.as_vec().iter().all(|v| *v != 1.0));
    learner.save(dir.path().join("net.safetensors"))?;
    let mut other = Learner::classifier::<Net>(&device(1)?, adam)?;
    other.load(dir.path().join("net.safetensors"))?;
    assert_eq!(other.predict(&valid)?, learner.predict(&valid)?);
    Ok(())
}

#[test]
fn layer_norm_agrees_with_pytorch() {
    let golden = golden();
    assert_eq!(golden.layer_norm.len(), 4);
    for case in &golden.layer_norm {
        let dev = Cpu::default();
        let rows = |values: &[f32]| dev.tensor_from_vec(values.to_vec(), (values.len() / 7, Const::<7>));
        let mut layer = dev.build_module::<LayerNorm<7>, f32>();
        layer.weight.copy_from(&case.weight);
        layer.bias.copy_from(&case.bias);
        let x = rows(&case.second);
        let y = layer.try_forward(x.leaky_trace()).expect("forward");
        close("y", &y.as_vec(), &case.eval.y);
        let gradients = (y * rows(&case.dy)).sum().backward();
        close("dx", &gradients.get(&x).as_vec(), &case.eval.dx);
        close("dweight", &gradients.get(&layer.weight).as_vec(), &case.eval.dweight);
        close("dbias", &gradients.get(&layer.bias).as_vec(), &case.eval.dbias);
    }
}

#[test]
fn layer_norm_gradients() {
    let dev = Cpu::seed_from_u64(8);
    for rows in [1, 5, 19] {
        let args = [(1, 1, rows, 6), (1, 1, 1, 6), (1, 1, 1, 6)].map(|s| -> T4 { dev.sample_normal_like(&s) });
        check(&format!("{rows} rows beside a shortcut"), 5e-3, &args, |args, x| {
            let [weight, bias] = [1, 2].map(|i: usize| args[i].clone().reshape_like(&(Const::<6>,)));
            let shortcut = x.retaped::<OwnedTape<f32, Cpu>>();
            let x = x.reshape_like(&(rows, Const::<6>));
            let y = ops::layer_norm(x, &weight, &bias, 0.1).expect("memory");
            y.reshape_like(&(1, 1, rows, 6)) + shortcut
        });
    }
}

#[test]
fn layer_norm_takes_rows_and_sequences_with_any_number_of_threads() {
    let dev = Cpu::seed_from_u64(9);
    let x: Tensor<Rank3<23, 9, 50>, f32, _> = dev.sample_normal();
    let layer = dev.build_module::<LayerNorm<50>, f32>();
    let run = |threads: usize| {
        let (x, layer) = (x.clone(), layer.clone());
        in_threads(threads, || {
            let y = layer.try_forward(x.leaky_trace()).expect("forward");
            let values = y.as_vec();
            let gradients = y.exp().sum().backward();
            (
                values,
                gradients.get(&x).as_vec(),
                gradients.get(&layer.weight).as_vec(),
            )
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(4));
    let rows = x.clone().reshape::<Rank2<207, 50>>();
    assert_eq!(layer.try_forward(rows).expect("forward").as_vec(), one.0);
}
