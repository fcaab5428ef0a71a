//! The single operations: `cargo bench -p gradus-benches --bench ops` (`cargo bench -p gradus-benches --bench ops -- conv2d` for some of them).
//!
//! Each is measured forward alone, and forward with all its gradients.

mod common;

use common::numbers;
use divan::{Bencher, black_box};
use gradus::ops::{self, Conv2dOptions};
use gradus::prelude::*;

fn main() {
    divan::main();
}

type Images = Tensor<(usize, usize, usize, usize), f32, Dev>;

fn images(shape: (usize, usize, usize, usize)) -> Images {
    let dev = device(0).expect("the CPU is always there");
    let n = shape.0 * shape.1 * shape.2 * shape.3;
    dev.try_tensor_from_vec(numbers(n), shape)
        .expect("as many numbers as the shape has")
}

const BATCH: usize = 32;
type Rows<const C: usize> = Tensor<Rank2<BATCH, C>, f32, Dev>;

fn rows<const C: usize>() -> Rows<C> {
    let dev = device(0).expect("the CPU is always there");
    dev.tensor(numbers(BATCH * C))
}

#[divan::bench_group]
mod conv2d {
    use super::*;

    /// Channels, filters, side of the filter, stride, groups.
    const SIZES: [[usize; 5]; 5] = [
        [1, 16, 5, 1, 1],
        [16, 32, 5, 1, 1],
        [32, 32, 3, 1, 1],
        [32, 64, 3, 2, 1],
        [32, 32, 3, 1, 32],
    ];

    fn tensors([channels, filters, side, stride, groups]: [usize; 5]) -> (Images, Images, Conv2dOptions) {
        let options = Conv2dOptions {
            stride,
            padding: side / 2,
            groups,
            ..Conv2dOptions::default()
        };
        (
            images((16, channels, 28, 28)),
            images((filters, channels / groups, side, side)),
            options,
        )
    }

    #[divan::bench(args = SIZES)]
    fn forward(bencher: Bencher, size: [usize; 5]) {
        let (x, weight, options) = tensors(size);
        bencher.bench_local(|| black_box(ops::conv2d(x.clone(), &weight, None, options)));
    }

    #[divan::bench(args = SIZES)]
    fn with_gradients(bencher: Bencher, size: [usize; 5]) {
        let (x, weight, options) = tensors(size);
        bencher.bench_local(|| {
            let y = ops::conv2d(x.leaky_trace(), &weight, None, options).expect("shapes that fit");
            black_box(y.mean::<Rank0, _>().backward())
        });
    }
}

#[divan::bench_group]
mod linear {
    use super::*;

    type Parts = (
        Rows<784>,
        Tensor<Rank2<256, 784>, f32, Dev>,
        Tensor<Rank1<256>, f32, Dev>,
    );

    fn parts() -> Parts {
        let dev = device(0).expect("the CPU is always there");
        (rows(), dev.tensor(numbers(256 * 784)), dev.tensor(numbers(256)))
    }

    #[divan::bench]
    fn forward(bencher: Bencher) {
        let (x, weight, bias) = parts();
        bencher.bench_local(|| black_box(ops::linear(x.clone(), &weight, &bias)));
    }

    #[divan::bench]
    fn with_gradients(bencher: Bencher) {
        let (x, weight, bias) = parts();
        bencher.bench_local(|| {
            let y = ops::linear(x.leaky_trace(), &weight, &bias).expect("shapes that fit");
            black_box(y.mean::<Rank0, _>().backward())
        });
    }
}

#[divan::bench_group]
mod with_gradients {
    use super::*;
    use gradus::ops::Pool2dOptions;

    #[divan::bench]
    fn batch_norm(bencher: Bencher) {
        let dev = device(0).expect("the CPU is always there");
        let numbers = |n: usize| {
            dev.try_tensor_from_vec(numbers(n), (n,))
                .expect("as many numbers as the shape has")
        };
        let (x, weight, bias) = (images((64, 16, 28, 28)), numbers(16), numbers(16));
        bencher.bench_local(|| {
            let (y, _) = ops::batch_norm(x.leaky_trace(), &weight, &bias, 1e-5).expect("shapes that fit");
            black_box(y.mean::<Rank0, _>().backward())
        });
    }

    #[divan::bench]
    fn max_pool2d(bencher: Bencher) {
        let options = Pool2dOptions {
            kernel: 2,
            stride: 2,
            padding: 0,
            ceil_mode: false,
        };
        let x = images((64, 16, 28, 28));
        bencher.bench_local(|| {
            let y = ops::max_pool2d(x.leaky_trace(), options).expect("shapes that fit");
            black_box(y.mean::<Rank0, _>().backward())
        });
    }

    #[divan::bench]
    fn layer_norm(bencher: Bencher) {
        let dev = device(0).expect("the CPU is always there");
        let (x, weight, bias) = (rows::<256>(), dev.tensor(numbers(256)), dev.tensor(numbers(256)));
        bencher.bench_local(|| {
            let y = ops::layer_norm(x.leaky_trace(), &weight, &bias, 1e-5).expect("shapes that fit");
            black_box(y.mean::<Rank0, _>().backward())
        });
    }

    #[divan::bench]
    fn softmax(bencher: Bencher) {
        let x = rows::<256>();
        bencher.bench_local(|| {
            let y = ops::softmax(x.leaky_trace()).expect("shapes that fit");
            black_box(y.mean::<Rank0, _>().backward())
        });
    }
}
