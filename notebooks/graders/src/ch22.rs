//! The tasks of chapter 22, explanation.

use gradus::dfdx::prelude::*;

use crate::kit::{Cases, HintIf, Task, Verdict, approx_all, open_device};
use gradus::Result;
use gradus::device::Dev;

mod shortcut;

pub use shortcut::{Suspect, shortcut, suspect};

/// Something that gives a score to a list of numbers.
pub type Score = fn(&[f32]) -> f32;

/// Task 22.1: how far a score falls when `width` neighbouring numbers of a series are replaced by `cover`, for every place
/// of the cover, from the first to the last.
pub fn cover(answer: fn(Score, &[f32], usize, f32) -> Vec<f32>) -> Verdict {
    let task =
        Task::of_course("22.1", "Cover a series").hint("Take score = the sum, cover = 0, and do [1, 2, 3] by hand.");
    let task = task.second_hint("Each cover is laid over the series as it came, and there are n − width + 1 places.");
    task.grade(|task| {
        let scores: [(&str, Score); 3] = [
            ("the sum", |x| x.iter().sum()),
            ("the largest number", |x| {
                x.iter().copied().fold(f32::NEG_INFINITY, f32::max)
            }),
            ("the sum of the products of neighbours", |x| {
                x.windows(2).map(|w| w[0] * w[1]).sum()
            }),
        ];
        let mut cases = Cases::new(221);
        for n in 0..24 {
            let (name, score) = scores[n % 3];
            let count = cases.whole(4, 8);
            let (series, width) = (cases.numbers(count, -3.0, 5.0), cases.whole(1, 3));
            let blank = if n < 3 { 0.0 } else { cases.number(-1.0, 1.0) };
            let case = format!("score = {name}, series {series:?}, width {width}, cover {blank}");
            let got = task.call(&case, || answer(score, &series, width, blank))?;
            let places = 0..=count - width;
            let covered = |at: usize, mut copy: Vec<f32>, value: f32| {
                copy[at..at + width].fill(value);
                copy
            };
            let fall = |x: Vec<f32>| score(&series) - score(&x);
            let right: Vec<f32> = places
                .clone()
                .map(|at| fall(covered(at, series.clone(), blank)))
                .collect();
            let is = |other: Vec<f32>| approx_all("", &got, &other, 1e-4).is_ok();
            let mut worn = series.clone();
            let never_lifted = places.clone().map(|at| {
                worn = covered(at, worn.clone(), blank);
                fall(worn.clone())
            });
            let never_lifted: Vec<f32> = never_lifted.collect();
            approx_all(&case, &got, &right, 1e-4)
                .hint_if(
                    is(right.iter().map(|v| -v).collect()),
                    "That is how far it rises. A place that matters should get a large number.",
                )
                .hint_if(
                    is(right.iter().map(|v| score(&series) - v).collect()),
                    "Those are the scores with the cover. How far have they fallen?",
                )
                .hint_if(
                    is(never_lifted),
                    "The first cover still lies there when the second is laid: begin with a fresh copy.",
                )
                .hint_if(
                    blank != 0.0 && is(places.map(|at| fall(covered(at, series.clone(), 0.0))).collect()),
                    "That is a cover of zeros, whatever `cover` says.",
                )
                .hint_if(got.len() + 1 == right.len(), "The last place is missing.")?;
        }
        Ok(())
    })
}

/// The slopes of a function at a point.
pub type Slopes = fn(&[f32]) -> Vec<f32>;

/// Task 22.2: integrated gradients of any function of three numbers, from its slopes, with a number of midpoints.
pub fn integrated(answer: fn(Slopes, &[f32], &[f32], usize) -> Vec<f32>) -> Verdict {
    let task = Task::of_course("22.2", "Integrated gradients of anything")
        .hint("For 2 steps, the slopes are taken at a quarter and at three quarters of the way.");
    let task = task.second_hint("The mean of the slopes along the way, times how far each number has come.");
    task.grade(|task| {
        let functions: [(&str, Slopes); 3] = [
            ("x0 x1 + x2²", |x| vec![x[1], x[0], 2.0 * x[2]]),
            ("x0³ + sin x1 − x2", |x| vec![3.0 * x[0] * x[0], x[1].cos(), -1.0]),
            ("ReLU(x0 + x1 − 1) + x2", |x| {
                let on = if x[0] + x[1] > 1.0 { 1.0 } else { 0.0 };
                vec![on, on, 1.0]
            }),
        ];
        let mut cases = Cases::new(222);
        for n in 0..30 {
            let (name, slopes) = functions[n % 3];
            let (x, from) = (cases.numbers(3, 0.5, 2.0), cases.numbers(3, -1.0, 0.4));
            let steps = cases.whole(2, 9);
            let along = |start: &[f32], shift: f32| {
                let mut mean = vec![0.0; 3];
                for step in 0..steps {
                    let part = (step as f32 + shift) / steps as f32;
                    let point: Vec<f32> = (0..3).map(|i| start[i] + part * (x[i] - start[i])).collect();
                    slopes(&point)
                        .iter()
                        .zip(&mut mean)
                        .for_each(|(s, m)| *m += s / steps as f32);
                }
                mean
            };
            let times =
                |mean: Vec<f32>, start: &[f32]| (0..3).map(|i| mean[i] * (x[i] - start[i])).collect::<Vec<f32>>();
            let case = format!("{name}, from {from:?} to {x:?} in {steps} steps");
            let got = task.call(&case, || answer(slopes, &x, &from, steps))?;
            let is = |other: &[f32]| approx_all("", &got, other, 1e-3).is_ok();
            let right = times(along(&from, 0.5), &from);
            let sum: Vec<f32> = right.iter().map(|v| v * steps as f32).collect();
            approx_all(&case, &got, &right, 1e-3)
                .hint_if(
                    is(&along(&from, 0.5)),
                    "Those are the mean slopes. How far has each number come?",
                )
                .hint_if(
                    is(&times(along(&from, 0.0), &from)) || is(&times(along(&from, 1.0), &from)),
                    "The slopes are taken at the ends of the pieces, not in their middles.",
                )
                .hint_if(is(&sum), "The slopes are added up, and should be averaged.")
                .hint_if(
                    is(&times(along(&[0.0; 3], 0.5), &[0.0; 3])),
                    "That is the way from 0. This one begins at the baseline.",
                )
                .hint_if(
                    is(&times(slopes(&x), &from)),
                    "That is the slope at the end of the way only. What about the way itself?",
                )?;
        }
        Ok(())
    })
}

/// Six feature maps of 5 x 4 places, or the slopes of a score with respect to them.
pub type FeatureMaps = Tensor<Rank3<6, 5, 4>, f32, Dev>;

/// One number for each of 5 x 4 places.
pub type Cam = Tensor<Rank2<5, 4>, f32, Dev>;

/// Task 22.3: Grad-CAM of six maps of 5 x 4 places. The compiler grades most of it.
pub fn typed_cam(answer: fn(FeatureMaps, FeatureMaps) -> Cam) -> Verdict {
    let task = Task::of_course("22.3", "Grad-CAM, by its types").hint("One weight per map; one number per place.");
    let task = task.second_hint("Which axis is which: 0 counts the maps, 1 and 2 the rows and columns.");
    task.grade(|task| {
        let dev = open_device(0)?;
        let mut cases = Cases::new(223);
        for n in 0..6 {
            let (maps, slopes) = (cases.numbers(120, 0.0, 2.0), cases.numbers(120, -1.0, 1.0));
            let place =
                |weight: &dyn Fn(usize) -> f32, i: usize| (0..6).map(|k| weight(k) * maps[20 * k + i]).sum::<f32>();
            let mean = |k: usize| slopes[20 * k..20 * k + 20].iter().sum::<f32>() / 20.0;
            let raw: Vec<f32> = (0..20).map(|i| place(&mean, i)).collect();
            let right: Vec<f32> = raw.iter().map(|v| v.max(0.0)).collect();
            let (a, g): (FeatureMaps, FeatureMaps) = (dev.tensor(maps.clone()), dev.tensor(slopes.clone()));
            let case = format!("random maps and slopes, number {n}");
            let got = task.call(&case, || answer(a, g).as_vec())?;
            let is = |other: &dyn Fn(usize) -> f32| {
                let other: Vec<f32> = (0..20).map(other).collect();
                approx_all("", &got, &other, 1e-4).is_ok()
            };
            approx_all(&case, &got, &right, 1e-4)
                .hint_if(is(&|i| raw[i]), "What speaks against the class is still there.")
                .hint_if(
                    is(&|i| 20.0 * right[i]) || is(&|i| 20.0 * raw[i]),
                    "A weight is the mean over the places of a map, not the sum.",
                )
                .hint_if(
                    is(&|i| right[i] / 6.0) || is(&|i| raw[i] / 6.0),
                    "The maps are added up, not averaged.",
                )
                .hint_if(
                    is(&|i| (0..6).map(|k| (slopes[20 * k + i] * maps[20 * k + i]).max(0.0)).sum())
                        || is(&|i| (0..6).map(|k| slopes[20 * k + i] * maps[20 * k + i]).sum()),
                    "Every place has its own slope here. Grad-CAM gives each map one weight.",
                )?;
        }
        Ok(())
    })
}

/// Task 22.4: a taxi along one road. Each passenger's distance gives each one's fair share of a fare of 1 per kilometre,
/// up to the one who goes farthest.
///
/// Littlechild & Owen 1973, *A Simple Expression for the Shapley Value in a Special Case* (the airport game).
pub fn fair_taxi(answer: fn(&[f64]) -> Result<Vec<f64>>) -> Verdict {
    let task = Task::of_course("22.4", "The fair taxi")
        .hint("What would the taxi cost if only these were in it: that is the worth.");
    let task = task.second_hint("Nobody in it costs 0; others cost what the farthest of them costs.");
    task.grade(|task| {
        let mut cases = Cases::new(224);
        for k in 0..14 {
            // One passenger, ten passengers, and what lies between.
            let n = [1, 10].get(k).copied().unwrap_or_else(|| cases.whole(2, 8));
            let far: Vec<f64> = cases.numbers(n, 1.0, 20.0).iter().map(|v| f64::from(*v)).collect();
            let case = format!("distances {far:.2?}");
            let got = task.run(&case, || answer(&far))?;
            let shares: Vec<f32> = got.iter().map(|v| *v as f32).collect();
            let is = |other: Vec<f64>| shares.len() == n && (0..n).all(|i| (got[i] - other[i]).abs() < 1e-3);
            let (most, sum) = (far.iter().copied().fold(0.0, f64::max), far.iter().sum::<f64>());
            let total = got.iter().sum::<f64>();
            let right: Vec<f32> = taxi(&far).iter().map(|v| *v as f32).collect();
            approx_all(&case, &shares, &right, 1e-3)
                .hint_if(
                    n > 1 && is(far.clone()),
                    "Everybody pays as if alone. Together they need one taxi: what does a whole group cost?",
                )
                .hint_if(
                    is(far.iter().map(|d| d / sum * most).collect()),
                    "That is in proportion to the distance. Shapley asks what each one adds, averaged over all orders.",
                )
                .hint_if(
                    is(vec![most / n as f64; n]),
                    "Equal parts: whoever gets out first pays too much.",
                )
                .hint_if(
                    is(steps(&far)),
                    "That is what each one adds in one order, the nearest first. What about the other orders?",
                )
                .hint_if(
                    shares.len() == n && (total - most).abs() > 1e-3,
                    "The shares do not sum to the fare, which is the distance of the farthest.",
                )?;
        }
        Ok(())
    })
}

/// The fair shares: each piece of the road is paid in equal parts by those who go at least so far.
fn taxi(far: &[f64]) -> Vec<f64> {
    let share = |of: &f64| {
        let mut ends: Vec<f64> = far.iter().copied().filter(|d| d <= of).collect();
        ends.sort_by(f64::total_cmp);
        let (mut before, mut sum) = (0.0, 0.0);
        for end in ends {
            let riders = far.iter().filter(|d| **d >= end).count();
            sum += (end - before) / riders as f64;
            before = end;
        }
        sum
    };
    far.iter().map(share).collect()
}

/// What each one adds when the nearest gets in first.
fn steps(far: &[f64]) -> Vec<f64> {
    let before = |of: f64| far.iter().copied().filter(|d| *d < of).fold(0.0, f64::max);
    far.iter().map(|d| d - before(*d)).collect()
}

#[cfg(test)]
mod tests;
