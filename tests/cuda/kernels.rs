//! Values and gradients of the kernels for a GPU equal those of the CPU's kernels, at odd sizes, in either order of threads.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use dfdx::prelude::*;
use gradus::ops::{self as cpu, Activation, Conv2dOptions, Pool2dOptions, PoolKind};
use gradus_tests::close;

use crate::ops::activation::kind::Activation as Ours;
use crate::ops::conv2d::options::geometry as conv_geometry;
use crate::ops::cuda::{conv2d, embedding, linear, norm, pointwise, pool2d, softmax};
use crate::ops::pool2d::options::geometry as pool_geometry;
use crate::ops::tensors::{Tensor1, Tensor2, Tensor4};
use crate::shim::TURNED;

type Taped<S> = Tensor<S, f32, Cpu, OwnedTape<f32, Cpu>>;

/// One of these at a time: they say in which order the threads run.
static ORDER: Mutex<()> = Mutex::new(());

/// `f` with threads and blocks in order, and in the opposite order.
pub fn both_orders(f: impl Fn()) {
    let _order = ORDER.lock().unwrap_or_else(PoisonError::into_inner);
    for turned in [false, true] {
        TURNED.store(turned, Ordering::Relaxed);
        f();
    }
}

/// Both give the same values and, for slopes drawn at random, the same gradients of `x`, of `also` (each of its lengths) and
/// add them to what is there.
fn same<S: Shape>(what: &str, [a, b]: [Taped<S>; 2], gradients: &[&dyn Fn(&Gradients<f32, Cpu>) -> Vec<f32>]) {
    close(what, &a.as_vec(), &b.as_vec(), 2e-5);
    let dy: Tensor<S, f32, Cpu> = Cpu::seed_from_u64(99).sample_normal_like(a.shape());
    let [a, b] = [a, b].map(|y| (y * dy.clone()).sum::<Rank0, _>().backward());
    for (i, of) in gradients.iter().enumerate() {
        let (a, b) = (of(&a), of(&b));
        assert!(
            a.is_empty() || a.iter().any(|g| *g != 0.0),
            "{what}: gradient {i} is zero"
        );
        // Sums of many numbers, in different orders.
        let largest = b.iter().fold(1.0f32, |m, b| m.max(b.abs()));
        let [a, b] = [a, b].map(|g| g.iter().map(|g| g / largest).collect::<Vec<_>>());
        close(&format!("{what}: gradient {i}"), &a, &b, 1e-5);
    }
}

#[test]
fn convolutions() {
    both_orders(|| {
        let dev = Cpu::seed_from_u64(1);
        // Batch, channels, filters, image, kernel, stride, padding, dilation, groups.
        for (b, c, o, [h, w], [kh, kw], stride, padding, dilation, groups, relu) in [
            (2, 3, 4, [7, 6], [3, 3], 1, 1, 1, 1, false),
            (3, 4, 6, [9, 7], [3, 2], 2, 1, 1, 2, true),
            (1, 5, 70, [5, 5], [1, 1], 1, 0, 1, 1, false),
            (2, 70, 3, [6, 5], [3, 3], 1, 1, 2, 1, true),
            (2, 2, 5, [11, 8], [2, 3], 3, 2, 2, 1, false),
            (2, 5, 5, [9, 6], [3, 3], 2, 1, 1, 5, true),
            (2, 3, 6, [8, 7], [3, 5], 1, 2, 2, 3, false),
            (9, 2, 3, [13, 11], [3, 3], 1, 1, 1, 1, true),
        ] {
            let x: Tensor4<Cpu> = dev.sample_normal_like(&(b, c, h, w));
            let weight: Tensor4<Cpu> = dev.sample_normal_like(&(o, c / groups, kh, kw));
            let bias: Tensor1<Cpu> = dev.sample_normal_like(&(o,));
            let options = Conv2dOptions {
                stride,
                padding,
                dilation,
                groups,
                relu,
            };
            let ours = crate::ops::conv2d::options::Conv2dOptions {
                stride,
                padding,
                dilation,
                groups,
                relu,
            };
            let g = conv_geometry(&"test", [b, c, h, w], [o, c / groups, kh, kw], ours).expect("fits");
            for bias in [Some(bias), None] {
                // Times one, so that the input is not a leaf and goes by another name.
                let a = conv2d::conv2d(x.leaky_trace() * 1.0, weight.clone(), bias.clone(), g, relu).expect("runs");
                let z = cpu::conv2d(x.leaky_trace() * 1.0, &weight, bias.as_ref(), options).expect("fits");
                let z = z.reshape_like(a.shape());
                let of_bias = |g: &Gradients<f32, Cpu>| bias.as_ref().map_or(Vec::new(), |b| g.get(b).as_vec());
                let of = [
                    &|g: &Gradients<f32, Cpu>| g.get(&x).as_vec(),
                    &|g: &_| g.get(&weight).as_vec(),
                    &of_bias,
                ] as [&dyn Fn(&Gradients<f32, Cpu>) -> Vec<f32>; 3];
                same(&format!("{options:?}"), [a, z], &of);
            }
        }
    });
}

#[test]
fn pooling() {
    both_orders(|| {
        let dev = Cpu::seed_from_u64(2);
        for (kernel, stride, padding, ceil_mode) in [
            (2, 2, 0, false),
            (3, 2, 1, false),
            (3, 1, 1, false),
            (2, 3, 0, true),
            (3, 2, 1, true),
            (5, 3, 2, true),
        ] {
            let x: Tensor4<Cpu> = dev.sample_normal_like(&(2, 3, 9, 8));
            // Equal numbers, of which the first wins.
            let x = (x * 2.0).relu();
            let options = Pool2dOptions {
                kernel,
                stride,
                padding,
                ceil_mode,
            };
            let ours = crate::ops::pool2d::options::Pool2dOptions {
                kernel,
                stride,
                padding,
                ceil_mode,
            };
            let g = pool_geometry(&"test", [2, 3], [9, 8], ours).expect("fits");
            use crate::ops::pool2d::options::PoolKind as Kind;
            for (kind, ours) in [
                (PoolKind::Max, Kind::Max),
                (PoolKind::Min, Kind::Min),
                (PoolKind::Avg, Kind::Avg),
            ] {
                let t = || x.leaky_trace() * 1.0;
                let z = match kind {
                    PoolKind::Max => cpu::max_pool2d(t(), options),
                    PoolKind::Min => cpu::min_pool2d(t(), options),
                    PoolKind::Avg => cpu::avg_pool2d(t(), options),
                };
                let a = pool2d::pool2d(t(), ours, g).expect("runs");
                let z = z.expect("fits").reshape_like(a.shape());
                same(&format!("{kind:?} {options:?}"), [a, z], &[&|g| g.get(&x).as_vec()]);
            }
        }
    });
}

#[test]
fn batch_and_layer_normalization() {
    both_orders(|| {
        let dev = Cpu::seed_from_u64(3);
        for (b, c, h, w) in [(3, 5, 7, 4), (19, 3, 1, 1), (2, 1, 40, 33)] {
            let x: Tensor4<Cpu> = dev.sample_normal_like(&(b, c, h, w)) * 3.0 + 1.5;
            let (weight, bias): (Tensor1<Cpu>, Tensor1<Cpu>) =
                (dev.sample_normal_like(&(c,)), dev.sample_normal_like(&(c,)));
            let t = || x.leaky_trace() * 1.0;
            let of = [
                &|g: &Gradients<f32, Cpu>| g.get(&x).as_vec(),
                &|g: &_| g.get(&weight).as_vec(),
                &|g: &_| g.get(&bias).as_vec(),
            ] as [&dyn Fn(&Gradients<f32, Cpu>) -> Vec<f32>; 3];
            let (a, mean, variance) = norm::batch_norm(t(), weight.clone(), bias.clone(), 1e-5).expect("runs");
            let (z, stats) = cpu::batch_norm(t(), &weight, &bias, 1e-5).expect("fits");
            close("mean", &mean.as_vec(), &stats.mean, 1e-5);
            close("variance", &variance.as_vec(), &stats.variance, 1e-5);
            same("batch norm", [a, z], &of);
            let variance = variance + 0.3;
            let given = [weight.clone(), bias.clone(), mean.clone(), variance.clone()];
            let a = norm::batch_norm_eval(t(), given, 1e-5).expect("runs");
            let z = cpu::batch_norm_eval(t(), &weight, &bias, &mean, &variance, 1e-5).expect("fits");
            same("batch norm in evaluation", [a, z], &of);
        }
        fn layer<const N: usize>(dev: &Cpu, rows: usize) {
            let x: Tensor2<Cpu> = dev.sample_normal_like(&(rows, N)) * 2.0 - 0.5;
            let (weight, bias): (Tensor<Rank1<N>, f32, Cpu>, Tensor<Rank1<N>, f32, Cpu>) =
                (dev.sample_normal(), dev.sample_normal());
            let t = || x.leaky_trace() * 1.0;
            let flat = |t: &Tensor<Rank1<N>, f32, Cpu>| t.clone().reshape_like(&(N,));
            let a = norm::layer_norm(t(), flat(&weight), flat(&bias), 1e-5).expect("runs");
            let z = cpu::layer_norm(t().reshape_like(&(rows, Const::<N>)), &weight, &bias, 1e-5).expect("fits");
            let z = z.reshape_like(a.shape());
            same(
                "layer norm",
                [a, z],
                &[&|g| g.get(&x).as_vec(), &|g| g.get(&weight).as_vec(), &|g| {
                    g.get(&bias).as_vec()
                }],
            );
        }
        layer::<7>(&dev, 5);
        layer::<300>(&dev, 3);
        layer::<33>(&dev, 150);
    });
}

#[test]
fn softmax_and_its_logarithm() {
    both_orders(|| {
        let dev = Cpu::seed_from_u64(4);
        fn rows<const N: usize>(dev: &Cpu) {
            let x: Tensor<(usize, Const<N>), f32, Cpu> = dev.sample_normal_like(&(5, Const::<N>)) * 20.0;
            let t = || x.leaky_trace() * 1.0;
            for log in [false, true] {
                let a = softmax::softmax(t().reshape_like(&(5, N)), log)
                    .expect("runs")
                    .reshape_like(x.shape());
                let z = if log { cpu::log_softmax(t()) } else { cpu::softmax(t()) };
                same("softmax", [a, z.expect("fits")], &[&|g| g.get(&x).as_vec()]);
            }
        }
        rows::<3>(&dev);
        rows::<10>(&dev);
        rows::<515>(&dev);
    });
}

/// All activations, by the name that they have here and in the crate.
const ACTIVATIONS: [(Ours, Activation); 15] = [
    (Ours::ReLU, Activation::ReLU),
    (Ours::ReLU6, Activation::ReLU6),
    (Ours::Sigmoid, Activation::Sigmoid),
    (Ours::Tanh, Activation::Tanh),
    (
        Ours::LeakyReLU { negative_slope: 0.3 },
        Activation::LeakyReLU { negative_slope: 0.3 },
    ),
    (Ours::ELU { alpha: 0.7 }, Activation::ELU { alpha: 0.7 }),
    (Ours::SELU, Activation::SELU),
    (Ours::GELU, Activation::GELU),
    (Ours::GELUTanh, Activation::GELUTanh),
    (Ours::SiLU, Activation::SiLU),
    (Ours::Mish, Activation::Mish),
    (Ours::Softplus, Activation::Softplus),
    (Ours::Softsign, Activation::Softsign),
    (Ours::Hardtanh, Activation::Hardtanh),
    (Ours::Hardsigmoid, Activation::Hardsigmoid),
];

#[test]
fn activations_sums_and_dropout() {
    both_orders(|| {
        let dev = Cpu::seed_from_u64(5);
        let x: Tensor1<Cpu> = dev.sample_normal_like(&(1003,)) * 4.0;
        let other: Tensor1<Cpu> = dev.sample_normal_like(&(1003,));
        let t = || x.leaky_trace() * 1.0;
        for (ours, f) in ACTIVATIONS {
            let a = pointwise::activate(t(), ours).expect("runs");
            same(
                &f.to_string(),
                [a, cpu::activate(t(), f).expect("runs")],
                &[&|g| g.get(&x).as_vec()],
            );
        }
        let a = pointwise::add(t(), other.clone(), true).expect("runs");
        let z = cpu::add_relu(t(), other.clone()).expect("fits");
        same("add", [a, z], &[&|g| g.get(&x).as_vec(), &|g| g.get(&other).as_vec()]);
        // The same seed gives the same mask on either device.
        let from = |seed: u64| Cpu::seed_from_u64(seed).tensor_from_vec(x.as_vec(), (1003,));
        let (one, two) = (from(8), from(8));
        let a = pointwise::dropout(one.leaky_trace() * 1.0, 0.3).expect("runs");
        let z = cpu::dropout(two.leaky_trace() * 1.0, 0.3).expect("runs");
        assert_eq!(a.as_vec(), z.as_vec());
        let dropped = a.as_vec().iter().filter(|a| **a == 0.0).count();
        assert!((200..400).contains(&dropped), "{dropped} of 1003");
        let [a, z] = [a, z].map(|y| y.square().sum::<Rank0, _>().backward());
        assert_eq!(a.get(&one).as_vec(), z.get(&two).as_vec());
    });
}

#[test]
fn affine_maps_and_tables() {
    both_orders(|| {
        let dev = Cpu::seed_from_u64(6);
        let x: Tensor<(usize, Const<7>), f32, Cpu> = dev.sample_normal_like(&(151, Const::<7>));
        let (weight, bias): (Tensor<Rank2<37, 7>, f32, Cpu>, Tensor<Rank1<37>, f32, Cpu>) =
            (dev.sample_normal(), dev.sample_normal());
        let t = || x.leaky_trace() * 1.0;
        let (w, b) = (weight.clone().reshape_like(&(37, 7)), bias.clone().reshape_like(&(37,)));
        let a = linear::linear_part(t().reshape_like(&(151, 7)), w.clone(), b.clone(), 0..37).expect("runs");
        let z = cpu::linear(t(), &weight, &bias).expect("fits").reshape_like(a.shape());
        same(
            "linear",
            [a, z],
            &[&|g| g.get(&x).as_vec(), &|g| g.get(&weight).as_vec(), &|g| {
                g.get(&bias).as_vec()
            }],
        );
        // A part of the rows: the others get no slope.
        let y = linear::linear_part(t().reshape_like(&(151, 7)), w, b, 5..9).expect("runs");
        let gradients = y.sum::<Rank0, _>().backward();
        let db = gradients.get(&bias).as_vec();
        assert!(
            db.iter()
                .enumerate()
                .all(|(i, d)| *d == if (5..9).contains(&i) { 151.0 } else { 0.0 }),
            "{db:?}"
        );

        let table: Tensor<Rank2<6, 5>, f32, Cpu> = dev.sample_normal();
        let numbers = [3usize, 0, 5, 3, 3, 1, 0];
        let ids: Tensor<(usize, usize), f32, Cpu> = dev.tensor_from_vec(numbers.map(|n| n as f32).to_vec(), (1, 7));
        for padding in [None, Some(3)] {
            let flat = ids.leaky_trace().reshape_like(&(7,));
            let a = embedding::embedding(flat, Arc::from(numbers), table.clone().reshape_like(&(6, 5)), padding)
                .expect("runs");
            let z = cpu::embedding(ids.leaky_trace(), &table, padding)
                .expect("fits")
                .reshape_like(a.shape());
            same("embedding", [a, z], &[&|g| g.get(&table).as_vec()]);
        }
    });
}
