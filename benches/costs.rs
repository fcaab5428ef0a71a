//! What a training step costs as the batch grows and as the layers widen: `cargo bench --bench costs` prints the figures
//! and draws `benches/costs.svg`. A straight line without steps is what one hopes for: no size that falls off a cliff.

use std::time::Instant;

use gradus::prelude::*;

type Stage<const I: usize, const O: usize> = (Conv2D<I, O, 5, 1, 2>, ReLU, MaxPool2D<2>);
type LeNet = (
    Stage<1, 16>,
    Stage<16, 32>,
    Flatten<1568>,
    Linear<1568, 128>,
    ReLU,
    Linear<128, 10>,
);
type Mlp<const W: usize> = (Linear<784, W>, ReLU, Linear<W, W>, ReLU, Linear<W, 10>);

/// Rows per step where the width changes.
const BATCH: usize = 128;

fn images(n: usize, shape: &[usize]) -> Result<Dataset> {
    let values = (0..n * shape.iter().product::<usize>()).map(|i| ((i * 37) % 101) as f32 / 50.0 - 1.0);
    let classes: Vec<String> = (0..10).map(|class| class.to_string()).collect();
    let names: Vec<&str> = classes.iter().map(String::as_str).collect();
    Dataset::from_values(values.collect(), shape, (0..n).map(|i| i % 10).collect(), &names)
}

/// Milliseconds per training step: the median of groups of steps over `seconds`.
fn step(learner: Result<Learner>, batch: usize, shape: &[usize], seconds: f64) -> Result<f64> {
    let steps = (512 / batch).max(2);
    let (train, valid) = (images(steps * batch, shape)?, images(1, shape)?);
    let mut learner = learner?;
    learner.quiet().set_batch_size(batch);
    learner.fit(&train, &valid, 1)?;
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed().as_secs_f64() < seconds || times.len() < 3 {
        let group = Instant::now();
        learner.fit(&train, &valid, 1)?;
        times.push(group.elapsed().as_secs_f64() * 1e3 / steps as f64);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn by_batch(seconds: f64) -> Result<Figure> {
    let dev = device(0)?;
    let batches = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
    let mut each = Vec::new();
    for batch in batches {
        let ms = step(
            Learner::classifier::<LeNet>(&dev, Adam::default()),
            batch,
            &[1, 28, 28],
            seconds,
        )?;
        println!(
            "LeNet, batch {batch:3}: {ms:8.3} ms per step, {:7.4} ms per image",
            ms / batch as f64
        );
        each.push(ms / batch as f64);
    }
    let chart = Chart::new("LeNet, one training step")
        .line("", &batches, &each)
        .markers()
        .log_x()
        .log_y();
    Ok(chart.x_label("images in a batch").y_label("ms per image").plot())
}

fn by_width(seconds: f64) -> Result<Figure> {
    let dev = device(0)?;
    let shape = [784];
    let adam = Adam::default;
    let learners: [(usize, Result<Learner>); 9] = [
        (64, Learner::classifier::<Mlp<64>>(&dev, adam())),
        (96, Learner::classifier::<Mlp<96>>(&dev, adam())),
        (128, Learner::classifier::<Mlp<128>>(&dev, adam())),
        (192, Learner::classifier::<Mlp<192>>(&dev, adam())),
        (256, Learner::classifier::<Mlp<256>>(&dev, adam())),
        (384, Learner::classifier::<Mlp<384>>(&dev, adam())),
        (512, Learner::classifier::<Mlp<512>>(&dev, adam())),
        (768, Learner::classifier::<Mlp<768>>(&dev, adam())),
        (1024, Learner::classifier::<Mlp<1024>>(&dev, adam())),
    ];
    let (mut widths, mut each) = (Vec::new(), Vec::new());
    for (width, learner) in learners {
        let ms = step(learner, BATCH, &shape, seconds)?;
        let weights = 784 * width + width * width + 10 * width;
        let ns = ms * 1e6 / (weights * BATCH) as f64;
        println!("MLP, width {width:4}: {ms:8.3} ms per step, {ns:6.3} ns per weight and row");
        widths.push(width);
        each.push(ns);
    }
    let chart = Chart::new("MLP 784-W-W-10, one training step, batch 128");
    let chart = chart.line("", &widths, &each).markers().log_x().log_y();
    Ok(chart.x_label("width W").y_label("ns per weight and row").plot())
}

fn main() -> Result<()> {
    let seconds = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(1.0);
    let figure = Figure::row(vec![by_batch(seconds)?, by_width(seconds)?]);
    figure.save(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/costs.svg"))
}
