//! Trains the variational autoencoder of chapter 17 for longer: `cargo run --release -p gradus-checkpoints --bin digits_vae -- EPOCHS`.
//!
//! The same network with 16 numbers for a picture and the same loss, on all 60 000 digits, 64 at a time, at each of three prices β of
//! the divergence; the rate falls over the whole run. The decoders, which are all that drawing needs, are written to
//! `notebooks/checkpoints/digits_vae_BETA.safetensors`. `digits_vae.csv` is the log: β, passes through the digits, squared error and
//! divergence per picture, seconds since the start of this β.
//!
//! The files that are committed had 20 passes each: 3 to 5 minutes of one core of a slow, busy machine (`RAYON_NUM_THREADS=1`).

use std::time::Instant;

use gradus::nn::{gaussian_kl, reparametrize};
use gradus::prelude::*;
use gradus_checkpoints::{batch_of, digits, folder, note};

type Bells = (Linear<784, 128>, ReLU, SplitInto<(Linear<128, 16>, Linear<128, 16>)>);
type Taped = OwnedTape<f32, Dev>;
type Decoder = (Linear<16, 128>, ReLU, Linear<128, 784>);

const BATCH: usize = 64;
const LR: f32 = 3e-3;

fn main() -> Result<()> {
    let epochs: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(40);
    let train = digits()?;
    for beta in ["0.5", "1", "2"] {
        run(&train, epochs, beta)?;
    }
    Ok(())
}

fn run(train: &Dataset, epochs: usize, named: &str) -> Result<()> {
    let beta: f32 = named.parse().expect("a number");
    let dev = device(17)?;
    let mut net = dev.build_module::<(Bells, Decoder), f32>();
    let mut mover = NetStepper::new(Adam {
        lr: LR,
        ..Adam::default()
    });
    let mut slopes = net.try_alloc_grads()?;
    let (each, start, mut sums) = (train.len() / BATCH, Instant::now(), [0.0_f32; 2]);
    for step in 0..epochs * each {
        let at = step as f32 / (epochs * each) as f32;
        mover.set_lr(LR * (0.01 + 0.99 * (1.0 + (at * std::f32::consts::PI).cos()) / 2.0));
        let batch = batch_of(train, BATCH, step)?;
        let x: Tensor<(usize, Const<784>), f32, Dev> = dev.try_tensor_from_vec(batch.inputs, (BATCH, Const))?;
        let (mean, log_var) = net.0.try_forward_mut(x.clone().traced(slopes))?;
        let kl = gaussian_kl(mean.retaped::<Taped>(), log_var.retaped::<Taped>())?.sum::<Rank0, _>() / BATCH as f32;
        let z = reparametrize(mean, log_var, dev.sample_normal_like(&(BATCH, Const::<16>)))?;
        let lost = (net.1.try_forward_mut(z)? - x).square().sum::<Rank0, _>() / BATCH as f32;
        sums = [sums[0] + lost.array(), sums[1] + kl.array()];
        slopes = (lost + kl * beta).try_backward()?;
        mover.step(&mut net, &mut slopes)?;
        if (step + 1) % each == 0 {
            let [lost, kl] = sums.map(|sum| sum / each as f32);
            let line = format!(
                "{named},{},{lost:.3},{kl:.3},{:.0}",
                (step + 1) / each,
                start.elapsed().as_secs_f64()
            );
            note("digits_vae.csv", &line);
            sums = [0.0; 2];
        }
    }
    let place = folder().join(format!("digits_vae_{named}.safetensors"));
    net.1.save_safetensors(place).expect("saved");
    Ok(())
}
