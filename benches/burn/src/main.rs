//! The workloads W1 to W3 of `benches/workloads.rs` in Burn: `burn-workloads w2 3 2` prints the median milliseconds per
//! step and the peak memory in kB. The models, the batches and the optimizer are those of the other sides.

use std::time::Instant;

use burn::backend::{Autodiff, Flex};
use burn::module::AutodiffModule;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::optim::{AdamConfig, GradientsParams, Optimizer};
use burn::prelude::*;
use burn::tensor::activation::relu;
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Distribution, Int};

type Cpu = Autodiff<Flex>;

/// A network that eats a tensor of `D` dimensions.
trait Scores<B: Backend, const D: usize> {
    fn scores(&self, x: Tensor<B, D>) -> Tensor<B, 2>;
}

fn convolution<B: Backend>(dev: &B::Device, sizes: [usize; 5]) -> Conv2d<B> {
    let [channels, filters, kernel, stride, padding] = sizes;
    Conv2dConfig::new([channels, filters], [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
        .init(dev)
}

#[derive(Module, Debug)]
struct Mlp<B: Backend> {
    layers: [Linear<B>; 3],
}

impl<B: Backend> Mlp<B> {
    fn new(dev: &B::Device) -> Self {
        let linear = |i, o| LinearConfig::new(i, o).init(dev);
        Self {
            layers: [linear(784, 256), linear(256, 128), linear(128, 10)],
        }
    }
}

impl<B: Backend> Scores<B, 2> for Mlp<B> {
    fn scores(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let x = relu(self.layers[0].forward(x));
        self.layers[2].forward(relu(self.layers[1].forward(x)))
    }
}

#[derive(Module, Debug)]
struct LeNet<B: Backend> {
    filters: [Conv2d<B>; 2],
    pool: MaxPool2d,
    layers: [Linear<B>; 2],
}

impl<B: Backend> LeNet<B> {
    fn new(dev: &B::Device) -> Self {
        Self {
            filters: [convolution(dev, [1, 16, 5, 1, 2]), convolution(dev, [16, 32, 5, 1, 2])],
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            layers: [
                LinearConfig::new(1568, 128).init(dev),
                LinearConfig::new(128, 10).init(dev),
            ],
        }
    }
}

impl<B: Backend> Scores<B, 4> for LeNet<B> {
    fn scores(&self, x: Tensor<B, 4>) -> Tensor<B, 2> {
        let x = self.pool.forward(relu(self.filters[0].forward(x)));
        let x = self.pool.forward(relu(self.filters[1].forward(x)));
        self.layers[1].forward(relu(self.layers[0].forward(x.flatten::<2>(1, 3))))
    }
}

#[derive(Module, Debug)]
struct Part<B: Backend> {
    filters: Conv2d<B>,
    norm: BatchNorm<B>,
}

impl<B: Backend> Part<B> {
    fn new(dev: &B::Device, sizes: [usize; 5]) -> Self {
        Self {
            filters: convolution(dev, sizes),
            norm: BatchNormConfig::new(sizes[1]).init(dev),
        }
    }

    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        self.norm.forward(self.filters.forward(x))
    }
}

#[derive(Module, Debug)]
struct Residual<B: Backend> {
    first: Part<B>,
    second: Part<B>,
    side: Option<Part<B>>,
}

impl<B: Backend> Residual<B> {
    fn new(dev: &B::Device, i: usize, o: usize, stride: usize) -> Self {
        Self {
            first: Part::new(dev, [i, o, 3, stride, 1]),
            second: Part::new(dev, [o, o, 3, 1, 1]),
            side: (stride != 1).then(|| Part::new(dev, [i, o, 1, stride, 0])),
        }
    }

    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let y = self.second.forward(relu(self.first.forward(x.clone())));
        relu(y + self.side.as_ref().map_or(x.clone(), |side| side.forward(x)))
    }
}

#[derive(Module, Debug)]
struct ResNet<B: Backend> {
    filters: Conv2d<B>,
    blocks: Vec<Residual<B>>,
    last: Linear<B>,
}

impl<B: Backend> ResNet<B> {
    fn new(dev: &B::Device) -> Self {
        Self {
            filters: convolution(dev, [1, 16, 3, 1, 1]),
            blocks: vec![
                Residual::new(dev, 16, 16, 1),
                Residual::new(dev, 16, 16, 1),
                Residual::new(dev, 16, 32, 2),
            ],
            last: LinearConfig::new(32, 10).init(dev),
        }
    }
}

impl<B: Backend> Scores<B, 4> for ResNet<B> {
    fn scores(&self, x: Tensor<B, 4>) -> Tensor<B, 2> {
        let mut x = relu(self.filters.forward(x));
        for block in &self.blocks {
            x = block.forward(x);
        }
        self.last.forward(x.mean_dim(3).mean_dim(2).flatten::<2>(1, 3))
    }
}

/// Calls `step` for `seconds`, five times at least; the median milliseconds of one.
fn time(seconds: f64, mut step: impl FnMut()) -> f64 {
    step();
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed().as_secs_f64() < seconds || times.len() < 5 {
        let begun = Instant::now();
        step();
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn train<B: AutodiffBackend, M: AutodiffModule<B> + Scores<B, D>, const D: usize>(
    model: M,
    x: Tensor<B, D>,
    seconds: f64,
) -> f64 {
    let dev = x.device();
    let batch = x.dims()[0];
    let classes: Vec<i32> = (0..batch as i32).map(|i| i % 10).collect();
    let classes = Tensor::<B, 1, Int>::from_ints(classes.as_slice(), &dev);
    let loss = CrossEntropyLossConfig::new().init(&dev);
    let mut adam = AdamConfig::new().init();
    let mut model = Some(model);
    time(seconds, || {
        let net = model.take().expect("put back in every step");
        let gradients = loss.forward(net.scores(x.clone()), classes.clone()).backward();
        let gradients = GradientsParams::from_grads(gradients, &net);
        model = Some(adam.step(1e-3, net, gradients));
    })
}

fn infer(batch: usize, seconds: f64) -> f64 {
    let dev = Default::default();
    let net = LeNet::<Flex>::new(&dev);
    let x = Tensor::<Flex, 4>::random([batch, 1, 28, 28], Distribution::Normal(0.0, 1.0), &dev);
    time(seconds, || {
        std::hint::black_box(net.scores(x.clone()));
    })
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let seconds = arguments.get(2).and_then(|s| s.parse().ok()).unwrap_or(2.0);
    let dev = Default::default();
    let images = |n: usize| Tensor::<Cpu, 4>::random([n, 1, 28, 28], Distribution::Normal(0.0, 1.0), &dev);
    let ms = match arguments.get(1).map(String::as_str) {
        Some("w1") => train(Mlp::<Cpu>::new(&dev), images(128).flatten::<2>(1, 3), seconds),
        Some("w2") => train(LeNet::<Cpu>::new(&dev), images(128), seconds),
        Some("w3") => train(ResNet::<Cpu>::new(&dev), images(64), seconds),
        Some("i2_1") => infer(1, seconds),
        Some("i2_256") => infer(256, seconds),
        _ => {
            println!("workloads: w1 w2 w3 i2_1 i2_256");
            return;
        }
    };
    println!("{ms:.4} {}", peak_memory());
}

/// The most memory that this process had, in kB; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}
