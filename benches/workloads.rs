//! One workload of `cargo course bench` per run: trains or predicts for some seconds through the crate's public
//! interface and prints the median milliseconds per step and the peak memory in kB.
//!
//! `cargo bench -p gradus-benches --bench workloads -- w2 3` (name, seconds); without a name it lists them.

mod common;

use common::{LeNet, numbers, time, train, train_on};
use gradus::nn::zoo::SqueezeNet;
use gradus::ops::{self, Activation, Conv2dOptions};
use gradus::prelude::*;

type Mlp = (Linear<784, 256>, ReLU, Linear<256, 128>, ReLU, Linear<128, 10>);

type Branch<const I: usize, const O: usize, const S: usize> = (
    Conv2D<I, O, 3, S, 1>,
    BatchNorm2D<O>,
    ReLU,
    Conv2D<O, O, 3, 1, 1>,
    BatchNorm2D<O>,
);
type Block<const C: usize> = (Residual<Branch<C, C, 1>>, ReLU);
type Down<const I: usize, const O: usize> = (
    GeneralizedResidual<Branch<I, O, 2>, (Conv2D<I, O, 1, 2, 0>, BatchNorm2D<O>)>,
    ReLU,
);
type ResNet = (
    (Conv2D<1, 16, 3, 1, 1>, ReLU),
    Block<16>,
    Block<16>,
    Down<16, 32>,
    AvgPoolGlobal,
    Linear<32, 10>,
);

type Reader = (Gru<28, 128>, LastStep, Linear<128, 10>);

type Transformer = (TransformerEncoderBlock<64, 4, 256>, MeanSteps, Linear<64, 10>);

type BothWays = (Bidirectional<Lstm<64, 64>>, LastState, Linear<128, 10>);

/// The steps of sequence `i`: from 5 to 50, in no order.
fn length(i: usize) -> usize {
    5 + i * 29 % 46
}

/// Sequences of different lengths: the loss, and the gradients of all weights.
fn lengths(batch: usize, seconds: f64) -> Result<f64> {
    let dev = device(0)?;
    let net = dev.build_module::<BothWays, f32>();
    let steps = dev.try_tensor_from_vec(numbers(batch * 50 * 64), (batch, 50usize, Const::<64>))?;
    let lengths: std::sync::Arc<[usize]> = (0..batch).map(length).collect();
    let mut classes = vec![0.0; batch * 10];
    (0..batch).for_each(|i| classes[i * 10 + i % 10] = 1.0);
    let classes = dev.try_tensor_from_vec(classes, (batch, Const::<10>))?;
    time(seconds, 10, || {
        for _ in 0..10 {
            let x = Padded {
                steps: steps.retaped::<OwnedTape<f32, Dev>>(),
                lengths: lengths.clone(),
            };
            let loss = cross_entropy_with_logits_loss(net.try_forward(x)?, classes.clone());
            std::hint::black_box(loss.backward());
        }
        Ok(())
    })
}

/// One step of a DCGAN on pictures of 28 x 28: the discriminator on a batch of real and one of made pictures, then the generator
/// through the discriminator.
fn dcgan(batch: usize, seconds: f64) -> Result<f64> {
    type Up<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize> =
        (ConvTranspose2D<I, O, K, S, P>, BatchNorm2D<O>, ReLU);
    type Generator = (
        Up<64, 64, 7, 1, 0>,
        Up<64, 32, 4, 2, 1>,
        ConvTranspose2D<32, 1, 4, 2, 1>,
        Tanh,
    );
    type Judge = (
        (Conv2D<1, 32, 4, 2, 1>, LeakyReLU<20>),
        (Conv2D<32, 64, 4, 2, 1>, LeakyReLU<20>),
        Flatten<3136>,
        Linear<3136, 1>,
    );
    let dev = device(0)?;
    let (mut generator, mut judge) = (dev.build_module::<Generator, f32>(), dev.build_module::<Judge, f32>());
    let (mut move_generator, mut move_judge) = (NetStepper::new(Adam::default()), NetStepper::new(Adam::default()));
    let (mut of_judge, mut of_generator) = (judge.try_alloc_grads()?, generator.try_alloc_grads()?);
    let real = dev.try_tensor_from_vec(numbers(batch * 784), (batch, Const::<1>, 28usize, 28usize))?;
    let noise = dev.try_tensor_from_vec(numbers(batch * 64), (batch, Const::<64>, 1usize, 1usize))?;
    let is = |class: usize| gradus::data::Targets::Classes(vec![class; batch]);
    let loss = Loss::from(BinaryCrossEntropy::default());
    time(seconds, 4, || {
        for _ in 0..4 {
            let table = std::mem::replace(&mut of_generator, Gradients::leaky());
            let (made, tape) = generator.try_forward_mut(noise.clone().traced(table))?.split_tape();
            let table = std::mem::replace(&mut of_judge, Gradients::leaky());
            let cost = loss.forward(judge.try_forward_mut(real.clone().traced(table))?, &is(1))?;
            let cost = loss.forward(
                judge.try_forward_mut(made.clone().traced(cost.try_backward()?))?,
                &is(0),
            )?;
            of_judge = cost.try_backward()?;
            move_judge.step(&mut judge, &mut of_judge)?;
            let cost = loss.forward(judge.try_forward_mut(made.put_tape(tape))?, &is(1))?;
            of_generator = cost.try_backward()?;
            move_generator.step(&mut generator, &mut of_generator)?;
        }
        Ok(())
    })
}

fn infer(batch: usize, seconds: f64) -> Result<f64> {
    let dev = device(0)?;
    let net = dev.build_module::<LeNet, f32>();
    let x = dev.try_tensor_from_vec(numbers(batch * 784), (batch, Const::<1>, 28usize, 28usize))?;
    time(seconds, 10, || {
        for _ in 0..10 {
            std::hint::black_box(net.try_forward(x.clone())?);
        }
        Ok(())
    })
}

/// One convolution: forward, the mean of each filter's plane, and the gradients of everything, the images too.
///
/// `sizes`: channels, filters, side of the filter, stride, padding, groups, batch, side of the image.
fn convolution(sizes: [usize; 8], seconds: f64) -> Result<f64> {
    let [channels, filters, kernel, stride, padding, groups, batch, side] = sizes;
    let dev = device(0)?;
    let tensor = |shape: (usize, usize, usize, usize)| {
        let n = shape.0 * shape.1 * shape.2 * shape.3;
        dev.try_tensor_from_vec(numbers(n), shape)
    };
    let (x, weight) = (
        tensor((batch, channels, side, side))?,
        tensor((filters, channels / groups, kernel, kernel))?,
    );
    let bias = dev.try_tensor_from_vec(numbers(filters), (filters,))?;
    let options = Conv2dOptions {
        stride,
        padding,
        groups,
        ..Conv2dOptions::default()
    };
    time(seconds, 10, || {
        for _ in 0..10 {
            let y = ops::conv2d(x.leaky_trace(), &weight, Some(&bias), options)?;
            std::hint::black_box(ops::avg_pool_global(y)?.sum::<Rank0, _>().backward());
        }
        Ok(())
    })
}

/// `f` of a table, and the gradient of the table.
fn of_a_table<const ROWS: usize, const WIDTH: usize>(
    f: impl Fn(Table<ROWS, WIDTH, OwnedTape<f32, Dev>>) -> Result<Table<ROWS, WIDTH, OwnedTape<f32, Dev>>>,
    seconds: f64,
) -> Result<f64> {
    let x: Table<ROWS, WIDTH> = device(0)?.try_tensor_from_vec(numbers(ROWS * WIDTH), Default::default())?;
    time(seconds, 10, || {
        for _ in 0..10 {
            let y = f(x.leaky_trace())?;
            std::hint::black_box(
                ops::avg_pool_global(y.try_reshape_like(&(1, ROWS, 1, WIDTH))?)?
                    .sum::<Rank0, _>()
                    .backward(),
            );
        }
        Ok(())
    })
}

/// A character GPT: 65 characters, 64 at a time, 128 features, 4 heads, 4 blocks; a batch of 16.
fn gpt(seconds: f64) -> Result<f64> {
    type Net = Gpt2<65, 64, 128, 4, 4>;
    let text: Vec<usize> = (0..16 * 64 + 1).map(|i| i * i % 65).collect();
    let data = Dataset::windows(&text, 64, 65)?;
    let batch = data.batch(&(0..16).collect::<Vec<_>>())?;
    train_on(Learner::classifier::<Net>(&device(0)?, Adam::default()), batch, seconds)
}

/// A U-Net for diffusion: one step of training on 32 pictures of 28 x 28, each at a step of its own.
fn diffusion_step(seconds: f64) -> Result<f64> {
    type Net = (UNet<1, 16, 32, 64, 11>, Flatten<784>);
    let mut pictures = numbers(32 * 3 * 784);
    for (i, sample) in pictures.chunks_mut(3 * 784).enumerate() {
        sample[784..1568].fill((1 + i * 6) as f32);
        sample[1568..].fill((i % 11) as f32);
    }
    let noise = Dataset::regression(pictures, &[3, 28, 28], numbers(32 * 784), 784)?;
    let batch = noise.batch(&(0..32).collect::<Vec<_>>())?;
    train_on(Learner::regressor::<Net>(&device(0)?, Adam::default()), batch, seconds)
}

/// A graph of the size of Cora: 2708 nodes, 5278 edges, 18 of 1433 words in each. One step of training a GCN on all of it at
/// once, with dropout of the words and of the 16 numbers between the layers.
fn gcn(seconds: f64) -> Result<f64> {
    const NODES: usize = 2708;
    let dev = device(0)?;
    let edges: Vec<_> = (0..5278)
        .map(|i| (i % NODES, (i * 7919 + i / NODES * 31 + 1) % NODES))
        .collect();
    let a = Graph::undirected(NODES, &edges)?.normalized();
    let words: Vec<_> = (0..NODES * 18)
        .map(|i| (i / 18, (i / 18 * 131 + i % 18 * 79) % 1433, 1.0 / 18.0))
        .collect();
    let words = SparseMatrix::new(NODES, 1433, &words)?;
    let values: Tensor<(usize,), f32, Dev> = dev.try_tensor_from_vec(words.values().to_vec(), (words.entries(),))?;
    let known = SparseMatrix::selection(&(0..140).collect::<Vec<_>>(), NODES)?;
    let targets = gradus::data::Targets::Classes((0..140).map(|i| i % 7).collect());
    let mut net = dev.build_module::<(GraphConv<1433, 16>, GraphConv<16, 7>), f32>();
    let mut stepper = NetStepper::new(Adam {
        lr: 0.01,
        weight_decay: 5e-4,
        ..Adam::default()
    });
    let mut table = net.try_alloc_grads()?;
    time(seconds, 10, || {
        for _ in 0..10 {
            let x = ops::dropout(
                values.clone().traced(std::mem::replace(&mut table, Gradients::leaky())),
                0.5,
            )?;
            let h = ReLU.try_forward(net.0.try_forward_sparse(&a, &words, x)?)?;
            let scores = net.1.try_forward(&a, ops::dropout(h, 0.5)?)?;
            table = Loss::CrossEntropy
                .forward(ops::aggregate(&known, scores)?, &targets)?
                .try_backward()?;
            stepper.step(&mut net, &mut table)?;
        }
        Ok(())
    })
}

type Table<const ROWS: usize, const WIDTH: usize, T = NoneTape> = Tensor<Rank2<ROWS, WIDTH>, f32, Dev, T>;

/// One product of two square matrices, by the routine that the layers use.
fn product(seconds: f64) -> Result<f64> {
    const SIDE: usize = 1024;
    let dev = device(0)?;
    let square = || dev.try_tensor_from_vec(numbers(SIDE * SIDE), (Const::<SIDE>, Const::<SIDE>));
    let (x, weight) = (square()?, square()?);
    let bias = dev.try_zeros::<Rank1<SIDE>>()?;
    time(seconds, 1, || {
        std::hint::black_box(ops::linear(x.clone(), &weight, &bias)?);
        Ok(())
    })
}

/// SqueezeNet's scores of one photograph.
fn squeezenet(seconds: f64) -> Result<f64> {
    let dev = device(0)?;
    let net = dev.build_module::<SqueezeNet, f32>();
    let x = dev.try_tensor_from_vec(numbers(3 * 227 * 227), (1, Const::<3>, 227usize, 227usize))?;
    time(seconds, 1, || {
        std::hint::black_box(net.forward(x.clone()));
        Ok(())
    })
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().filter(|a| a != "--bench").collect();
    let seconds = arguments.get(2).and_then(|s| s.parse().ok()).unwrap_or(2.0);
    let dev = device(0)?;
    let adam = Adam::default();
    let digits = [1, 28, 28];
    let ms = match arguments.get(1).map(String::as_str) {
        Some("w1") => train(Learner::classifier::<Mlp>(&dev, adam), 128, &[784], seconds)?,
        Some("w2") => train(Learner::classifier::<LeNet>(&dev, adam), 128, &digits, seconds)?,
        Some("w3") => train(Learner::classifier::<ResNet>(&dev, adam), 64, &digits, seconds)?,
        Some("w4") => train(Learner::classifier::<Reader>(&dev, adam), 128, &[28, 28], seconds)?,
        Some("w5") => train(Learner::classifier::<Transformer>(&dev, adam), 64, &[49, 64], seconds)?,
        Some("w6") => gpt(seconds)?,
        Some("w7") => lengths(64, seconds)?,
        Some("w8") => dcgan(64, seconds)?,
        Some("w9") => diffusion_step(seconds)?,
        Some("w10") => gcn(seconds)?,
        Some("i2_1") => infer(1, seconds)?,
        Some("i2_256") => infer(256, seconds)?,
        Some("product") => product(seconds)?,
        Some("squeezenet") => squeezenet(seconds)?,
        Some("depthwise") => convolution([64, 64, 3, 1, 1, 64, 32, 28], seconds)?,
        Some("stride2") => convolution([64, 128, 3, 2, 1, 1, 16, 28], seconds)?,
        Some("seven") => convolution([3, 64, 7, 2, 3, 1, 4, 112], seconds)?,
        Some("channels3") => convolution([3, 64, 3, 1, 1, 1, 8, 56], seconds)?,
        Some("channels64") => convolution([64, 64, 3, 1, 1, 1, 16, 28], seconds)?,
        Some("gelu") => of_a_table::<3136, 256>(|x| ops::activate(x, Activation::GELU), seconds)?,
        Some("tanh") => of_a_table::<3136, 256>(|x| ops::activate(x, Activation::Tanh), seconds)?,
        Some("softmax") => of_a_table::<1024, 512>(ops::softmax, seconds)?,
        Some("channels128") => convolution([128, 128, 3, 1, 1, 1, 16, 14], seconds)?,
        _ => {
            println!(
                "workloads: product w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 i2_1 i2_256 squeezenet depthwise stride2 seven channels3 channels64 channels128 gelu tanh softmax"
            );
            return Ok(());
        }
    };
    println!("{ms:.4} {}", peak_memory());
    Ok(())
}

/// The most memory that this process had, in kB; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}
