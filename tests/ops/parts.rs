//! Large tensors are worked through in parts, many at a time: each number is what it is where there is one part alone.

use gradus::ops::{self, Activation, Pool2dOptions};
use gradus::prelude::*;

type Images<T = NoneTape> = Tensor<(usize, usize, usize, usize), f32, Cpu, T>;
type Taped = Images<OwnedTape<f32, Cpu>>;

/// More planes and more numbers than one part has, in any of the operations below; a single image is one part.
const SHAPE: (usize, usize, usize, usize) = (96, 4, 12, 20);

/// Values and gradient of `f` for all images at once are those of the images one by one, bit by bit.
#[track_caller]
fn one_by_one(name: &str, x: &Images, f: impl Fn(Taped) -> Result<Taped>) {
    let dev = x.device();
    let run = |x: &Images, slopes: &[f32]| {
        let y = f(x.leaky_trace()).expect("fits");
        let values = y.as_vec();
        let slopes: Images = dev.tensor_from_vec(slopes[..values.len()].to_vec(), *y.shape());
        (values, (y * slopes).sum().backward().get(x).as_vec())
    };
    let slopes: Vec<f32> = (0..x.shape().num_elements()).map(|i| (i % 7) as f32 - 2.5).collect();
    let (values, gradient) = run(x, &slopes);
    let (all, images) = (x.as_vec(), SHAPE.0);
    let (size, out) = (all.len() / images, values.len() / images);
    for b in 0..images {
        let image: Images = dev.tensor_from_vec(all[b * size..][..size].to_vec(), (1, SHAPE.1, SHAPE.2, SHAPE.3));
        let (one, its_gradient) = run(&image, &slopes[b * out..]);
        assert!(values[b * out..][..out] == one, "{name}: values of image {b}");
        assert!(
            gradient[b * size..][..size] == its_gradient,
            "{name}: gradient of image {b}"
        );
    }
}

#[test]
fn all_images_are_what_each_is_by_itself() {
    let dev = Cpu::seed_from_u64(6);
    let x: Images = dev.sample_normal_like(&SHAPE);
    for f in [
        Activation::ReLU,
        Activation::Tanh,
        Activation::GELU,
        Activation::Softplus,
    ] {
        one_by_one(&format!("{f}"), &x, |x| ops::activate(x, f));
    }
    one_by_one("softmax", &x, ops::softmax);
    one_by_one("log_softmax", &x, ops::log_softmax);
    let wide = Pool2dOptions {
        kernel: 3,
        stride: 2,
        padding: 1,
        ceil_mode: false,
    };
    for options in [Pool2dOptions::new(2), wide] {
        one_by_one(&format!("{options:?}"), &x, |x| ops::max_pool2d(x, options));
        // Where nobody asks which pixel won, other kernels run.
        let all = ops::max_pool2d(x.clone(), options).expect("fits").as_vec();
        assert_eq!(all, ops::max_pool2d(x.leaky_trace(), options).expect("fits").as_vec());
    }
}
