//! What the benches share: a network, batches, and how a training step is timed.

// Each bench is a program of its own and uses a part of this.
#![allow(dead_code)]

use std::time::Instant;

use gradus::prelude::*;

type Stage<const I: usize, const O: usize> = (Conv2D<I, O, 5, 1, 2>, ReLU, MaxPool2D<2>);
/// W2: a network like LeNet for pictures of 28 x 28 pixels.
pub type LeNet = (
    Stage<1, 16>,
    Stage<16, 32>,
    Flatten<1568>,
    Linear<1568, 128>,
    ReLU,
    Linear<128, 10>,
);

/// Numbers without a pattern, around zero, the same in every run.
pub fn numbers(n: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..n).map(|_| 1.7 * next()).collect()
}

/// `n` samples of random numbers in ten classes.
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
pub fn time(seconds: f64, steps: usize, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    time_with(seconds, steps, || (), |()| run())
}

/// The same for steps that need something made by `prepare`, which is not timed.
fn time_with<T>(
    seconds: f64,
    steps: usize,
    mut prepare: impl FnMut() -> T,
    mut run: impl FnMut(T) -> Result<()>,
) -> Result<f64> {
    run(prepare())?;
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed().as_secs_f64() < seconds || times.len() < 5 {
        let prepared = prepare();
        let step = Instant::now();
        run(prepared)?;
        times.push(step.elapsed().as_secs_f64() * 1e3 / steps as f64);
    }
    Ok(median(times))
}

/// Milliseconds per training step of `learner`: forward, backward and optimizer, on a batch that lies ready, as on the
/// other sides.
pub fn train(learner: Result<Learner>, batch: usize, shape: &[usize], seconds: f64) -> Result<f64> {
    let indices: Vec<usize> = (0..batch).collect();
    train_on(learner, images(batch, shape)?.batch(&indices)?, seconds)
}

/// The same with a batch of one's own.
pub fn train_on(learner: Result<Learner>, batch: Batch, seconds: f64) -> Result<f64> {
    const STEPS: usize = 10;
    let mut learner = learner?;
    let ready = || vec![batch.clone(); STEPS];
    time_with(seconds, STEPS, ready, |batches| {
        batches
            .into_iter()
            .try_for_each(|batch| learner.train_batch(batch).map(drop))
    })
}
