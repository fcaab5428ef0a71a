//! Right answers pass, and wrong ones are told why.

use super::shortcut::{networks, spots};
use super::*;
use crate::rejected;
use gradus::data::Dataset;
use gradus::explain::{self, IntegratedGradients, Occlusion, Sample, shapley_values};
use gradus::train::Learner;

fn falls(score: Score, x: &[f32], width: usize, blank: f32) -> Vec<f32> {
    let fall = |at: usize| {
        let mut copy = x.to_vec();
        copy[at..at + width].fill(blank);
        score(x) - score(&copy)
    };
    (0..=x.len() - width).map(fall).collect()
}

#[test]
fn covers() {
    let right = cover(falls);
    assert!(right.passed(), "{right}");
    rejected(
        cover(|s, x, w, b| falls(s, x, w, b).iter().map(|v| -v).collect()),
        "how far it rises",
    );
    rejected(
        cover(|s, x, w, b| falls(s, x, w, b).iter().map(|v| s(x) - v).collect()),
        "scores with the cover",
    );
    rejected(
        cover(|s, x, w, b| {
            let mut copy = x.to_vec();
            let mut fall = |at: usize| {
                copy[at..at + w].fill(b);
                s(x) - s(&copy)
            };
            (0..=x.len() - w).map(&mut fall).collect()
        }),
        "fresh copy",
    );
    rejected(cover(|s, x, w, _| falls(s, x, w, 0.0)), "cover of zeros");
    rejected(
        cover(|s, x, w, b| falls(s, x, w, b)[..x.len() - w].to_vec()),
        "last place",
    );
    rejected(cover(|_, x, w, _| vec![0.0; x.len() + 1 - w]), "by hand");
    rejected(cover(|_, _, _, _| todo!()), "not written yet");
}

fn way(slopes: Slopes, x: &[f32], from: &[f32], steps: usize, shift: f32) -> Vec<f32> {
    let mut values = vec![0.0; x.len()];
    for step in 0..steps {
        let part = (step as f32 + shift) / steps as f32;
        let point: Vec<f32> = (0..x.len()).map(|i| from[i] + part * (x[i] - from[i])).collect();
        let at = slopes(&point);
        (0..x.len()).for_each(|i| values[i] += at[i] * (x[i] - from[i]) / steps as f32);
    }
    values
}

#[test]
fn ways() {
    let right = integrated(|s, x, b, n| way(s, x, b, n, 0.5));
    assert!(right.passed(), "{right}");
    rejected(integrated(|s, x, b, n| way(s, x, b, n, 0.0)), "ends of the pieces");
    rejected(
        integrated(|s, x, b, n| {
            let values = way(s, x, b, n, 0.5);
            (0..3).map(|i| values[i] / (x[i] - b[i])).collect()
        }),
        "has each number come",
    );
    rejected(
        integrated(|s, x, b, n| way(s, x, b, n, 0.5).iter().map(|v| v * n as f32).collect()),
        "averaged",
    );
    rejected(integrated(|s, x, _, n| way(s, x, &[0.0; 3], n, 0.5)), "way from 0");
    rejected(
        integrated(|s, x, b, _| (0..3).map(|i| s(x)[i] * (x[i] - b[i])).collect()),
        "the way itself",
    );
    rejected(integrated(|_, _, _, _| vec![1.0; 3]), "three quarters");
}

#[test]
fn cams() {
    fn weighed(maps: FeatureMaps, weights: Tensor<Rank1<6>, f32, Dev>) -> Cam {
        (maps * weights.broadcast::<Rank3<6, 5, 4>, Axes2<1, 2>>()).sum::<Rank2<5, 4>, Axis<0>>()
    }
    let right = typed_cam(|a, g| weighed(a, g.mean::<Rank1<6>, Axes2<1, 2>>()).relu());
    assert!(right.passed(), "{right}");
    rejected(
        typed_cam(|a, g| weighed(a, g.mean::<Rank1<6>, Axes2<1, 2>>())),
        "speaks against",
    );
    rejected(
        typed_cam(|a, g| weighed(a, g.sum::<Rank1<6>, Axes2<1, 2>>()).relu()),
        "not the sum",
    );
    rejected(
        typed_cam(|a, g| weighed(a, g.mean::<Rank1<6>, Axes2<1, 2>>()).relu() / 6.0),
        "not averaged",
    );
    rejected(typed_cam(|a, g| (a * g).sum::<Rank2<5, 4>, Axis<0>>()), "one weight");
    rejected(typed_cam(|a, _| a.sum::<Rank2<5, 4>, Axis<0>>()), "One weight per map");
}

fn worth(far: &[f64], has: &[bool]) -> f64 {
    let inside = far.iter().zip(has).filter(|(_, has)| **has);
    inside.map(|(d, _)| *d).fold(0.0, f64::max)
}

#[test]
fn taxis() {
    let right = fair_taxi(|far| shapley_values(far.len(), &mut |has| worth(far, has)));
    assert!(right.passed(), "{right}");
    rejected(fair_taxi(|far| Ok(far.to_vec())), "as if alone");
    rejected(fair_taxi(|far| Ok(steps(far))), "other orders");
    rejected(
        fair_taxi(|far| {
            let most = far.iter().copied().fold(0.0, f64::max);
            Ok(far.iter().map(|d| d / far.iter().sum::<f64>() * most).collect())
        }),
        "in proportion",
    );
    rejected(
        fair_taxi(|far| {
            Ok(vec![
                far.iter().copied().fold(0.0, f64::max) / far.len() as f64;
                far.len()
            ])
        }),
        "gets out first",
    );
    rejected(fair_taxi(|far| Ok(vec![1.0; far.len()])), "shares");
    // A table of the game that stops at six passengers.
    rejected(
        fair_taxi(|far| match far.len() {
            0..=6 => Ok(taxi(far)),
            _ => Ok(far.to_vec()),
        }),
        "as if alone",
    );
    // The farthest pays all.
    rejected(
        fair_taxi(|far| {
            let most = far.iter().copied().fold(0.0, f64::max);
            Ok(far.iter().map(|d| if *d == most { most } else { 0.0 }).collect())
        }),
        "if only these",
    );
}

fn hottest(heat: &[f32]) -> [usize; 2] {
    let best = (0..heat.len())
        .max_by(|a, b| heat[*a].total_cmp(&heat[*b]))
        .unwrap_or(0);
    [best / 28, best % 28]
}

fn summed(net: &Learner, fours: &Dataset, integrate: bool) -> Result<Vec<f32>> {
    let mut sum = vec![0.0; 784];
    for i in 0..20 {
        let sample = Sample::of(fours, i)?.class(0);
        let method = Occlusion {
            patch: 3,
            stride: 1,
            baseline: explain::Baseline::Black,
        };
        let map = match integrate {
            true => IntegratedGradients::default().explain(net, &sample)?,
            false => method.explain(net, &sample)?,
        };
        sum.iter_mut().zip(map.heat()).for_each(|(s, h)| *s += h);
    }
    Ok(sum)
}

/// The brightest pixel of the mean of all pictures: the first one, or the last.
fn brightest(fours: &Dataset, last: bool) -> Result<[usize; 2]> {
    let mut sum = vec![0.0_f32; 784];
    for i in 0..fours.len() {
        sum.iter_mut().zip(fours.values(i)?).for_each(|(s, v)| *s += v);
    }
    let most = sum.iter().copied().fold(0.0, f32::max);
    let mut equal = (0..784).filter(|&i| sum[i] == most);
    let place = if last { equal.next_back() } else { equal.next() }.unwrap_or(0);
    Ok([place / 28, place % 28])
}

#[test]
fn networks_of_both_orders() {
    let first: Vec<bool> = networks()
        .into_iter()
        .map(|seed| spots(seed)[0] < spots(seed)[1])
        .collect();
    assert_eq!(first, [false, false, true, true]);
}

#[test]
fn shortcuts() {
    let right = shortcut(|net, fours| Ok(hottest(&summed(net, fours, false)?)));
    assert!(right.passed(), "{right}");
    rejected(
        shortcut(|net, fours| {
            let [row, column] = hottest(&summed(net, fours, false)?);
            Ok([column, row])
        }),
        "swapped",
    );
    rejected(shortcut(|_, _| Ok([14, 14])), "in the digit itself");
    rejected(shortcut(|_, _| Ok([0, 0])), "anecdote");
    // Answers that never ask the network: the first, the last of the brightest pixels of the mean picture.
    rejected(shortcut(|_, fours| brightest(fours, false)), "on all pictures");
    rejected(shortcut(|_, fours| brightest(fours, true)), "on all pictures");
    // What speaks least for a four, and the heat of a nine.
    rejected(
        shortcut(|net, fours| {
            let heat: Vec<f32> = summed(net, fours, false)?.iter().map(|h| -h).collect();
            Ok(hottest(&heat))
        }),
        "network number",
    );
}

#[test]
#[ignore = "run once: an unlucky seed cannot fail a right answer"]
fn twenty_seeds() -> Result<()> {
    let mut worst = [0; 2];
    for seed in (0..16).chain(networks()) {
        let (net, fours, honest) = suspect(seed)?;
        let [tell, decoy] = spots(seed);
        let (with, without) = (net.evaluate(&fours)?.1, net.evaluate(&honest)?.1);
        for (k, worst) in worst.iter_mut().enumerate() {
            let [row, column] = hottest(&summed(&net, &fours, k == 1)?);
            let off = row.abs_diff(tell[0] + 1).max(column.abs_diff(tell[1] + 1));
            *worst = off.max(*worst);
            println!("seed {seed}: {tell:?} not {decoy:?}; {with:.3} with, {without:.3} without; {k}: off by {off}");
        }
    }
    println!(
        "worst of 20 networks: occlusion {}, integrated gradients {}",
        worst[0], worst[1]
    );
    assert!(worst[0] <= 2);
    Ok(())
}
