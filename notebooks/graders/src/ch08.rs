//! The tasks of chapter 08, regularization.

use gradus::dfdx::prelude::{DeviceBuildExt, Module, ModuleMut, Rank2, SampleTensor, Tensor, Trace};

use crate::kit::{Cases, Failure, HintIf, Task, Verdict, approx, approx_all, check, equal, open_device};
use gradus::Result;
use gradus::data::{self, Dataset};
use gradus::device::{Dev, device};
use gradus::nn::Built;
use gradus::nn::builders::{Dropout, Linear, ReLU};
use gradus::train::Learner;

/// A small network with dropout: a number in, a number out.
pub type Net = (Linear<1, 16>, ReLU, Dropout<20>, Linear<16, 1>);

/// Thirty numbers, a sample each.
pub type Samples = Tensor<Rank2<30, 1>, f32, Dev>;

/// Task 08.1: dropout at any rate, with the random numbers given.
pub fn dropout(answer: fn(&[f32], &[f32], f32) -> Vec<f32>) -> Verdict {
    let task = Task::of_course("08.1", "Dropout at any rate").hint(
        "Take a rate of 0.2 and five activations of 1. About four survive. What must each of them become, so that the sum is \
         still 5?",
    );
    let task = task.second_hint(
        "A number is dropped where its chance is below the rate. What stays is divided by the share that stays.",
    );
    task.grade(|task| {
        let mut cases = Cases::new(81);
        for n in 0..20 {
            let rate = if n < 4 { 0.5 } else { cases.number(0.1, 0.9) };
            let (a, u) = (cases.numbers(8, -2.0, 2.0), cases.numbers(8, 0.005, 0.995));
            let case = format!("dropout({a:?}, {u:?}, {rate})");
            let got = task.call(&case, || answer(&a, &u, rate))?;
            let by = |keep: &dyn Fn(f32) -> bool, share: f32| {
                a.iter()
                    .zip(&u)
                    .map(|(a, u)| if keep(*u) { a / share } else { 0.0 })
                    .collect::<Vec<f32>>()
            };
            let is = |other: Vec<f32>| approx_all("", &got, &other, 1e-4).is_ok();
            approx_all(&case, &got, &by(&|u| u >= rate, 1.0 - rate), 1e-4)
                .hint_if(
                    is(by(&|u| u >= rate, 1.0)),
                    "What stays has to make up for what is dropped, or the sum shrinks.",
                )
                .hint_if(
                    is(by(&|u| u >= rate, rate)),
                    "You divide by the share that is dropped. At one half that is the same, at other rates it is not.",
                )
                .hint_if(
                    is(by(&|u| u < rate, 1.0 - rate)) || is(by(&|u| u < rate, rate)),
                    "The other way round: these are the ones that should have gone.",
                )?;
        }
        Ok(())
    })
}

/// Task 08.2: what an L1 price of some strength leaves of a weight.
pub fn pull(answer: fn(f32, f32) -> f32) -> Verdict {
    let task = Task::of_course("08.2", "Why L1 makes zeros").hint(
        "Draw the sum of both terms over v, for w = 1 and strengths of 0.3 and 2. Where is the lowest point, and what is \
         special about v = 0?",
    );
    let task = task.second_hint(
        "Treat v > 0 and v < 0 apart and set the derivative to zero. When does neither give a solution on its side?",
    );
    task.grade(|task| {
        let mut cases = Cases::new(82);
        for _ in 0..30 {
            let (w, s) = (cases.number(-2.0, 2.0), cases.number(0.05, 1.5));
            let case = format!("pull({w}, {s})");
            let got = task.call(&case, || answer(w, s))?;
            let expected = (w.abs() - s).max(0.0) * if w < 0.0 { -1.0 } else { 1.0 };
            let is = |other: f32| (got - other).abs() < 1e-5;
            approx(&case, got, expected, 1e-5)
                .hint_if(
                    w.abs() < s && is(w - s * w.signum()),
                    "Past zero and out on the other side. There the price pulls back: where do the two pulls hold each other?",
                )
                .hint_if(is(w / (1.0 + s)) || is(w / (1.0 + 2.0 * s)), "That is the answer for the price s v²/2 or s v²: it makes weights small and never zero.")
                .hint_if(is(w - s) && w < 0.0, "A negative weight is pulled upwards, towards zero.")
                .hint_if(w.abs() > s && got == 0.0, "This weight is worth more than its price: it shrinks and stays.")?;
        }
        Ok(())
    })
}

/// Task 08.3: many answers with dropout switched on: their mean and their spread. The compiler grades half of it.
pub fn unsure(answer: fn(&mut Built<Net>, Samples) -> (Vec<f32>, Vec<f32>)) -> Verdict {
    let task = Task::of_course("08.3", "A network that doubts").hint(
        "It compiles. Is each of the hundred answers another one, and are mean and spread taken over the hundred, sample by \
         sample?",
    );
    let task = task.second_hint("forward_mut with a tape drops, forward does not. Both compile.");
    task.grade(|task| {
        let dev = open_device(0)?;
        let mut net: Built<Net> = dev.build_module::<Net, f32>();
        let x: Samples = dev.sample_normal();
        let case = "thirty samples and a new network";
        let (mean, spread) = task.call(case, || answer(&mut net, x.clone()))?;
        equal(case, [mean.len(), spread.len()], [30, 30])?;
        let sure = net.forward(x.clone()).as_vec();
        let passes: Vec<Vec<f32>> = (0..400).map(|_| net.forward_mut(x.leaky_trace()).as_vec()).collect();
        let std = |i: usize| (passes.iter().map(|p| (p[i] - sure[i]).powi(2)).sum::<f32>() / 400.0).sqrt();
        let expected: Vec<f32> = (0..30).map(std).collect();
        let sum = |values: &[f32]| values.iter().sum::<f32>();
        let ratio = sum(&spread) / sum(&expected);
        let variances = sum(&spread) / expected.iter().map(|e| e * e).sum::<f32>();
        check(
            case,
            ratio > 0.8 && ratio < 1.25,
            "about as much spread as dropout makes",
            &format!("{ratio:.2} times as much"),
        )
        .hint_if(
            ratio.abs() < 0.01,
            "Every answer is the same: nothing was dropped. forward evaluates, forward_mut trains.",
        )
        .hint_if(
            (0.7..1.4).contains(&variances),
            "That is the variance: its root has the unit of the answers.",
        )?;
        let far = mean
            .iter()
            .zip(&sure)
            .zip(&expected)
            .filter(|((m, s), e)| (*m - *s).abs() > 0.6 * **e + 1e-4)
            .count();
        check(
            case,
            far == 0,
            "means near the answer without dropout",
            &format!("{far} of 30 are not"),
        )
    })
}

/// Task 08.4: after how many epochs early stopping stops, and which epoch was best, counted from 0.
pub fn stop(answer: fn(&[f64], usize) -> (usize, usize)) -> Verdict {
    let task = Task::of_course("08.4", "Early stopping by hand").hint(
        "Walk through [0.9, 0.7, 0.8, 0.6, 0.7, 0.8] with a patience of 2, epoch by epoch, and keep three numbers: the best \
         loss, where it was, and how long ago.",
    );
    let task = task
        .second_hint("Stop as soon as `patience` epochs in a row have not been better than the best one before them.");
    task.grade(|task| {
        let mut cases = Cases::new(84);
        for n in 0..30 {
            let mut losses: Vec<f64> = cases.numbers(12, 0.1, 0.9).into_iter().map(f64::from).collect();
            if n < 2 {
                losses = vec![0.9, 0.7, 0.8, 0.6, 0.7, 0.8, 0.5, 0.4, 0.3];
            } else if n < 6 {
                losses.sort_by(|a, b| b.total_cmp(a));
            } else if n < 12 {
                losses.iter_mut().for_each(|loss| *loss = (*loss * 4.0).round() / 4.0);
            }
            let patience = if n < 2 { 2 } else { cases.whole(1, 4) };
            let case = format!("stop({losses:.2?}, {patience})");
            let got = task.call(&case, || answer(&losses, patience))?;
            let walk = |patience: usize, ties: bool, reset: bool| {
                let (mut best, mut at, mut waited) = (f64::INFINITY, 0, 0);
                for (i, &loss) in losses.iter().enumerate() {
                    if loss < best || ties && loss == best {
                        (best, at, waited) = (loss, i, 0);
                    } else {
                        waited = if reset && i > 0 && loss < losses[i - 1] {
                            0
                        } else {
                            waited + 1
                        };
                    }
                    if waited >= patience {
                        return (i + 1, at);
                    }
                }
                (losses.len(), at)
            };
            equal(&case, got, walk(patience, false, false))
                .hint_if(
                    got == walk(patience + 1, false, false),
                    "One epoch too late: count the epochs that were not better, the present one too.",
                )
                .hint_if(got == walk(patience, true, false), "Equal is not better.")
                .hint_if(
                    (got.0, got.1.wrapping_sub(1)) == walk(patience, false, false),
                    "The number of epochs is right, but the epochs themselves are counted from 0.",
                )
                .hint_if(
                    got == walk(patience, false, true),
                    "Better than the epoch before is not enough: better than the best one counts.",
                )
                .hint_if(
                    got.0 == walk(patience, false, false).0,
                    "It stops in time. But which epoch had the lowest loss?",
                )?;
        }
        Ok(())
    })
}

/// Task 08.5: a network that is not taken in by wrong labels.
pub fn mislabelled(answer: fn(&Dataset, &Dataset, &Dev) -> Result<Learner>) -> Verdict {
    let task = Task::of_course("08.5", "One label in five is wrong").hint(
        "Compare the accuracy on the set to learn from with that on the set to choose by. Where the first is far above 80 %, the \
         network has learned wrong labels by heart.",
    );
    let task = task.second_hint(
        "The validation labels are wrong as often, but not in the same places: what it gains there holds.",
    );
    task.grade(|task| {
        let mut sum = 0.0;
        for seed in 1..=3 {
            let dev = device(seed).map_err(|error| Failure::new("", "a device", error))?;
            let [train, valid, test] = task.run("two moons", || moons(seed))?;
            let case = format!("two moons, set {seed}");
            let learner = task.run(&case, || answer(&train, &valid, &dev))?;
            sum += task.run(&case, || learner.evaluate(&test))?.1 / 3.0;
        }
        check(
            "1000 points with right labels, mean of three sets",
            sum >= MISLABELLED,
            &format!("{:.0} % right", 100.0 * MISLABELLED),
            &format!("{:.1} %", 100.0 * sum),
        )
        .hint_if(sum < 0.6, "That is hardly better than guessing: was it trained?")
    })
}

/// What [`mislabelled`] asks for. With 20 seeds (test `twenty_seeds`) the solution reached 87.4 % at worst. With six seeds
/// a patience of 10 reached 86.6 % and weight decay 86.5 % at worst, and the same network without a remedy 83.3 % at best.
const MISLABELLED: f64 = 0.85;

/// Two moons of task 08.5: 150 points to learn from and 150 to choose by, of which every fifth label is wrong.
///
/// # Errors
/// Never, unless memory runs out.
pub fn noisy_moons(seed: u64) -> Result<(Dataset, Dataset)> {
    let noisy = |seed: u64| {
        let (set, mut cases) = (data::moons(150, 0.15, seed)?, Cases::new(seed));
        let spoil = |label: usize| if cases.whole(1, 5) == 1 { 1 - label } else { label };
        let labels = set.labels().into_iter().map(spoil).collect();
        Dataset::from_values(set.points()?.concat(), &[2], labels, &["upper", "lower"])
    };
    Ok((noisy(seed)?, noisy(seed + 1000)?))
}

/// As [`noisy_moons`], and 1000 points with right labels to be examined on; all turned about the origin by an angle of their
/// own, so that nobody can learn them from moons of his own making.
fn moons(seed: u64) -> Result<[Dataset; 3]> {
    let (train, valid) = noisy_moons(seed)?;
    let exam = data::moons(1000, 0.15, seed + 2000)?;
    let (sin, cos) = (1.1 + 1.9 * seed as f32).sin_cos();
    let turned = |set: &Dataset| -> Result<Dataset> {
        let points = set
            .points()?
            .into_iter()
            .flat_map(|[x, y]| [cos * x - sin * y, sin * x + cos * y]);
        Dataset::from_values(points.collect(), &[2], set.labels(), &["upper", "lower"])
    };
    Ok([turned(&train)?, turned(&valid)?, turned(&exam)?])
}

#[cfg(test)]
mod tests;
