//! Trains the DCGAN of chapter 18 for longer: `cargo run --release -p gradus-checkpoints --bin digits_dcgan -- STEPS`.
//!
//! The same two networks, the same loss and the same rates as in the chapter; all 60 000 digits in place of 6000, 64 at a time. Over
//! the last half of the steps both rates fall to a hundredth, and the average of the generator's weights over the last steps is written
//! to `notebooks/checkpoints/digits_dcgan.safetensors`. `digits_dcgan.csv` is the log: steps, mean losses of discriminator and
//! generator over the last hundred, seconds since the start.
//!
//! The file that is committed had 5000 steps, 5.3 passes over the digits: 16 minutes of one core of a slow machine, beside other work
//! (`RAYON_NUM_THREADS=1`).

use std::time::Instant;

use gradus::data::Targets;
use gradus::prelude::*;
use gradus_checkpoints::{batch_of, digits, folder, note};

type Up<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize> =
    (ConvTranspose2D<I, O, K, S, P>, BatchNorm2D<O>, ReLU);
type Painter = (
    Up<64, 64, 7, 1, 0>,
    Up<64, 32, 4, 2, 1>,
    ConvTranspose2D<32, 1, 4, 2, 1>,
    Tanh,
);
type Expert = (
    (SpectralNorm<Conv2D<1, 32, 4, 2, 1>>, LeakyReLU<20>),
    (SpectralNorm<Conv2D<32, 64, 4, 2, 1>>, LeakyReLU<20>),
    Flatten<3136>,
    SpectralNorm<Linear<3136, 1>>,
);
type Picture = Tensor<(usize, Const<1>, usize, usize), f32, Dev>;

const BATCH: usize = 64;
/// Steps between two lines of the log.
const STRETCH: usize = 100;
const LOG: &str = "digits_dcgan.csv";

fn main() -> Result<()> {
    let steps: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(6000);
    let train = digits()?;
    let dev = device(18)?;
    let (mut painter, mut expert) = (dev.build_module::<Painter, f32>(), dev.build_module::<Expert, f32>());
    let mut average = NetAverage::new(&painter, 0.995)?;
    let slow = Adam {
        lr: 1e-3,
        betas: [0.5, 0.999],
        ..Adam::default()
    };
    let mut move_painter = NetStepper::new(slow).named("generator");
    let mut move_expert = NetStepper::new(Adam { lr: 3e-3, ..slow }).named("discriminator");
    let loss = Loss::from(BinaryCrossEntropy::default());
    let noise = || -> Tensor<(usize, Const<64>, usize, usize), f32, Dev> {
        dev.sample_normal_like(&(BATCH, Const::<64>, 1, 1))
    };
    let (start, mut sums) = (Instant::now(), [0.0_f32; 2]);
    for step in 0..steps {
        let at = (2.0 * step as f32 / steps as f32 - 1.0).max(0.0);
        let share = 0.01 + 0.99 * (1.0 + (at * std::f32::consts::PI).cos()) / 2.0;
        move_painter.set_lr(1e-3 * share);
        move_expert.set_lr(3e-3 * share);
        let pixels = batch_of(&train, BATCH, step)?
            .inputs
            .iter()
            .map(|x| 2.0 * x - 1.0)
            .collect();
        let real: Picture = dev.try_tensor_from_vec(pixels, (BATCH, Const, 28, 28))?;
        let (made, _) = painter.try_forward_mut(noise().leaky_traced())?.split_tape();

        let mut table = expert.try_alloc_grads()?;
        for (class, samples) in [(1, real), (0, made)] {
            let said = expert.try_forward_mut(samples.traced(table))?;
            let cost = loss.forward(said, &Targets::Classes(vec![class; BATCH]))?;
            sums[0] += cost.array();
            table = cost.try_backward()?;
        }
        move_expert.step(&mut expert, &mut table)?;

        let made = painter.try_forward_mut(noise().traced(painter.try_alloc_grads()?))?;
        let cost = loss.forward(expert.try_forward_mut(made)?, &Targets::Classes(vec![1; BATCH]))?;
        sums[1] += cost.array();
        move_painter.step(&mut painter, &mut cost.try_backward()?)?;
        average.update(&painter)?;
        if (step + 1) % STRETCH == 0 || step + 1 == steps {
            let [of_expert, of_painter] = sums.map(|sum| sum / STRETCH as f32);
            let seconds = start.elapsed().as_secs_f64();
            note(
                LOG,
                &format!("{},{of_expert:.4},{of_painter:.4},{seconds:.0}", step + 1),
            );
            sums = [0.0; 2];
        }
    }
    let place = folder().join("digits_dcgan.safetensors");
    average.net.save_safetensors(place).expect("saved");
    Ok(())
}
