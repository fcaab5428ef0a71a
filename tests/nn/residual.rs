//! Residual blocks against torchvision's, values and gradients, and the global mean.

use std::collections::HashMap;

use gradus::ops::{add_relu, avg_pool_global};
use gradus::prelude::*;
use gradus_tests::load;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    blocks: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    sizes: [usize; 3],
    tensors: HashMap<String, Vec<f32>>,
    input: Vec<f32>,
    output: Vec<f32>,
    shape: [usize; 4],
    dy: Vec<f32>,
    dx: Vec<f32>,
    gradients: HashMap<String, Vec<f32>>,
    running: HashMap<String, Vec<f32>>,
    evaluated: Vec<f32>,
}

fn close(got: &[f32], wanted: &[f32], what: &str) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    for (i, (g, w)) in got.iter().zip(wanted).enumerate() {
        assert!((g - w).abs() < 2e-5 * (1.0 + w.abs()), "{what}[{i}]: {g}, not {w}");
    }
}

/// One block with torchvision's numbers, run in both modes.
fn check<const I: usize, const O: usize, const S: usize>(case: &Case) {
    let dev = Cpu::seed_from_u64(0);
    let mut block = dev.build_module::<ResidualBlock<I, O, S>, f32>();
    let numbers = |name: &str| case.tensors[name].clone();
    block.conv1.weight.copy_from(&numbers("conv1.weight"));
    block.conv2.weight.copy_from(&numbers("conv2.weight"));
    for (norm, name) in [(&mut block.bn1, "bn1"), (&mut block.bn2, "bn2")] {
        norm.weight.copy_from(&numbers(&format!("{name}.weight")));
        norm.bias.copy_from(&numbers(&format!("{name}.bias")));
    }
    block.conv1.bias.copy_from(&[0.0; O]);
    block.conv2.bias.copy_from(&[0.0; O]);
    if let gradus::nn::modules::Shortcut::Projection(layers) = &mut block.shortcut {
        layers.0.weight.copy_from(&numbers("shortcut.0.weight"));
        layers.0.bias.copy_from(&[0.0; O]);
        layers.1.weight.copy_from(&numbers("shortcut.1.weight"));
        layers.1.bias.copy_from(&numbers("shortcut.1.bias"));
    }
    let x: Tensor<Rank4<3, I, 5, 6>, f32, _> = dev.tensor(case.input.clone());
    let y = block.try_forward_mut(x.leaky_trace()).unwrap();
    assert_eq!(y.shape().concrete(), case.shape);
    close(&y.as_vec(), &case.output, "output");
    let dy = dev.tensor_from_vec(case.dy.clone(), *y.shape());
    let gradients = (y * dy).sum::<Rank0, _>().backward();
    close(&gradients.get(&x).as_vec(), &case.dx, "dx");
    close(
        &gradients.get(&block.conv1.weight).as_vec(),
        &case.gradients["conv1.weight"],
        "conv1.weight",
    );
    close(
        &gradients.get(&block.conv2.weight).as_vec(),
        &case.gradients["conv2.weight"],
        "conv2.weight",
    );
    close(
        &gradients.get(&block.bn2.weight).as_vec(),
        &case.gradients["bn2.weight"],
        "bn2.weight",
    );
    close(
        &block.bn1.running_mean.as_vec(),
        &case.running["bn1.running_mean"],
        "running mean",
    );
    close(
        &block.bn2.running_var.as_vec(),
        &case.running["bn2.running_var"],
        "running variance",
    );
    if let gradus::nn::modules::Shortcut::Projection(layers) = &block.shortcut {
        close(
            &gradients.get(&layers.0.weight).as_vec(),
            &case.gradients["shortcut.0.weight"],
            "shortcut",
        );
        close(
            &layers.1.running_mean.as_vec(),
            &case.running["shortcut.1.running_mean"],
            "shortcut's mean",
        );
    }
    close(
        &block.try_forward(x.clone()).unwrap().as_vec(),
        &case.evaluated,
        "evaluated",
    );
    // Evaluation on a tape: the same values, and a gradient.
    let taped = block.try_forward(x.leaky_trace()).unwrap();
    close(&taped.as_vec(), &case.evaluated, "evaluated on a tape");
    assert!(
        taped
            .sum::<Rank0, _>()
            .backward()
            .get(&x)
            .as_vec()
            .iter()
            .any(|d| *d != 0.0)
    );
}

#[test]
fn blocks_agree_with_torchvision() {
    let golden: Golden = load("nn/residual");
    for case in &golden.blocks {
        match case.sizes {
            [2, 3, 2] => check::<2, 3, 2>(case),
            [3, 3, 1] => check::<3, 3, 1>(case),
            [3, 3, 2] => check::<3, 3, 2>(case),
            other => panic!("a case for {other:?}"),
        }
    }
    assert_eq!(golden.blocks.len(), 3);
}

#[test]
fn only_a_change_of_shape_costs_weights() {
    let dev = Cpu::seed_from_u64(0);
    let (kept, changed) = (3 * 3 * 4 * 4 + 4 + 8, 4 * 8 + 8 + 16);
    assert_eq!(
        dev.build_module::<ResidualBlock<4, 4>, f32>().num_trainable_params(),
        2 * kept
    );
    let main = (9 * 4 * 8 + 8 + 16) + (9 * 8 * 8 + 8 + 16);
    assert_eq!(
        dev.build_module::<ResidualBlock<4, 8, 2>, f32>().num_trainable_params(),
        main + changed
    );
}

#[test]
fn a_network_of_blocks_trains_saves_and_loads() {
    type Net = (
        (Conv2D<3, 4, 3, 1, 1>, BatchNorm2D<4>, ReLU),
        ResidualBlock<4, 4>,
        ResidualBlock<4, 8, 2>,
        (AvgPoolGlobal, Linear<8, 10>),
    );
    let set = data::shapes(60, 1).unwrap();
    let dev = device(1).unwrap();
    let mut learner = Learner::classifier::<Net>(&dev, Adam::default()).unwrap();
    learner.quiet().set_batch_size(20);
    let history = learner.fit(&set, &set, 2).unwrap();
    assert!(history.epochs()[1].train_loss < history.epochs()[0].train_loss);
    let file = tempfile::tempdir().unwrap();
    let path = file.path().join("net.safetensors");
    learner.save(&path).unwrap();
    let mut other = Learner::classifier::<Net>(&device(2).unwrap(), Adam::default()).unwrap();
    other.load(&path).unwrap();
    assert_eq!(learner.evaluate(&set).unwrap(), other.evaluate(&set).unwrap());
    let error = learner
        .predict(&data::digits().unwrap().0.take(1))
        .unwrap_err()
        .to_string();
    assert!(error.contains("images of 3 channels"), "{error}");
}

/// The slope of `f` at `x` by central differences, for each number.
fn slopes(x: &[f32], f: impl Fn(&[f32]) -> f32) -> Vec<f32> {
    let step = 1e-2;
    let moved = |i: usize, by: f32| {
        let mut x = x.to_vec();
        x[i] += by;
        f(&x)
    };
    (0..x.len())
        .map(|i| (moved(i, step) - moved(i, -step)) / (2.0 * step))
        .collect()
}

#[test]
fn gradients_of_the_mean_and_of_the_sum_are_slopes() {
    let dev = Cpu::seed_from_u64(3);
    let x: Tensor<(usize, usize, usize, usize), f32, _> = dev.sample_normal_like(&(2, 3, 3, 5));
    let weights: Tensor<(usize, usize), f32, _> = dev.sample_normal_like(&(2, 3));
    let mean = |values: &[f32]| {
        let x = dev.tensor_from_vec(values.to_vec(), *x.shape());
        (avg_pool_global(x).unwrap() * weights.clone())
            .sum::<Rank0, _>()
            .array()
    };
    let y = avg_pool_global(x.leaky_trace()).unwrap();
    assert!((y.as_vec()[4] - x.as_vec()[60..75].iter().sum::<f32>() / 15.0).abs() < 1e-6);
    let gradients = (y * weights.clone()).sum::<Rank0, _>().backward();
    close_slopes(&gradients.get(&x).as_vec(), &slopes(&x.as_vec(), mean));

    let a: Tensor<Rank1<40>, f32, _> = dev.sample_normal();
    let b: Tensor<Rank1<40>, f32, _> = dev.sample_normal();
    let w: Tensor<Rank1<40>, f32, _> = dev.sample_normal();
    let value = |a: &[f32], b: &[f32]| {
        let (a, b): (Tensor<Rank1<40>, f32, _>, Tensor<Rank1<40>, f32, _>) =
            (dev.tensor(a.to_vec()), dev.tensor(b.to_vec()));
        (add_relu(a, b).unwrap() * w.clone()).sum::<Rank0, _>().array()
    };
    let y = add_relu(a.leaky_trace(), b.leaky_trace()).unwrap();
    let gradients = (y * w.clone()).sum::<Rank0, _>().backward();
    close_slopes(
        &gradients.get(&a).as_vec(),
        &slopes(&a.as_vec(), |v| value(v, &b.as_vec())),
    );
    close_slopes(
        &gradients.get(&b).as_vec(),
        &slopes(&b.as_vec(), |v| value(&a.as_vec(), v)),
    );
    // The same tensor on both sides: 2 where it is positive.
    let gradients = add_relu(a.leaky_trace(), a.clone())
        .unwrap()
        .sum::<Rank0, _>()
        .backward();
    let wanted: Vec<f32> = a.as_vec().iter().map(|v| if *v > 0.0 { 2.0 } else { 0.0 }).collect();
    assert_eq!(gradients.get(&a).as_vec(), wanted);
}

fn close_slopes(got: &[f32], wanted: &[f32]) {
    for (i, (g, w)) in got.iter().zip(wanted).enumerate() {
        assert!((g - w).abs() < 5e-3, "[{i}]: {g}, not {w}");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let dev = Cpu::seed_from_u64(0);
    let empty: Tensor<(usize, usize, usize, usize), f32, _> = dev.zeros_like(&(1, 2, 0, 3));
    assert!(avg_pool_global(empty).unwrap_err().to_string().contains("0 x 3"));
    let (a, b): (Tensor<(usize,), f32, _>, Tensor<(usize,), f32, _>) = (dev.zeros_like(&(3,)), dev.zeros_like(&(4,)));
    assert!(add_relu(a, b).unwrap_err().to_string().contains("[4]"));
}
