//! Attention and the transformer's block: against PyTorch, against central differences, and as layers that train.
//!
//! `tests/nn/attention.py` made `attention.json`, which names the versions.

use std::collections::HashMap;

use gradus::ops::{self, AttentionOptions, Times};
use gradus::prelude::*;
use gradus_tests::load;
use serde::Deserialize;

use crate::support::{Fresh, accuracy_after};

type T3 = Tensor<(usize, usize, usize), f32, Cpu>;

#[derive(Deserialize)]
struct Golden {
    attention: Vec<Case>,
    layers: Vec<LayerCase>,
    fresh: HashMap<String, Fresh>,
}

#[derive(Deserialize)]
struct Case {
    sizes: [usize; 5],
    causal: bool,
    inputs: [Vec<f32>; 3],
    gradients: [Vec<f32>; 3],
    y: Vec<f32>,
    dy: Vec<f32>,
}

#[derive(Deserialize)]
struct LayerCase {
    name: String,
    sizes: [usize; 3],
    weights: HashMap<String, Vec<f32>>,
    gradients: HashMap<String, Vec<f32>>,
    x: Vec<f32>,
    y: Vec<f32>,
    dy: Vec<f32>,
    dx: Vec<f32>,
}

fn golden() -> Golden {
    load("nn/attention")
}

/// The same numbers as PyTorch's to rounding.
#[track_caller]
fn close(what: &str, got: &[f32], wanted: &[f32]) {
    gradus_tests::close(what, got, wanted, 3e-5);
}

#[test]
fn attention_agrees_with_pytorch() {
    let dev = Cpu::default();
    for case in golden().attention {
        let [batch, rows, columns, features, heads] = case.sizes;
        let options = AttentionOptions {
            heads,
            causal: case.causal,
        };
        let steps = [rows, columns, columns];
        let [q, k, v] = [0, 1, 2].map(|i| dev.tensor_from_vec(case.inputs[i].clone(), (batch, steps[i], features)));
        let name = format!("{:?} {}", case.sizes, case.causal);
        let y = ops::attention(q.leaky_trace(), k.retaped(), v.retaped(), options).expect("fits");
        close(&name, &y.as_vec(), &case.y);
        let dy = dev.tensor_from_vec(case.dy.clone(), *y.shape());
        let gradients = (y * dy).sum::<Rank0, _>().backward();
        for (x, wanted) in [&q, &k, &v].into_iter().zip(&case.gradients) {
            close(&name, &gradients.get(x).as_vec(), wanted);
        }
    }
}

/// What a layer computes for one of PyTorch's cases, and its gradients.
macro_rules! run {
    ($case:expr, $layer:expr, $N:literal) => {{
        let (case, layer) = ($case, $layer);
        let [batch, steps, _] = case.sizes;
        let x = Cpu::default().tensor_from_vec(case.x.clone(), (batch, steps, Const::<$N>));
        let y = layer.forward(x.leaky_trace());
        close(&case.name, &y.as_vec(), &case.y);
        close(&case.name, &layer.forward(x.clone()).as_vec(), &case.y);
        let dy = Cpu::default().tensor_from_vec(case.dy.clone(), *y.shape());
        let gradients = (y * dy).sum::<Rank0, _>().backward();
        close(&format!("{} dx", case.name), &gradients.get(&x).as_vec(), &case.dx);
        gradients
    }};
}

fn heads<const N: usize, const HEADS: usize, const CAUSAL: bool>(
    layer: &mut gradus::nn::modules::MultiHeadAttention<N, HEADS, CAUSAL, f32, Cpu>,
    weights: &HashMap<String, Vec<f32>>,
    at: &str,
) {
    layer.in_proj_weight.copy_from(&weights[&format!("{at}in_proj_weight")]);
    layer.in_proj_bias.copy_from(&weights[&format!("{at}in_proj_bias")]);
    layer
        .out_proj
        .0
        .weight
        .copy_from(&weights[&format!("{at}out_proj.weight")]);
    layer.out_proj.0.bias.copy_from(&weights[&format!("{at}out_proj.bias")]);
}

macro_rules! check_heads {
    ($case:expr, $N:literal, $HEADS:literal, $CAUSAL:literal) => {{
        let case = $case;
        let mut layer = Cpu::seed_from_u64(0).build_module::<MultiHeadAttention<$N, $HEADS, $CAUSAL>, f32>();
        heads(&mut layer, &case.weights, "");
        let g = run!(case, &layer, $N);
        let of = |name: &str| &case.gradients[name];
        close("in", &g.get(&layer.in_proj_weight).as_vec(), of("in_proj_weight"));
        close("in bias", &g.get(&layer.in_proj_bias).as_vec(), of("in_proj_bias"));
        close("out", &g.get(&layer.out_proj.0.weight).as_vec(), of("out_proj.weight"));
        close("out bias", &g.get(&layer.out_proj.0.bias).as_vec(), of("out_proj.bias"));
    }};
}

macro_rules! check_block {
    ($case:expr, $N:literal, $HEADS:literal, $FF:literal, $A:ident, $CAUSAL:literal) => {{
        let case = $case;
        type Block = TransformerEncoderBlock<$N, $HEADS, $FF, $A, $CAUSAL>;
        let mut layer = Cpu::seed_from_u64(0).build_module::<Block, f32>();
        let of = |name: &str| &case.weights[name];
        heads(&mut layer.self_attn, &case.weights, "self_attn.");
        layer.linear1.weight.copy_from(of("linear1.weight"));
        layer.linear1.bias.copy_from(of("linear1.bias"));
        layer.linear2.weight.copy_from(of("linear2.weight"));
        layer.linear2.bias.copy_from(of("linear2.bias"));
        layer.norm1.weight.copy_from(of("norm1.weight"));
        layer.norm1.bias.copy_from(of("norm1.bias"));
        layer.norm2.weight.copy_from(of("norm2.weight"));
        layer.norm2.bias.copy_from(of("norm2.bias"));
        let g = run!(case, &layer, $N);
        let of = |name: &str| &case.gradients[name];
        close(
            "in",
            &g.get(&layer.self_attn.in_proj_weight).as_vec(),
            of("self_attn.in_proj_weight"),
        );
        close(
            "out",
            &g.get(&layer.self_attn.out_proj.0.bias).as_vec(),
            of("self_attn.out_proj.bias"),
        );
        close("linear1", &g.get(&layer.linear1.weight).as_vec(), of("linear1.weight"));
        close("linear1 bias", &g.get(&layer.linear1.bias).as_vec(), of("linear1.bias"));
        close("linear2", &g.get(&layer.linear2.weight).as_vec(), of("linear2.weight"));
        close("norm1", &g.get(&layer.norm1.weight).as_vec(), of("norm1.weight"));
        close("norm1 bias", &g.get(&layer.norm1.bias).as_vec(), of("norm1.bias"));
        close("norm2", &g.get(&layer.norm2.weight).as_vec(), of("norm2.weight"));
        close("norm2 bias", &g.get(&layer.norm2.bias).as_vec(), of("norm2.bias"));
    }};
}

#[test]
fn layers_agree_with_pytorch() {
    let golden = golden();
    assert_eq!(golden.layers.len(), 5);
    for case in &golden.layers {
        match case.name.as_str() {
            "heads" => check_heads!(case, 6, 3, false),
            "causal heads" => check_heads!(case, 8, 2, true),
            "causal block" => check_block!(case, 6, 1, 10, GELU, true),
            _ => check_block!(case, 8, 2, 12, ReLU, false),
        }
    }
}

/// Weights in a fresh block are spread as PyTorch's are, and have its names and shapes in files.
#[test]
fn blocks_start_like_pytorchs() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("block.safetensors");
    let block = Cpu::seed_from_u64(2).build_module::<TransformerEncoderBlock<32, 4, 48>, f32>();
    block.save_safetensors(&path).expect("saves");
    let bytes = std::fs::read(&path).expect("reads");
    let file = safetensors::SafeTensors::deserialize(&bytes).expect("a file");
    let golden = golden();
    assert_eq!(file.names().len(), golden.fresh.len());
    for (name, fresh) in &golden.fresh {
        let numbers = file.tensor(name).expect(name);
        let sizes: Vec<f32> = numbers
            .data()
            .chunks(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]).abs())
            .collect();
        let (most, mean) = (
            sizes.iter().fold(0.0f32, |m, w| m.max(*w)),
            sizes.iter().sum::<f32>() / sizes.len() as f32,
        );
        // A bias has few numbers, and is spread like its weights.
        let few = if sizes.len() < 100 { 0.4 } else { 0.08 };
        assert!(
            (most - fresh.most).abs() <= few * fresh.most,
            "{name}: {most}, not {}",
            fresh.most
        );
        assert!(
            (mean - fresh.mean).abs() <= few * fresh.mean,
            "{name}: {mean}, not {}",
            fresh.mean
        );
    }
    assert_eq!(
        file.tensor("self_attn.in_proj_weight").expect("there").shape(),
        [96, 32]
    );
}

/// The slopes of `loss(a, b, c)` by central differences against those of the tape.
fn differences(name: &str, inputs: [&T3; 3], f: impl Fn([T3; 3]) -> f32, analytic: [Vec<f32>; 3]) {
    let numbers = inputs.map(|t| t.as_vec());
    let loss = |at: &[f32]| {
        let mut rest = at;
        f(inputs.map(|t| {
            let (first, others) = rest.split_at(t.shape().num_elements());
            rest = others;
            t.device().tensor_from_vec(first.to_vec(), *t.shape())
        }))
    };
    let numeric = ops::numeric_gradient(&numbers.concat(), 4e-3, loss);
    let error = ops::gradient_error(&analytic.concat(), &numeric);
    assert!(error < 2e-3, "{name}: off by {error}");
}

/// In f64, or the differences drown in the rounding of the sum.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() as f32
}

#[test]
fn gradients_are_slopes() {
    let dev = Cpu::seed_from_u64(5);
    for ([batch, rows, columns, features, heads], causal) in [
        ([2, 3, 4, 6, 2], false),
        ([1, 5, 5, 3, 1], true),
        ([3, 1, 1, 2, 2], false),
    ] {
        let options = AttentionOptions { heads, causal };
        let [q, k, v] = [rows, columns, columns].map(|n| -> T3 { dev.sample_normal_like(&(batch, n, features)) });
        let w = {
            let w: T3 = dev.sample_normal_like(q.shape());
            w
        };
        let y = ops::attention(q.leaky_trace(), k.retaped(), v.retaped(), options).expect("fits");
        let g = (y * w.clone()).sum::<Rank0, _>().backward();
        let analytic = [&q, &k, &v].map(|t| g.get(t).as_vec());
        let f = |[q, k, v]: [T3; 3]| dot(&ops::attention(q, k, v, options).expect("fits").as_vec(), &w.as_vec());
        differences("attention", [&q, &k, &v], f, analytic);
    }
    let [a, b]: [T3; 2] = std::array::from_fn(|_| dev.sample_normal_like(&(2, 3, 5)));
    let affine: T3 = dev.sample_normal_like(&(1, 2, 5));
    let w: T3 = dev.sample_normal_like(a.shape());
    let split = |t: &T3| -> [Tensor<Rank1<5>, f32, Cpu>; 2] {
        let numbers = t.as_vec();
        [0, 5].map(|i| dev.tensor_from_vec(numbers[i..i + 5].to_vec(), (Const,)))
    };
    let fixed = |t: T3| t.reshape_like(&(2usize, 3usize, Const::<5>));
    let [weight, bias] = split(&affine);
    let taped = a.leaky_trace().reshape_like(&(2usize, 3usize, Const::<5>));
    let other = b
        .retaped::<OwnedTape<f32, Cpu>>()
        .reshape_like(&(2usize, 3usize, Const::<5>));
    let y = ops::add_layer_norm(taped, other, &weight, &bias, 1e-2).expect("fits");
    let g = (y * fixed(w.clone())).sum::<Rank0, _>().backward();
    let analytic = [
        g.get(&a).as_vec(),
        g.get(&b).as_vec(),
        [g.get(&weight).as_vec(), g.get(&bias).as_vec()].concat(),
    ];
    let f = |[a, b, affine]: [T3; 3]| {
        let [weight, bias] = split(&affine);
        dot(
            &ops::add_layer_norm(fixed(a), fixed(b), &weight, &bias, 1e-2)
                .expect("fits")
                .as_vec(),
            &w.as_vec(),
        )
    };
    differences("add_layer_norm", [&a, &b, &affine], f, analytic);
}

#[test]
fn a_causal_step_sees_no_later_one() {
    let dev = Cpu::seed_from_u64(6);
    let x: Tensor<(usize, usize, Times<3, 8>), f32, Cpu> = dev.sample_normal_like(&(1, 20, Times));
    let causal = AttentionOptions { heads: 2, causal: true };
    let before = ops::self_attention(x.clone(), causal).expect("fits").as_vec();
    let mut numbers = x.as_vec();
    numbers[12 * 24..].iter_mut().for_each(|x| *x += 3.0);
    let changed = dev.tensor_from_vec(numbers, *x.shape());
    let after = ops::self_attention(changed.clone(), causal).expect("fits").as_vec();
    assert_eq!(before[..12 * 8], after[..12 * 8]);
    assert_ne!(before[12 * 8..13 * 8], after[12 * 8..13 * 8]);
    let all = AttentionOptions::new(2);
    let [before, after] = [x, changed].map(|x| ops::self_attention(x, all).expect("fits").as_vec());
    assert_ne!(before[..8], after[..8]);
}

#[test]
fn what_does_not_fit_is_named() {
    let dev = Cpu::seed_from_u64(0);
    let layer = dev.build_module::<MultiHeadAttention<6, 4>, f32>();
    let x: Tensor<(usize, usize, Const<6>), f32, _> = dev.sample_normal_like(&(2, 3, Const));
    let error = Error::from(layer.try_forward(x).map(drop).unwrap_err()).to_string();
    assert_eq!(
        error,
        "heads of self_attention: expected a number that divides 6 features, got 4"
    );
    let tensor = |shape: (usize, usize, usize)| -> T3 { dev.sample_normal_like(&shape) };
    let run = |q, k, v| ops::attention(tensor(q), tensor(k), tensor(v), AttentionOptions::new(1));
    for (k, v) in [
        ((2, 3, 4), (2, 5, 4)),
        ((1, 3, 4), (1, 3, 4)),
        ((2, 3, 6), (2, 3, 6)),
        ((2, 0, 4), (2, 0, 4)),
    ] {
        let error = run((2, 3, 4), k, v).map(drop).unwrap_err().to_string();
        assert!(
            error.contains("expected keys and values of shape (2, L, 4), at least one"),
            "{error}"
        );
    }
    let none = AttentionOptions::new(0);
    assert!(ops::attention(tensor((1, 1, 2)), tensor((1, 1, 2)), tensor((1, 1, 2)), none).is_err());
    // No samples, and no questions, are no error: there is nothing to do.
    assert_eq!(
        run((0, 3, 4), (0, 2, 4), (0, 2, 4)).expect("fits").shape().concrete(),
        [0, 3, 4]
    );
    assert_eq!(
        run((2, 0, 4), (2, 2, 4), (2, 2, 4)).expect("fits").shape().concrete(),
        [2, 0, 4]
    );
    let a: Tensor<(usize, usize, Const<2>), f32, _> = dev.zeros_like(&(3, 4, Const));
    let b: Tensor<(usize, usize, Const<2>), f32, _> = dev.zeros_like(&(3, 5, Const));
    let (weight, bias): (Tensor<Rank1<2>, f32, _>, _) = (dev.zeros(), dev.zeros());
    let error = ops::add_layer_norm(a, b, &weight, &bias, 1e-5)
        .map(drop)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "add_layer_norm: expected (3, 4, 2) on both sides, got [3, 5, 2] on the second"
    );
}

/// Four cards with a name and a number each, in any order, and a question: the name of one. The class is the sign of the
/// number on that card, which the last step can only know from another one.
fn cards(n: usize, seed: u64) -> Dataset {
    let dev = Cpu::seed_from_u64(seed);
    let drawn: Tensor<(usize, Const<9>), f32, Cpu> = dev.sample_uniform_like(&(n, Const));
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for u in drawn.as_vec().chunks(9) {
        let mut order: Vec<usize> = (0..4).collect();
        order.sort_by(|a, b| u[*a].total_cmp(&u[*b]));
        let asked = (u[8] * 4.0) as usize % 4;
        for (place, name) in order.iter().enumerate() {
            let mut card = [0.0; 6];
            card[*name] = 1.0;
            card[4] = if u[4 + place] > 0.5 { 1.0 } else { -1.0 };
            values.extend(card);
            if *name == asked {
                labels.push(usize::from(u[4 + place] > 0.5));
            }
        }
        let mut question = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        question[asked] = 1.0;
        values.extend(question);
    }
    Dataset::from_values(values, &[5, 6], labels, &["minus", "plus"]).expect("a data set")
}

fn accuracy_of<N: gradus::train::Trainable>() -> f64 {
    let (train, test) = (cards(2000, 1), cards(500, 2));
    accuracy_after::<N>(&train, &test, 5e-3, 15)
}

/// Learns what no network learns whose steps do not look at each other. (With eight other seeds: 1.00 against 0.47 to
/// 0.53.)
#[test]
fn a_block_learns_to_look_at_other_steps() {
    type Looks = (
        Steps6,
        Linear<6, 16>,
        TransformerEncoderBlock<16, 2, 32>,
        LastStep,
        Linear<16, 2>,
    );
    let looks = accuracy_of::<Looks>();
    assert!(looks > 0.95, "with attention: {looks}");
    let alone = accuracy_of::<(Steps6, Linear<6, 16>, ReLU, LastStep, Linear<16, 2>)>();
    assert!(alone < 0.6, "without: {alone}");
}

type Steps6 = gradus::nn::Steps<6>;
