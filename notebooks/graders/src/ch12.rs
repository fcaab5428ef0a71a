//! The tasks of chapter 12, the tools of training.

use crate::kit::{Cases, Failure, HintIf, Task, Verdict, approx, approx_all, check, equal};
use gradus::Result;
use gradus::data::{self, Augment, Dataset};
use gradus::device::device;
use gradus::nn::builders::{Flatten, Linear, ReLU, Tanh};
use gradus::train::{Adam, History, Learner};

/// Task 12.1: the rate of step `i` of a warm-up and a cosine: (i, steps, warmup, peak).
pub fn warm_cosine(answer: fn(usize, usize, usize, f32) -> f32) -> Verdict {
    let task = Task::of_course("12.1", "A warm-up and a cosine")
        .hint("Work out three steps by hand, for 12 steps of which 2 warm up: the first, the third and the last one.");
    let task = task.second_hint(
        "After the warm-up, t = (i − warmup) / (steps − warmup), and the rate is peak · (1 + cos πt) / 2.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(121);
        for n in 0..40 {
            let (steps, peak) = (cases.whole(10, 60), cases.number(0.01, 1.0));
            let warmup = if n < 6 { 0 } else { cases.whole(1, 8) };
            let i = if n % 4 == 0 { warmup } else { cases.whole(0, steps - 1) };
            let case = format!("step {i} of {steps}, {warmup} to warm up, peak {peak}");
            let got = task.call(&case, || answer(i, steps, warmup, peak))?;
            let cosine = |t: f32| peak * 0.5 * (1.0 + (std::f32::consts::PI * t).cos());
            let falling = cosine((i as f32 - warmup as f32) / (steps - warmup) as f32);
            let expected = if i < warmup {
                peak * (i + 1) as f32 / warmup as f32
            } else {
                falling
            };
            let is = |other: f32| (got - other).abs() < 1e-5;
            approx(&case, got, expected, 1e-5)
                .hint_if(
                    i < warmup && is(peak * i as f32 / warmup as f32),
                    "The first step of this warm-up has the rate 0: it moves nothing. Count from one.",
                )
                .hint_if(
                    i >= warmup && is(cosine(i as f32 / steps as f32)),
                    "The cosine has to begin at its top when the warm-up ends: measure t from there.",
                )
                .hint_if(
                    i < warmup && is(cosine(i as f32 / steps as f32)),
                    "The warm-up is missing.",
                )
                .hint_if(
                    is(2.0 * expected) && expected != 0.0,
                    "Twice too high: 1 + cos goes from 2 to 0.",
                )?;
        }
        Ok(())
    })
}

type Small = (Linear<2, 16>, Tanh, Linear<16, 2>);

/// Task 12.2: a callback that ends a run at a goal. The compiler grades half of it.
pub fn goal(answer: fn(&mut Learner, f64)) -> Verdict {
    let task = Task::of_course("12.2", "Stop at the goal")
        .hint("It compiles, so the method has the right types. When does the run end, and was the callback added?");
    let task = task.second_hint("The accuracy of the epoch is event.epoch.metric. Stop when it is at least the goal.");
    task.grade(|task| {
        let failed = |error| Failure::new("", "a run", error);
        for seed in 1..=2 {
            let whole = moons_run(seed, |_| ()).map_err(failed)?;
            let metrics: Vec<f64> = whole.epochs().iter().map(|e| e.metric).collect();
            // The first one lies between two possible accuracies, the second is met exactly.
            for goal in [0.8525, metrics[3], metrics[20], 1.5] {
                let case = format!("40 epochs of two moons, the goal {:.1} %", 100.0 * goal);
                let run = task.run(&case, || moons_run(seed, |learner| answer(learner, goal)))?;
                let expected = metrics.iter().position(|m| *m >= goal).map_or(40, |i| i + 1);
                let got = run.epochs().len();
                let late = metrics.iter().position(|m| *m > goal).map_or(40, |i| i + 1);
                equal(&case, format!("{got} epochs"), format!("{expected} epochs"))
                    .hint_if(got == late, "At the goal is enough: at least, not more than.")
                    .hint_if(
                        got == 40,
                        "The run went on to its end. Is the callback added, with this goal?",
                    )
                    .hint_if(got == 1, "It stops at once. Is the comparison the right way round?")?;
            }
        }
        Ok(())
    })
}

fn moons_run(seed: u64, equip: impl FnOnce(&mut Learner)) -> Result<History> {
    let (train, valid) = (data::moons(200, 0.2, seed)?, data::moons(200, 0.2, seed + 50)?);
    let mut learner = Learner::classifier::<Small>(
        &device(seed)?,
        Adam {
            lr: 5e-3,
            ..Adam::default()
        },
    )?;
    learner.set_batch_size(32).set_seed(seed).quiet();
    equip(&mut learner);
    learner.fit(&train, &valid, 40)
}

/// Task 12.3: the gradients of several tensors, clipped together.
pub fn clip(answer: fn(&mut [Vec<f32>], f32)) -> Verdict {
    let task = Task::of_course("12.3", "One length for all").hint(
        "Two tensors with the gradients (3, 0) and (0, 4): how long is the gradient of the network? And if the limit is 10?",
    );
    let task = task
        .second_hint("First the sum of all squares in all tensors, then one factor for all of them, never above 1.");
    task.grade(|task| {
        let mut cases = Cases::new(123);
        for n in 0..20 {
            let count = cases.whole(1, 4);
            let before: Vec<Vec<f32>> = (0..count)
                .map(|_| {
                    let size = cases.whole(1, 4);
                    cases.numbers(size, -5.0, 5.0)
                })
                .collect();
            let limit = if n % 3 == 0 { 50.0 } else { cases.number(0.1, 3.0) };
            // The last network has come to rest.
            let before = if n == 19 { vec![vec![0.0; 3]; 2] } else { before };
            let mut got = before.clone();
            let case = format!("clip({before:?}, {limit})");
            task.call(&case, || answer(&mut got, limit))?;
            let got = got.concat();
            let length = |v: &[f32]| v.iter().map(|v| v * v).sum::<f32>().sqrt();
            let all = length(&before.concat());
            let scaled = |f: &dyn Fn(&[f32]) -> f32| {
                before
                    .iter()
                    .flat_map(|t| t.iter().map(|v| v * f(t)).collect::<Vec<f32>>())
                    .collect::<Vec<f32>>()
            };
            let is = |other: &[f32]| approx_all("", &got, other, 1e-4).is_ok();
            approx_all(&case, &got, &scaled(&|_| (limit / all).min(1.0)), 1e-4)
                .hint_if(
                    is(&scaled(&|_| limit / all)),
                    "A gradient that is shorter than the limit stays as it is.",
                )
                .hint_if(
                    is(&scaled(&|t| (limit / length(t)).min(1.0))),
                    "You clip each tensor by itself. That turns the direction of the whole step.",
                )
                .hint_if(
                    is(&before
                        .concat()
                        .iter()
                        .map(|v| v.clamp(-limit, limit))
                        .collect::<Vec<f32>>()),
                    "That is clip_value: it limits each number, and turns the direction.",
                )
                .hint_if(
                    n == 19,
                    "A gradient of zeros has the length 0, and what is divided by it is not a number any more.",
                )
                .hint_if(
                    is(&scaled(&|_| (limit / (all * all)).min(1.0))),
                    "The root is missing: the length, not its square.",
                )?;
        }
        Ok(())
    })
}

/// Task 12.4: the rate of every epoch, lowered where the loss stands still: (losses, start, factor, patience).
pub fn plateau(answer: fn(&[f64], f32, f32, usize) -> Vec<f32>) -> Verdict {
    let task = Task::of_course("12.4", "Slower, where it stands still").hint(
        "Walk through [0.9, 0.8, 0.8, 0.9, 0.7] with a patience of 2 and a factor of 0.1: the rates are r, r, r, r, r / 10.",
    );
    let task = task.second_hint("Note the rate before you look at the loss of the epoch. And what becomes of the count when the rate was lowered?");
    task.grade(|task| {
        let mut cases = Cases::new(124);
        for n in 0..24 {
            let losses: Vec<f64> = match n {
                0..2 => vec![0.9, 0.8, 0.8, 0.9, 0.7],
                2..6 => vec![0.5; 12],
                _ => cases.numbers(14, 0.1, 0.9).into_iter().map(f64::from).collect(),
            };
            let (start, patience) = (cases.number(0.1, 1.0), if n < 2 { 2 } else { cases.whole(1, 4) });
            let factor = if n < 2 { 0.1 } else { cases.number(0.2, 0.8) };
            let case = format!("plateau({losses:.2?}, {start}, {factor}, {patience})");
            let got = task.call(&case, || answer(&losses, start, factor, patience))?;
            let other = |early, keep| lowered(&losses, [start, factor], patience, early, keep);
            let is = |early, keep| approx_all("", &got, &other(early, keep), 1e-5).is_ok();
            approx_all(&case, &got, &other(false, false), 1e-5)
                .hint_if(
                    is(true, false),
                    "One epoch too early: the loss of an epoch is known after it and can only change the next rate.",
                )
                .hint_if(
                    is(false, true),
                    "Once lowered, the rate falls in every further epoch: begin to count anew.",
                )
                .hint_if(got.iter().all(|r| *r == start), "The rate never changes.")?;
        }
        Ok(())
    })
}

fn lowered(losses: &[f64], [start, factor]: [f32; 2], patience: usize, early: bool, keep: bool) -> Vec<f32> {
    let (mut rate, mut best, mut waited, mut rates) = (start, f64::INFINITY, 0, Vec::new());
    for &loss in losses {
        if !early {
            rates.push(rate);
        }
        if loss < best {
            (best, waited) = (loss, 0);
        } else {
            waited += 1;
        }
        if waited >= patience {
            rate *= factor;
            waited = if keep { waited } else { 0 };
        }
        if early {
            rates.push(rate);
        }
    }
    rates
}

type Mlp = (Flatten<784>, Linear<784, 64>, ReLU, Linear<64, 10>);

/// Task 12.5: an augmentation for digits that will be seen turned.
pub fn turned(answer: fn() -> Augment) -> Verdict {
    let task = Task::of_course("12.5", "Digits from a shaky camera").hint(
        "Look at augmentations(..) of a few digits. Does every picture still show its digit, and do they look like what the \
         camera will send?",
    );
    let task = task.second_hint("The camera turns by up to 30° and does nothing else.");
    task.grade(|task| {
        let augment = task.call("your augmentation", answer)?;
        let [plain, shaken] = task.run("training on 1500 digits", || shaky(Some(&augment), 1))?;
        let told = |right: f64| format!("{:.1} %", 100.0 * right);
        check(
            "1000 digits, upright",
            plain >= UPRIGHT,
            &format!("at least {}", told(UPRIGHT)),
            &told(plain),
        )
        .hint_if(
            true,
            "Upright digits have suffered. What have you shown the network that no digit looks like?",
        )?;
        check(
            "1000 digits, turned",
            shaken >= SHAKEN,
            &format!("at least {}", told(SHAKEN)),
            &told(shaken),
        )
    })
}

// With 20 seeds (test `twenty_seeds`), at worst: the solution 93.8 % upright and 91.2 % turned, 20° instead of 30° 93.4 % and
// 88.7 %, no augmentation 92.4 % and 79.5 %; 180° and flips 65.5 % upright.
const UPRIGHT: f64 = 0.9;
const SHAKEN: f64 = 0.85;

/// Accuracy on upright and on turned digits, after training with an augmentation or without.
fn shaky(augment: Option<&Augment>, seed: u64) -> Result<[f64; 2]> {
    let (train, test) = data::digits()?;
    let (mean, std) = train.mean_std();
    let train = train.normalize(&mean, &std)?.take(1500);
    let test = test.normalized_like(&train)?;
    let camera = Augment::new(99).rotate(30.0);
    let mut bytes = Vec::new();
    for i in 0..test.len() {
        let image = test.augmented(i, &camera, 0)?;
        bytes.extend(image.pixels().iter().map(|p| (255.0 * p).round() as u8));
    }
    let names: Vec<&str> = test.class_names().iter().map(String::as_str).collect();
    let shaken = Dataset::from_pixels(bytes, [1, 28, 28], test.labels(), &names)?.normalized_like(&train)?;
    let mut learner = Learner::classifier::<Mlp>(&device(seed)?, Adam::default())?;
    learner.set_batch_size(32).set_seed(seed).quiet();
    if let Some(augment) = augment {
        learner.set_augment(augment.clone());
    }
    learner.fit_one_cycle(&train, &test, 10, 5e-3)?;
    Ok([learner.evaluate(&test)?.1, learner.evaluate(&shaken)?.1])
}

#[cfg(test)]
mod tests;
