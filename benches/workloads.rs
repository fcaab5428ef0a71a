//! One workload of `cargo course bench` per run: trains or predicts for some seconds through the crate's public
//! interface and prints the median milliseconds per step and the peak memory in kB.
//!
//! `cargo bench --bench workloads -- w2 3` (name, seconds)

use std::time::Instant;

use gradus::prelude::*;

type Mlp = (Linear<784, 256>, ReLU, Linear<256, 128>, ReLU, Linear<128, 10>);

type Stage<const I: usize, const O: usize> = (Conv2D<I, O, 5, 1, 2>, ReLU, MaxPool2D<2>);
type LeNet = (
    Stage<1, 16>,
    Stage<16, 32>,
    Flatten<1568>,
    Linear<1568, 128>,
    ReLU,
    Linear<128, 10>,
);

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

/// Numbers without a pattern, around zero, the same in every run.
fn numbers(n: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..n).map(|_| 1.7 * next()).collect()
}

fn images(n: usize, shape: &[usize]) -> Result<Dataset> {
    let classes: Vec<String> = (0..10).map(|c| c.to_string()).collect();
    let names: Vec<&str> = classes.iter().map(String::as_str).collect();
    let values = numbers(n * shape.iter().product::<usize>());
    Dataset::from_values(values, shape, (0..n).map(|i| i % 10).collect(), &names)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Calls `run`, which does `steps` steps, for `seconds`; the median milliseconds per step.
fn time(seconds: f64, steps: usize, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    run()?;
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed().as_secs_f64() < seconds || times.len() < 5 {
        let step = Instant::now();
        run()?;
        times.push(step.elapsed().as_secs_f64() * 1e3 / steps as f64);
    }
    Ok(median(times))
}

fn train(learner: Result<Learner>, batch: usize, shape: &[usize], seconds: f64) -> Result<f64> {
    const STEPS: usize = 10;
    let (train, valid) = (images(STEPS * batch, shape)?, images(1, shape)?);
    let mut learner = learner?;
    learner.quiet().set_batch_size(batch);
    time(seconds, STEPS, || learner.fit(&train, &valid, 1).map(drop))
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
        Some("i2_1") => infer(1, seconds)?,
        Some("i2_256") => infer(256, seconds)?,
        _ => {
            println!("workloads: w1 w2 w3 i2_1 i2_256");
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
