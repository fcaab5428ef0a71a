//! Every operation and layer against central differences, over stride, padding, dilation, groups, odd sizes, batch 1.
//!
//! `(L(x + e) - L(x - e)) / 2e` with `L = sum(w * y)`, `w` fixed random numbers. The operations are linear in each
//! argument, or piecewise linear for pooling and ReLU, so in `f64`-free arithmetic a large `e` is accurate.

use gradus::ops::{self, Activation, Conv2dOptions, ConvTranspose2dOptions, Pool2dOptions};
use gradus::prelude::*;
use gradus_tests::in_threads;

type T4 = Tensor<(usize, usize, usize, usize), f32, Cpu>;
type Taped4 = Tensor<(usize, usize, usize, usize), f32, Cpu, OwnedTape<f32, Cpu>>;
type T1 = Tensor<(usize,), f32, Cpu>;

/// Numbers in random order with a gap of at least 0.05 between any two, so that no maximum changes hands at a step.
fn spread(dev: &Cpu, shape: (usize, usize, usize, usize)) -> T4 {
    let n = shape.num_elements();
    let step = n / 2 + 1;
    let step = (step..)
        .find(|s| gcd(*s, n) == 1)
        .expect("a number without common factor");
    let values = (0..n)
        .map(|i| 0.05 * ((i * step + 3) % n) as f32 - 0.025 * n as f32 + 0.012)
        .collect();
    dev.tensor_from_vec(values, shape)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Compares the gradient of each argument with central differences of step `e`.
fn check(name: &str, e: f32, args: &[T4], f: impl Fn(&[T4], Taped4) -> Taped4) {
    let dev = args[0].device().clone();
    let y = f(args, args[0].leaky_trace());
    let weights: T4 = dev.sample_normal_like(y.shape());
    let loss = |args: &[T4]| -> f64 {
        let (y, _) = f(args, args[0].leaky_trace()).split_tape();
        y.as_vec()
            .iter()
            .zip(weights.as_vec())
            .map(|(y, w)| *y as f64 * w as f64)
            .sum()
    };
    let gradients = (y * weights.clone()).sum().backward();
    for (a, arg) in args.iter().enumerate() {
        let analytic = gradients.get(arg).as_vec();
        for (i, analytic) in analytic.into_iter().enumerate() {
            let moved = |by: f32| {
                let mut values = arg.as_vec();
                values[i] += by;
                let mut args = args.to_vec();
                args[a] = dev.tensor_from_vec(values, *arg.shape());
                loss(&args)
            };
            let numeric = (moved(e) - moved(-e)) / (2.0 * e as f64);
            let error = (numeric - analytic as f64).abs();
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
fn conv2d() {
    let dev = Cpu::seed_from_u64(1);
    // batch, channels, height, width, filters, kernel, stride, padding, dilation, groups
    for (b, c, h, w, o, k, stride, padding, dilation, groups) in [
        (1, 1, 4, 5, 1, 3, 1, 0, 1, 1),
        (2, 3, 5, 5, 2, 3, 1, 1, 1, 1),
        (1, 2, 7, 6, 3, 3, 2, 1, 1, 1),
        (2, 2, 7, 7, 2, 3, 1, 2, 2, 1),
        (1, 4, 5, 5, 4, 3, 2, 1, 1, 2),
        (2, 3, 5, 4, 3, 3, 1, 1, 1, 3),
        (3, 2, 3, 3, 2, 1, 1, 0, 1, 1),
        (9, 1, 5, 3, 2, 3, 3, 2, 1, 1),
    ] {
        let x: T4 = dev.sample_normal_like(&(b, c, h, w));
        let weight: T4 = dev.sample_normal_like(&(o, c / groups, k, k));
        let bias: T4 = dev.sample_normal_like(&(1, 1, 1, o));
        let options = Conv2dOptions {
            stride,
            padding,
            dilation,
            groups,
            relu: false,
        };
        check(&format!("conv2d {options:?}"), 0.1, &[x, weight, bias], |args, x| {
            ops::conv2d(x, &args[1], Some(&vector(&args[2])), options).expect("shapes fit")
        });
    }
}

#[test]
fn conv2d_with_relu() {
    let dev = Cpu::seed_from_u64(2);
    let x: T4 = dev.sample_normal_like(&(2, 2, 5, 5));
    let weight: T4 = dev.sample_normal_like(&(3, 2, 3, 3));
    let options = Conv2dOptions {
        padding: 1,
        relu: true,
        ..Default::default()
    };
    check("conv2d with ReLU", 1e-3, &[x, weight], |args, x| {
        ops::conv2d(x, &args[1], None::<&T1>, options).expect("shapes fit")
    });
}

#[test]
fn conv_transpose2d() {
    let dev = Cpu::seed_from_u64(3);
    for (b, c, h, w, o, k, stride, padding, output_padding, dilation, groups) in [
        (1, 1, 3, 4, 1, 3, 1, 0, 0, 1, 1),
        (2, 3, 4, 3, 2, 3, 2, 1, 1, 1, 1),
        (1, 4, 3, 3, 2, 4, 2, 1, 0, 1, 2),
        (2, 2, 3, 3, 2, 3, 3, 0, 2, 2, 1),
    ] {
        let x: T4 = dev.sample_normal_like(&(b, c, h, w));
        let weight: T4 = dev.sample_normal_like(&(c, o / groups, k, k));
        let bias: T4 = dev.sample_normal_like(&(1, 1, 1, o));
        let options = ConvTranspose2dOptions {
            stride,
            padding,
            output_padding,
            dilation,
            groups,
        };
        check(
            &format!("conv_transpose2d {options:?}"),
            0.1,
            &[x, weight, bias],
            |args, x| ops::conv_transpose2d(x, &args[1], Some(&vector(&args[2])), options).expect("shapes fit"),
        );
    }
}

#[test]
fn pooling() {
    let dev = Cpu::seed_from_u64(4);
    for (b, c, h, w, kernel, stride, padding, ceil_mode) in [
        (1, 1, 4, 4, 2, 2, 0, false),
        (2, 3, 7, 5, 3, 2, 1, false),
        (1, 2, 6, 7, 3, 1, 0, false),
        (2, 1, 5, 5, 2, 3, 1, false),
        (2, 2, 6, 8, 3, 2, 0, true),
        (1, 1, 5, 7, 2, 2, 1, true),
    ] {
        let options = Pool2dOptions {
            kernel,
            stride,
            padding,
            ceil_mode,
        };
        let x = spread(&dev, (b, c, h, w));
        let name = |kind: &str| format!("{kind} {options:?}");
        check(&name("max"), 0.02, std::slice::from_ref(&x), |_, x| {
            ops::max_pool2d(x, options).expect("fits")
        });
        check(&name("min"), 0.02, std::slice::from_ref(&x), |_, x| {
            ops::min_pool2d(x, options).expect("fits")
        });
        check(&name("avg"), 0.1, &[x], |_, x| {
            ops::avg_pool2d(x, options).expect("fits")
        });
    }
}

#[test]
fn joining_channels() {
    let dev = Cpu::seed_from_u64(9);
    for (b, c1, c2, h, w) in [(1, 1, 1, 1, 1), (2, 3, 1, 2, 3), (3, 1, 4, 1, 2)] {
        let x: T4 = dev.sample_normal_like(&(b, c1, h, w));
        let more: T4 = dev.sample_normal_like(&(b, c2, h, w));
        check("concat_channels", 0.1, &[x, more], |args, x| {
            let more = args[1].leaky_trace();
            ops::concat_channels(x, more).expect("same sizes")
        });
    }
}

#[test]
fn zeros_around_an_image() {
    let dev = Cpu::seed_from_u64(10);
    for (left, right, top, bottom) in [(0, 0, 0, 0), (0, 1, 0, 1), (2, 0, 1, 3)] {
        let x: T4 = dev.sample_normal_like(&(2, 3, 3, 4));
        let padding = ops::Padding {
            left,
            right,
            top,
            bottom,
        };
        check("zero_pad2d", 0.1, &[x], |_, x| {
            ops::zero_pad2d(x, padding).expect("memory")
        });
    }
}

#[test]
fn linear() {
    let dev = Cpu::seed_from_u64(7);
    for b in [1, 2, 9, 17] {
        let x: T4 = dev.sample_normal_like(&(1, 1, b, 5));
        let weight: T4 = dev.sample_normal_like(&(1, 1, 3, 5));
        let bias: T4 = dev.sample_normal_like(&(1, 1, 1, 3));
        check(&format!("linear on {b} rows"), 0.1, &[x, weight, bias], |args, x| {
            let weight: Tensor<Rank2<3, 5>, f32, Cpu> = args[1].clone().reshape_like(&(Const, Const));
            let bias: Tensor<Rank1<3>, f32, Cpu> = args[2].clone().reshape_like(&(Const,));
            let x = x.reshape_like(&(b, Const::<5>));
            ops::linear(x, &weight, &bias)
                .expect("memory")
                .reshape_like(&(1, 1, b, 3))
        });
    }
}

#[test]
fn activations() {
    let dev = Cpu::seed_from_u64(8);
    for activation in [Activation::ReLU, Activation::Sigmoid, Activation::Tanh] {
        let x = spread(&dev, (1, 2, 3, 5));
        check(&format!("{activation:?}"), 1e-2, &[x], |_, x| {
            ops::activate(x, activation).expect("memory")
        });
    }
}

/// A batch must be the images one by one, and a permuted view the tensor that it shows.
#[test]
fn views_and_batches_are_what_they_show() {
    let dev = Cpu::seed_from_u64(5);
    let turned: T4 = dev.sample_normal_like(&(4, 6, 3, 2));
    let view: T4 = turned.permute::<_, Axes4<3, 2, 0, 1>>();
    let copy: T4 = dev.tensor_from_vec(view.as_vec(), *view.shape());
    let weight: T4 = dev.sample_normal_like(&(5, 3, 3, 3));
    let conv = |x: T4| {
        ops::conv2d(x, &weight, None::<&T1>, Conv2dOptions::default())
            .expect("fits")
            .as_vec()
    };
    assert_eq!(conv(view), conv(copy.clone()));
    let one: Vec<f32> = copy.as_vec()[72..].to_vec();
    let second = conv(dev.tensor_from_vec(one, (1, 3, 4, 6)));
    assert_eq!(conv(copy)[5 * 2 * 4..], second[..]);
}

/// Sums over a batch must not depend on how many threads share the work.
#[test]
fn same_numbers_for_any_number_of_threads() {
    let dev = Cpu::seed_from_u64(6);
    let x: T4 = dev.sample_normal_like(&(37, 3, 11, 11));
    let weight: T4 = dev.sample_normal_like(&(8, 3, 3, 3));
    let run = |threads: usize| {
        let (x, weight) = (x.clone(), weight.clone());
        in_threads(threads, || {
            let y = ops::conv2d(x.leaky_trace(), &weight, None::<&T1>, Conv2dOptions::default()).expect("fits");
            let gradients = y.square().sum().backward();
            (gradients.get(&x).as_vec(), gradients.get(&weight).as_vec())
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(4));
}
