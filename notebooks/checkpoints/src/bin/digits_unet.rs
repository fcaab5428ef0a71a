//! Trains the U-Net that chapter 19 loads: `cargo run --release -p gradus-checkpoints --bin digits_unet -- STEPS RATE`.
//!
//! The same network, the same loss and the same noise schedule as in the chapter, for longer: 60 000 real digits (they are downloaded
//! where they are not there), 32 at a time, a class that is withheld one time in ten, and the average of the weights over the last
//! steps. That average is written to `notebooks/checkpoints/digits_unet.safetensors`; `digits_unet.csv` beside it is the log of the
//! run: steps, mean loss of the last hundred, seconds since the (last) start. A run that was ended goes on from `run/`, where weights
//! and average lie; the optimizer then begins with fresh moments, and the rate falls to the end of the steps that are asked for now.
//!
//! The file that is committed had 6000 steps at a rate of 3e-3, 3.2 passes over the digits. That took 17 minutes of one core of a slow
//! machine (`RAYON_NUM_THREADS=1`), and 23 minutes of clock beside other work.

use std::fs;
use std::time::Instant;

use gradus::prelude::*;
use gradus_checkpoints::{batch_of, digits, folder, note};

/// 12 maps at full size, 24 at half and at a quarter; 48 numbers for time and class; ten digits and "no class".
type Net = UNet<1, 12, 24, 48, 11>;

const BATCH: usize = 32;
/// Steps between two lines of the log.
const STRETCH: usize = 100;

fn main() -> Result<()> {
    let argument = |i: usize| std::env::args().nth(i).and_then(|n| n.parse::<f64>().ok());
    let steps = argument(1).unwrap_or(6000.0) as usize;
    let most = argument(2).unwrap_or(3e-3) as f32;
    let run = folder().join("run");
    fs::create_dir_all(&run).expect("a folder for the run");

    let train = digits()?;
    let schedule = NoiseSchedule::cosine(100)?;
    let mut net = device(19)?.build_module::<Net, f32>();
    let mut average = NetAverage::new(&net, 0.995)?;
    let mut done = 0;
    let place = |name: &str| run.join(name);
    if place("average.safetensors").exists() {
        let read = |net: &mut Built<Net>, name| net.load_safetensors(place(name)).expect("weights of the run before");
        read(&mut net, "net.safetensors");
        read(&mut average.net, "average.safetensors");
        done = fs::read_to_string(place("steps.txt"))
            .ok()
            .and_then(|n| n.trim().parse().ok())
            .unwrap_or(0);
    }
    let mut stepper = NetStepper::new(Adam {
        lr: most,
        ..Adam::default()
    });
    let mut gradients = Some(net.try_alloc_grads()?);
    let (start, mut sum) = (Instant::now(), 0.0);
    for step in done..steps {
        let at = step as f32 / steps as f32;
        stepper.set_lr(
            most * ((step + 1) as f32 / 200.0).min(1.0)
                * (0.01 + 0.99 * (1.0 + (at * std::f32::consts::PI).cos()) / 2.0),
        );
        let (noisy, told, noise) = lesson(&train, &schedule, step)?;
        let shape = (BATCH, Const::<1>, 28usize, 28usize);
        let dev = device(step as u64)?;
        let x: Tensor<(usize, Const<1>, usize, usize), f32, Dev> = dev.try_tensor_from_vec(noisy, shape)?;
        let found = net.try_forward_mut((x.traced(gradients.take().expect("a table")), told))?;
        let found = found.try_reshape_like(&(BATCH, Const::<784>))?;
        let loss = mse_loss(found, dev.try_tensor_from_vec(noise, (BATCH, Const::<784>))?);
        sum += loss.array();
        gradients = Some(loss.try_backward()?);
        stepper.step(&mut net, gradients.as_mut().expect("a table"))?;
        average.update(&net)?;
        if (step + 1) % STRETCH == 0 || step + 1 == steps {
            net.save_safetensors(place("net.safetensors")).expect("saved");
            average
                .net
                .save_safetensors(place("average.safetensors"))
                .expect("saved");
            fs::write(place("steps.txt"), (step + 1).to_string()).expect("saved");
            let seconds = start.elapsed().as_secs_f64();
            note(
                "digits_unet.csv",
                &format!("{},{:.5},{seconds:.0}", step + 1, sum / STRETCH as f32),
            );
            sum = 0.0;
        }
    }
    average
        .net
        .save_safetensors(folder().join("digits_unet.safetensors"))
        .expect("saved");
    Ok(())
}

/// A batch of digits with noise in them, what the network is told, and the noise. Every epoch has an order of its own.
fn lesson(train: &Dataset, schedule: &NoiseSchedule, step: usize) -> Result<(Vec<f32>, Condition, Vec<f32>)> {
    let batch = batch_of(train, BATCH, step)?;
    // Forgotten where a normal number is above 1.2816: one time in ten.
    let coins = diffusion::normal(BATCH, 7_000_000 + step as u64);
    let classes = batch.classes()?.iter().zip(coins);
    let classes: Vec<usize> = classes.map(|(class, z)| if z > 1.2816 { 10 } else { *class }).collect();
    let clean: Vec<f32> = batch.inputs.iter().map(|x| 2.0 * x - 1.0).collect();
    let noised = schedule.noised(&clean, 784, step as u64)?;
    Ok((noised.inputs, Condition::new(&noised.steps, &classes), noised.noise))
}
