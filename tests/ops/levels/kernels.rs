//! Every kernel at odd sizes, on each instruction set that this processor has and with 1, 2 and 4 threads.
//!
//! Instruction set and threads are chosen once per process, so this program calls itself. Each child holds convolution,
//! its gradients and the affine map against their definitions in `f64`, and prints all numbers bit by bit; the parent
//! compares: the same bits for any number of threads, the same numbers to rounding for any registers.

use gradus::ops::{self, Activation, Conv2dOptions, ConvTranspose2dOptions, Pool2dOptions};
use gradus::prelude::*;

use super::{close, show};

type T4 = Tensor<(usize, usize, usize, usize), f32, Cpu>;
type T1 = Tensor<(usize,), f32, Cpu>;

#[test]
fn same_bits_for_any_threads_and_same_numbers_for_any_registers() {
    super::compare(module_path!(), 71);
}

#[test]
fn results_of_one_process() {
    if !super::is_child() {
        return;
    }
    let dev = Cpu::seed_from_u64(11);
    for case in CASES {
        convolution(&dev, case);
    }
    for rows in [1, 15, 16, 50] {
        affine::<33, 10>(&dev, rows);
        affine::<20, 49>(&dev, rows);
    }
    elementwise(&dev);
    tables(&dev);
    images(&dev);
    evaluation_pooling(&dev);
    in_place(&dev);
    optimizers(&dev);
}

/// Batch, channels, filters, image, kernel, and stride, padding, dilation, groups.
type Case = (usize, usize, usize, [usize; 2], usize, [usize; 4]);

const CASES: [Case; 10] = [
    (11, 3, 5, [11, 9], 3, [1, 1, 1, 1]),
    (3, 1, 17, [13, 7], 5, [2, 2, 1, 1]),
    (3, 6, 6, [9, 10], 3, [1, 1, 1, 6]),
    (5, 7, 7, [33, 21], 3, [1, 1, 1, 7]),
    (2, 5, 5, [14, 15], 5, [2, 2, 1, 5]),
    (9, 3, 3, [12, 9], 3, [2, 1, 2, 3]),
    (2, 3, 64, [15, 14], 7, [2, 3, 1, 1]),
    (1, 64, 50, [7, 5], 1, [1, 0, 1, 1]),
    (5, 4, 6, [12, 9], 3, [2, 0, 2, 2]),
    (1, 2, 3, [40, 41], 3, [1, 2, 1, 1]),
];

fn convolution(dev: &Cpu, (batch, channels, filters, [h, w], k, [stride, padding, dilation, groups]): Case) {
    let per_group = channels / groups;
    let x: T4 = dev.sample_normal_like(&(batch, channels, h, w));
    let weight: T4 = dev.sample_normal_like(&(filters, per_group, k, k));
    let bias: T1 = dev.sample_normal_like(&(filters,));
    let options = Conv2dOptions {
        stride,
        padding,
        dilation,
        groups,
        relu: false,
    };
    let name = format!("conv {channels} {filters} {h} {k} {stride}");
    let y = ops::conv2d(x.leaky_trace(), &weight, Some(&bias), options).expect("fits");
    let (ho, wo) = (y.shape().2, y.shape().3);
    let dy: T4 = dev.sample_normal_like(y.shape());
    let numbers = y.as_vec();
    let gradients = (y * dy.clone()).sum().backward();
    let (dx, dw) = (gradients.get(&x).as_vec(), gradients.get(&weight).as_vec());
    let db = gradients.get(&bias).as_vec();

    let (xs, ws, bs, dys) = (x.as_vec(), weight.as_vec(), bias.as_vec(), dy.as_vec());
    let (mut y64, mut dx64, mut dw64) = (vec![0.0f64; numbers.len()], vec![0.0; dx.len()], vec![0.0; dw.len()]);
    let mut db64 = vec![0.0; db.len()];
    for (at, y) in y64.iter_mut().enumerate() {
        let (b, o, i, j) = (
            at / (filters * ho * wo),
            at / (ho * wo) % filters,
            at / wo % ho,
            at % wo,
        );
        *y = f64::from(bs[o]);
        db64[o] += f64::from(dys[at]);
        for tap in 0..per_group * k * k {
            let (c, ky, kx) = (tap / (k * k), tap / k % k, tap % k);
            let (row, column) = (i * stride + ky * dilation, j * stride + kx * dilation);
            if row < padding || column < padding || row - padding >= h || column - padding >= w {
                continue;
            }
            let plane = b * channels + o / (filters / groups) * per_group + c;
            let (from, weight) = (
                (plane * h + row - padding) * w + column - padding,
                o * per_group * k * k + tap,
            );
            *y += f64::from(ws[weight]) * f64::from(xs[from]);
            dx64[from] += f64::from(ws[weight]) * f64::from(dys[at]);
            dw64[weight] += f64::from(xs[from]) * f64::from(dys[at]);
        }
    }
    report(
        &name,
        [
            ("y", &numbers, &y64),
            ("dx", &dx, &dx64),
            ("dw", &dw, &dw64),
            ("db", &db, &db64),
        ],
    );

    // The same run backwards is a transposed convolution.
    let overhang = |size: usize| (size + 2 * padding - dilation * (k - 1) - 1) % stride;
    if overhang(h) == overhang(w) {
        let spread = ConvTranspose2dOptions {
            stride,
            padding,
            dilation,
            groups,
            output_padding: overhang(h),
        };
        let back = ops::conv_transpose2d(dy.leaky_trace(), &weight, None, spread).expect("fits");
        let numbers = back.as_vec();
        let gradients = (back * x.clone()).sum().backward();
        let dw = gradients.get(&weight).as_vec();
        report(
            &format!("{name} transposed"),
            [("y", &numbers, &dx64), ("dw", &dw, &dw64)],
        );
    }
    let relu = ops::conv2d(x, &weight, Some(&bias), Conv2dOptions { relu: true, ..options }).expect("fits");
    let cut: Vec<f64> = y64.iter().map(|y| y.max(0.0)).collect();
    report(&format!("{name} relu"), [("y", &relu.as_vec(), &cut)]);
}

/// Shows what was computed, and holds it against the definition.
fn report<const N: usize>(name: &str, results: [(&str, &Vec<f32>, &Vec<f64>); N]) {
    for (what, computed, exact) in results {
        let name = format!("{name} {what}");
        close(
            &name,
            computed,
            &exact.iter().map(|x| *x as f32).collect::<Vec<_>>(),
            1e-5,
        );
        show(&name, computed);
    }
}

fn affine<const I: usize, const O: usize>(dev: &Cpu, rows: usize) {
    let x: Tensor<(usize, Const<I>), f32, Cpu> = dev.sample_normal_like(&(rows, Const));
    let dy: Tensor<(usize, Const<O>), f32, Cpu> = dev.sample_normal_like(&(rows, Const));
    let (weight, bias): (Tensor<Rank2<O, I>, f32, Cpu>, Tensor<Rank1<O>, f32, Cpu>) =
        (dev.sample_normal(), dev.sample_normal());
    let y = ops::linear(x.leaky_trace(), &weight, &bias).expect("fits");
    let numbers = y.as_vec();
    let gradients = (y * dy.clone()).sum().backward();
    let (xs, ws, bs, dys) = (x.as_vec(), weight.as_vec(), bias.as_vec(), dy.as_vec());
    let (mut y64, mut dx64, mut dw64) = (vec![0.0f64; rows * O], vec![0.0; rows * I], vec![0.0; O * I]);
    for (r, o) in (0..rows).flat_map(|r| (0..O).map(move |o| (r, o))) {
        y64[r * O + o] = f64::from(bs[o]);
        for i in 0..I {
            let (x, w, dy) = (
                f64::from(xs[r * I + i]),
                f64::from(ws[o * I + i]),
                f64::from(dys[r * O + o]),
            );
            y64[r * O + o] += w * x;
            dx64[r * I + i] += w * dy;
            dw64[o * I + i] += x * dy;
        }
    }
    let (dx, dw) = (gradients.get(&x).as_vec(), gradients.get(&weight).as_vec());
    report(
        &format!("linear {I} {O} {rows}"),
        [("y", &numbers, &y64), ("dx", &dx, &dx64), ("dw", &dw, &dw64)],
    );
}

fn elementwise(dev: &Cpu) {
    let x: T1 = dev.sample_normal_like(&(70_001,));
    for kind in [Activation::ReLU, Activation::Tanh, Activation::GELU] {
        // Seven numbers of it are enough to print; all of them enter the sum.
        let y = ops::activate(x.leaky_trace() * 1.5, kind).expect("works");
        let dx = y.square().sum().backward().get(&x).as_vec();
        show(
            &format!("{kind:?}"),
            &dx.iter().step_by(9_973).copied().collect::<Vec<_>>(),
        );
    }
}

fn tables(dev: &Cpu) {
    let x: Tensor<(usize, Const<21>), f32, Cpu> = dev.sample_normal_like(&(301, Const));
    let (weight, bias): (Tensor<Rank1<21>, f32, Cpu>, _) = (dev.sample_normal(), dev.sample_normal());
    let y = ops::layer_norm(x.leaky_trace(), &weight, &bias, 1e-5).expect("fits");
    let gradients = ops::log_softmax(y).expect("fits").square().sum().backward();
    show("layer norm and softmax dx", &gradients.get(&x).as_vec());
    show("layer norm and softmax dw", &gradients.get(&weight).as_vec());
}

fn images(dev: &Cpu) {
    let x: T4 = dev.sample_normal_like(&(9, 5, 13, 11));
    let (weight, bias): (T1, T1) = (dev.sample_normal_like(&(5,)), dev.sample_normal_like(&(5,)));
    let (y, stats) = ops::batch_norm(x.leaky_trace(), &weight, &bias, 1e-5).expect("fits");
    show("batch norm mean", &stats.mean);
    let y = ops::add_relu(y, x.clone()).expect("fits");
    let y = ops::max_pool2d(y, Pool2dOptions::new(2)).expect("fits");
    let y = ops::avg_pool2d(y, Pool2dOptions::new(3)).expect("fits");
    let y = ops::avg_pool_global(y).expect("fits");
    show("pooling y", &y.as_vec());
    let gradients = y.square().sum().backward();
    show("pooling dx", &gradients.get(&x).as_vec());
    show("pooling dw", &gradients.get(&weight).as_vec());
    show("pooling db", &gradients.get(&bias).as_vec());
}

/// Where nobody asks for gradients, pooling need not remember the winners: the numbers are the same, NaN included.
fn evaluation_pooling(dev: &Cpu) {
    let mut numbers = dev.sample_normal_like(&(17, 3, 13, 11)).as_vec();
    numbers[500] = f32::NAN;
    let x: T4 = dev.tensor_from_vec(numbers, (17, 3, 13, 11));
    let bits = |y: Vec<f32>| y.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    for (kernel, stride, padding, ceil_mode) in [
        (3, 2, 0, true),
        (3, 2, 1, false),
        (3, 1, 1, false),
        (5, 3, 2, true),
        (2, 4, 0, false),
    ] {
        let options = Pool2dOptions {
            kernel,
            stride,
            padding,
            ceil_mode,
        };
        let largest = ops::max_pool2d(x.clone(), options).expect("fits").as_vec();
        let taped = ops::max_pool2d(x.leaky_trace(), options).expect("fits").as_vec();
        assert!(bits(largest.clone()) == bits(taped), "largest, {options:?}");
        let smallest = ops::min_pool2d(x.clone(), options).expect("fits").as_vec();
        let taped = ops::min_pool2d(x.leaky_trace(), options).expect("fits").as_vec();
        assert!(bits(smallest.clone()) == bits(taped), "smallest, {options:?}");
        let some: Vec<f32> = largest.into_iter().chain(smallest).filter(|y| !y.is_nan()).collect();
        show(&format!("pooling {kernel} {stride} {padding}"), &some);
    }
}

/// Operations that work in the memory of their input give the same numbers and gradients as where somebody holds it.
fn in_place(dev: &Cpu) {
    let x: T4 = dev.sample_normal_like(&(9, 5, 13, 11));
    let (weight, bias): (T1, T1) = (dev.sample_normal_like(&(5,)), dev.sample_normal_like(&(5,)));
    let run = |hold: bool, relu: bool| {
        let mut held = Vec::new();
        let mut keep = |t: Tensor<_, f32, Cpu, OwnedTape<f32, Cpu>>| {
            let (t, tape) = t.split_tape();
            if hold {
                held.push((t.clone(), t.as_vec()));
            }
            t.put_tape(tape)
        };
        let z = keep(x.leaky_trace() * 1.5);
        let side = z.retaped::<OwnedTape<f32, Cpu>>();
        let y = ops::conv2d(z, &dev_weight(&x), None, Conv2dOptions::default()).expect("fits");
        let (y, _) = ops::batch_norm(keep(y), &weight, &bias, 1e-5).expect("fits");
        let y = if relu {
            ops::add_relu(keep(y), side).expect("fits")
        } else {
            keep(y) + side
        };
        let numbers = y.as_vec();
        let gradients = (y.square() * x.clone()).sum().backward();
        assert!(held.iter().all(|(t, before)| t.as_vec() == *before));
        [
            numbers,
            gradients.get(&x).as_vec(),
            gradients.get(&weight).as_vec(),
            gradients.get(&bias).as_vec(),
        ]
    };
    for relu in [false, true] {
        let results = run(false, relu);
        assert!(results == run(true, relu), "in place or not, ReLU {relu}");
        for (name, numbers) in ["y", "dx", "dw", "db"].iter().zip(&results) {
            show(&format!("in place {relu} {name}"), numbers);
        }
    }
}

/// Filters of one pixel that change nothing: the result of the convolution is `x` in memory of its own.
fn dev_weight(x: &T4) -> T4 {
    let ones: Vec<f32> = (0..25).map(|i| if i % 6 == 0 { 1.0 } else { 0.0 }).collect();
    x.device().tensor_from_vec(ones, (5, 5, 1, 1))
}

fn optimizers(dev: &Cpu) {
    let start: T1 = dev.sample_normal_like(&(40_001,));
    let momentum = Sgd {
        momentum: 0.9,
        ..Sgd::default()
    };
    let all: [Optimizer; 4] = [
        Adam::default().into(),
        momentum.into(),
        RmsProp::default().into(),
        Sgd::default().into(),
    ];
    for optimizer in all {
        let walk = |mut w: Vec<f32>| {
            let mut stepper = Stepper::new(optimizer, w.len());
            for _ in 0..3 {
                let gradient: Vec<f32> = w.iter().map(|w| w * w - 0.5).collect();
                stepper.step(&mut w, &gradient).expect("as many");
            }
            w
        };
        let w = walk(start.as_vec());
        // The numbers know nothing of each other: a few of them alone, which are not cut into chunks, go the same way.
        assert_eq!(w[39_000..], walk(start.as_vec()[39_000..].to_vec()), "{optimizer:?}");
        let some: Vec<f32> = w.iter().step_by(3_001).copied().collect();
        show(&format!("{optimizer:?}").replace(':', " "), &some);
    }
}
