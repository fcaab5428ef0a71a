//! Right and wrong answers to the tasks of chapter 06.

use super::*;
use crate::rejected;
use gradus::device::device;
use gradus::nn::builders::{Flatten, Linear, ReLU, Tanh};
use gradus::train::Adam;

#[test]
fn epochs_for_steps() {
    assert!(epochs(|steps, n, b| steps.div_ceil(n.div_ceil(b))).passed());
    rejected(epochs(|steps, n, b| steps / n.div_ceil(b)), "not enough");
    rejected(
        epochs(|steps, n, b| steps.div_ceil((n / b).max(1))),
        "it is a step as well",
    );
    rejected(epochs(|steps, n, b| (steps * b).div_ceil(n)), "whole number of steps");
    rejected(epochs(|_, _, _| 3), "one epoch");
}

#[test]
fn like_the_training_set() {
    assert!(like_train(|train, other| normalized(train, other, 0)).passed());
    rejected(like_train(|_, other| normalized(other, other, 0)), "a leak");
    rejected(
        like_train(|train, _| normalized(train, train, 0)),
        "rows of the training set",
    );
    rejected(like_train(|train, other| normalized(train, other, 1)), "n − 1");
    rejected(
        like_train(|train, other| {
            let m = moments(train, 0);
            let one = |row: &Row| [0, 1, 2].map(|k| (row[k] - m[k].0) / m[k].1.powi(2));
            other.iter().map(one).collect()
        }),
        "variance",
    );
    rejected(
        like_train(|train, other| {
            let m = moments(train, 0);
            let one = |row: &Row| [0, 1, 2].map(|k| (row[k] - m[k].0) / m[k].1);
            other.iter().map(one).collect()
        }),
        "the deviation 0",
    );
    rejected(
        like_train(|train, other| {
            let m = moments(train, 0)[0];
            other.iter().map(|row| row.map(|x| (x - m.0) / m.1)).collect()
        }),
        "of its own",
    );
    rejected(like_train(|_, other| other.to_vec()), "of its own");
}

#[test]
fn pictures_fit() {
    fn net<N: gradus::train::Trainable>(dev: &Dev) -> Result<Learner> {
        Learner::classifier::<N>(dev, Adam::default())
    }
    type Right = (Flatten<504>, Linear<504, 40>, ReLU, Linear<40, 24>, ReLU, Linear<24, 6>);
    type Hidden = (Linear<40, 24>, ReLU, Linear<24, 6>);
    let right = other_pictures(net::<Right>);
    assert!(right.passed(), "{right}");
    rejected(
        other_pictures(net::<(Flatten<540>, Linear<540, 40>, ReLU, Hidden)>),
        "540",
    );
    rejected(
        other_pictures(net::<(Flatten<504>, Linear<504, 40>, ReLU, Linear<40, 6>)>),
        "weights and biases",
    );
    rejected(
        other_pictures(net::<(Flatten<504>, Linear<504, 40>, ReLU, Linear<40, 5>)>),
        "error",
    );
    // As many numbers, but nothing bends, or something else does.
    rejected(
        other_pictures(net::<(Flatten<504>, Linear<504, 40>, Linear<40, 24>, Linear<24, 6>)>),
        "other layers",
    );
    rejected(
        other_pictures(net::<(Flatten<504>, Linear<504, 40>, Tanh, Linear<40, 24>, Tanh, Linear<24, 6>)>),
        "other layers",
    );
}

#[test]
fn loops_by_hand() {
    let verdict = loop_by_hand(|net, dev, data, lr| one_epoch(net, dev, data, lr, true));
    assert!(verdict.passed(), "{verdict}");
    rejected(
        loop_by_hand(|net, dev, data, lr| one_epoch(net, dev, data, lr, false)),
        "pile up",
    );
    rejected(
        loop_by_hand(|net, dev, data, lr| one_epoch(net, dev, data, -lr, true)),
        "uphill",
    );
    rejected(
        loop_by_hand(|net, dev, data, _| one_epoch(net, dev, data, 0.0, true)),
        "never moved",
    );
    rejected(
        loop_by_hand(|net, dev, data, lr| one_epoch(net, dev, &data.take(data.len() / 32 * 32), lr, true)),
        "it is a batch",
    );
    rejected(loop_by_hand(|_, _, _, _| Ok(vec![])), "every batch");
}

type Net = (Linear<6, 32>, ReLU, Linear<32, 32>, ReLU, Linear<32, 2>);

fn way(raw: &Dataset, seed: u64) -> Result<Promise> {
    let (rest, test) = raw.split_seeded(0.75, seed)?;
    let (train, valid) = rest.split_seeded(0.8, seed)?;
    let (mean, std) = train.mean_std();
    let train = train.normalize(&mean, &std)?;
    let (valid, test) = (valid.normalized_like(&train)?, test.normalized_like(&train)?);
    let adam = Adam {
        lr: 3e-3,
        ..Adam::default()
    };
    let mut learner = Learner::classifier::<Net>(&device(seed)?, adam)?;
    learner.quiet().set_seed(seed).fit(&train, &valid, 30)?;
    let (_, accuracy) = learner.evaluate(&test)?;
    Ok((learner, train, accuracy))
}

#[test]
fn promises() {
    let verdict = honest(|raw| way(raw, 1));
    assert!(verdict.passed(), "{verdict}");
    // The same learner, but another promise: a constant, and the accuracy on what a large network has memorized.
    rejected(honest(|raw| Ok((way(raw, 1)?.0, way(raw, 1)?.1, 0.95))), "Too good");
    rejected(
        honest(|raw| {
            type Large = (Linear<6, 128>, ReLU, Linear<128, 128>, ReLU, Linear<128, 2>);
            let (mean, std) = raw.mean_std();
            let train = raw.normalize(&mean, &std)?;
            let adam = Adam {
                lr: 3e-3,
                ..Adam::default()
            };
            let mut learner = Learner::classifier::<Large>(&device(1)?, adam)?;
            learner.quiet().fit(&train, &train, 60)?;
            let accuracy = learner.evaluate(&train)?.1;
            Ok((learner, train, accuracy))
        }),
        "trained on",
    );
    rejected(
        honest(|raw| {
            let mut learner = Learner::classifier::<Net>(&device(1)?, Adam::default())?;
            learner.quiet().fit(raw, raw, 10)?;
            Ok((learner, raw.clone(), 0.5))
        }),
        "thousands",
    );
    rejected(
        honest(|raw| {
            let (learner, train, promise) = way(raw, 1)?;
            Ok((learner, train, 100.0 * promise))
        }),
        "from 0 to 1",
    );
    rejected(
        honest(|raw| {
            let (mean, std) = raw.mean_std();
            let learner = Learner::classifier::<Net>(&device(1)?, Adam::default())?;
            Ok((learner, raw.normalize(&mean, &std)?, 0.5))
        }),
        "right on new samples",
    );
}

#[test]
#[ignore = "run once: an unlucky seed cannot fail a right answer"]
fn twenty_seeds() -> Result<()> {
    let (mut above, mut off) = (f64::INFINITY, 0.0_f64);
    for (number, spoilt) in SETS {
        let sets = measured(4000, number, spoilt).and_then(|raw| Ok((raw, measured(6000, number + 50, spoilt)?)));
        let (raw, new) = sets.map_err(|failure| Error::Plot(failure.got))?;
        for seed in 0..20 {
            let (learner, train, promise) = way(&raw, seed)?;
            let accuracy = learner.evaluate(&new.normalized_like(&train)?)?.1;
            above = above.min(accuracy - (0.88 - spoilt));
            off = off.max((promise - accuracy).abs());
        }
    }
    println!("worst of 20 seeds: {above} above what is asked for, promise off by {off}");
    assert!(above > 0.01 && off < 0.045);
    Ok(())
}
