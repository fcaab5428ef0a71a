//! What a training step costs as the batch grows and as the layers widen: `cargo bench -p gradus-benches --bench costs` prints the figures
//! and draws `benches/costs.svg`. A straight line without steps is what one hopes for: no size that falls off a cliff.

mod common;

use common::{LeNet, train};
use gradus::prelude::*;

type Mlp<const W: usize> = (Linear<784, W>, ReLU, Linear<W, W>, ReLU, Linear<W, 10>);

/// Rows per step where the width changes.
const BATCH: usize = 128;

fn by_batch(seconds: f64) -> Result<Figure> {
    let dev = device(0)?;
    let batches = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
    let mut each = Vec::new();
    for batch in batches {
        let ms = train(
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
        let ms = train(learner, BATCH, &shape, seconds)?;
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
    figure.save(concat!(env!("CARGO_MANIFEST_DIR"), "/costs.svg"))
}
