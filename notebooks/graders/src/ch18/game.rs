//! Task 18.5: a game that ends well.

use crate::kit::{Cases, Failure, HintIf, Task, Verdict, check, open_device};
use gradus::Result;
use gradus::device::Dev;
use gradus::nn::Built;
use gradus::nn::builders::{Linear, ReLU};
use gradus::prelude::{Const, Module, SampleTensor, Tensor, TensorFromVec};

/// The generator that is asked for: two numbers of noise in, a point out.
pub type Maker = (Linear<2, 32>, ReLU, Linear<32, 32>, ReLU, Linear<32, 2>);

/// How far a place spreads.
const SPREAD: f32 = 0.25;

/// The middles of the four places, which lie around one spot at a distance of 2.
fn middles(seed: u64) -> [[f32; 2]; 4] {
    let mut cases = Cases::new(seed);
    let (turn, x, y) = (cases.number(0.0, 1.5), cases.number(-0.5, 0.5), cases.number(-0.5, 0.5));
    [0, 1, 2, 3].map(|k| {
        let angle = turn + k as f32 * std::f32::consts::FRAC_PI_2;
        [x + 2.0 * angle.cos(), y + 2.0 * angle.sin()]
    })
}

/// `n` points in four places, as many in each: their middles lie on a circle of radius 2, and each spreads by 0.25. Where the circle lies
/// and how it is turned depends on the seed.
///
/// # Errors
/// Where no device can be opened.
pub fn places(n: usize, seed: u64) -> Result<Vec<[f32; 2]>> {
    let dev = gradus::device::device(seed)?;
    let noise: Tensor<(usize, Const<2>), f32, Dev> = dev.sample_normal_like(&(n, Const));
    let (middles, noise) = (middles(seed), noise.as_vec());
    let point = |i: usize| {
        let middle = middles[i % 4];
        [middle[0] + SPREAD * noise[2 * i], middle[1] + SPREAD * noise[2 * i + 1]]
    };
    Ok((0..n).map(point).collect())
}

/// How many of 1000 generated points lie at each place, within three spreads.
fn found(maker: &Built<Maker>, middles: &[[f32; 2]; 4], dev: &Dev) -> Result<[usize; 4]> {
    let mut values = dev.sample_normal_like(&(1000, Const::<2>)).as_vec();
    let noise: Tensor<(usize, Const<2>), f32, Dev> = dev.tensor_from_vec(std::mem::take(&mut values), (1000, Const));
    let points = maker.try_forward(noise)?.as_vec();
    let mut counts = [0; 4];
    for point in points.chunks(2) {
        let near = |m: &[f32; 2]| (point[0] - m[0]).hypot(point[1] - m[1]) <= 3.0 * SPREAD;
        if let Some(k) = middles.iter().position(near) {
            counts[k] += 1;
        }
    }
    Ok(counts)
}

/// Of 1000 points, the least at each place, and the least at all places together.
const LEAST: [usize; 2] = [100, 650];

/// Task 18.5: two networks that are trained against each other, by a loop of the learner's own.
pub fn game(answer: fn(&[[f32; 2]], &Dev) -> Result<Built<Maker>>) -> Verdict {
    let task = Task::of_course("18.5", "A game that ends well").hint(
        "Draw what it makes, as in section 4 of the chapter, every few hundred steps. All in one place, jumping: the \
            discriminator has too \
         few steps. Between the places: not enough steps, or too low a rate.",
    );
    let task = task.second_hint(
        "A discriminator (Linear<2, 64>, LeakyReLU<20>, Linear<64, 64>, LeakyReLU<20>, Linear<64, 1>); one step of each in \
            turn, 2000 \
         times, batches of 128, Adam with a rate of 2e-3 and betas [0.5, 0.999] for both, BinaryCrossEntropy with the class real for \
         the generator.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(185);
        for _ in 0..2 {
            let seed = cases.seed() % 1000;
            let data = places(2000, seed).map_err(|error| Failure::new("", "points", error))?;
            let dev = open_device(seed)?;
            let maker = task.run("building and training, 2000 points", || answer(&data, &dev))?;
            let counts = task.run("1000 points that it makes", || {
                found(&maker, &middles(seed), &open(seed)?)
            })?;
            let all: usize = counts.iter().sum();
            let told = format!("{counts:?} at the four places, {all} in all");
            let wanted = format!(
                "at least {} at each place, and {} at all four together",
                LEAST[0], LEAST[1]
            );
            let fair = counts.iter().all(|n| *n >= LEAST[0]);
            check("1000 points that it makes", fair && all >= LEAST[1], &wanted, &told)
                .hint_if(
                    all < 200,
                    "Hardly a point lies where the data are. Has it been trained, and long enough?",
                )
                .hint_if(
                    counts.iter().filter(|n| **n > 0).count() == 1,
                    "It makes points of one place: the mode has \
                    collapsed. Let the discriminator keep up: one step of it for each of the generator's.",
                )
                .hint_if(
                    !fair,
                    "Some places are left out, or nearly. More steps; or a discriminator that keeps up.",
                )?;
        }
        Ok(())
    })
}

fn open(seed: u64) -> Result<Dev> {
    gradus::device::device(seed + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejected;
    use gradus::data::Targets;
    use gradus::prelude::*;

    type Judge = (
        Linear<2, 64>,
        LeakyReLU<20>,
        Linear<64, 64>,
        LeakyReLU<20>,
        Linear<64, 1>,
    );

    /// So many steps of both, `extra` more of the generator each time.
    fn played(data: &[[f32; 2]], dev: &Dev, steps: usize, extra: usize) -> Result<Built<Maker>> {
        let (mut maker, mut judge) = (dev.build_module::<Maker, f32>(), dev.build_module::<Judge, f32>());
        let adam = Adam {
            lr: 2e-3,
            betas: [0.5, 0.999],
            ..Adam::default()
        };
        let (mut move_maker, mut move_judge) = (NetStepper::new(adam), NetStepper::new(adam));
        let loss = Loss::from(BinaryCrossEntropy::default());
        let noise = || dev.sample_normal_like(&(128, Const::<2>));
        for step in 0..steps {
            let real: Vec<f32> = (0..128).flat_map(|i| data[(step * 128 + i * 5) % data.len()]).collect();
            let real: Tensor<(usize, Const<2>), f32, Dev> = dev.tensor_from_vec(real, (128, Const));
            let mut table = judge.try_alloc_grads()?;
            for (class, x) in [(1, real), (0, maker.try_forward(noise())?)] {
                let said = judge.try_forward_mut(x.traced(table))?;
                table = loss
                    .forward(said, &Targets::Classes(vec![class; 128]))?
                    .try_backward()?;
            }
            move_judge.step(&mut judge, &mut table)?;
            for _ in 0..=extra {
                let table = maker.try_alloc_grads()?;
                let said = judge.try_forward_mut(maker.try_forward_mut(noise().traced(table))?)?;
                let mut table = loss.forward(said, &Targets::Classes(vec![1; 128]))?.try_backward()?;
                move_maker.step(&mut maker, &mut table)?;
            }
        }
        Ok(maker)
    }

    #[test]
    fn a_game_that_ends_well() {
        let verdict = game(|data, dev| played(data, dev, 2000, 0));
        assert!(verdict.passed(), "{verdict}");
        rejected(game(|data, dev| played(data, dev, 0, 0)), "at each place");
        rejected(game(|data, dev| played(data, dev, 60, 0)), "at each place");
        rejected(game(|data, dev| played(data, dev, 150, 20)), "at each place");
        // The mean of the data; one place of them.
        rejected(
            game(|data, dev| {
                fixed(
                    data.iter()
                        .fold([0.0; 2], |s, p| [s[0] + p[0] / 2000.0, s[1] + p[1] / 2000.0]),
                    dev,
                )
            }),
            "Hardly a point",
        );
        rejected(game(|data, dev| fixed(data[0], dev)), "collapsed");
        rejected(game(|_, _| todo!()), "not written yet");
    }

    /// A generator that always makes the same point.
    fn fixed(point: [f32; 2], dev: &Dev) -> Result<Built<Maker>> {
        let mut maker = dev.build_module::<Maker, f32>();
        maker.4.weight.copy_from(&[0.0; 64]);
        maker.4.bias.copy_from(&point);
        Ok(maker)
    }

    #[test]
    fn the_data_lie_at_their_places() -> Result<()> {
        for seed in [3, 77] {
            let (data, middles) = (places(2000, seed)?, middles(seed));
            for (i, point) in data.iter().enumerate() {
                let m = middles[i % 4];
                assert!((point[0] - m[0]).hypot(point[1] - m[1]) < 6.0 * SPREAD);
            }
        }
        Ok(())
    }

    #[test]
    #[ignore = "run once: an unlucky seed cannot fail a right answer"]
    fn twenty_seeds() -> Result<()> {
        for seed in 0..20 {
            let maker = played(&places(2000, seed)?, &open(seed)?, 2000, 0)?;
            println!("{:?}", found(&maker, &middles(seed), &open(seed + 7)?)?);
        }
        Ok(())
    }
}
