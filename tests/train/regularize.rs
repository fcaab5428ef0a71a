//! Input noise, mixup and the L1 penalty.

use gradus::prelude::*;
use gradus::train::{InputNoise, Mixup};
use gradus_tests::in_threads;
use proptest::prelude::*;

fn info(seed: u64) -> BatchInfo {
    BatchInfo {
        epoch: 0,
        step: 0,
        classes: 3,
        seed,
    }
}

/// `n` samples of three classes whose inputs are their targets, one-hot.
fn hot(n: usize) -> Batch {
    let classes: Vec<usize> = (0..n).map(|i| (i * i + i / 3) % 3).collect();
    let targets = data::Targets::Classes(classes);
    Batch {
        inputs: targets.probabilities(3).expect("classes"),
        sample_shape: vec![3],
        targets,
    }
}

#[test]
fn input_noise_is_what_it_says() {
    let batch = Batch {
        inputs: vec![2.0; 60_000],
        sample_shape: vec![6],
        targets: data::Targets::Classes(vec![0; 10_000]),
    };
    let noisy = |std, seed| InputNoise { std }.transform(batch.clone(), &info(seed));
    let x = noisy(0.3, 1).expect("a batch").inputs;
    let mean = x.iter().sum::<f32>() / 60_000.0;
    let std = (x.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 60_000.0).sqrt();
    assert!(
        (mean - 2.0).abs() < 0.006 && (std - 0.3).abs() < 0.005,
        "mean {mean}, std {std}"
    );
    assert_eq!(noisy(0.3, 1).expect("a batch").inputs, x);
    assert_ne!(noisy(0.3, 2).expect("a batch").inputs, x);
    assert_eq!(noisy(0.0, 1).expect("a batch"), batch);
    for std in [-1.0, f32::NAN] {
        let text = noisy(std, 1).unwrap_err().to_string();
        assert!(
            text.starts_with("standard deviation of the input noise: expected a finite number"),
            "{text}"
        );
    }
}

proptest! {
    /// Inputs and targets are mixed alike, rows stay probabilities, and nothing is lost: every sample is a partner once.
    #[test]
    fn mixup_mixes_inputs_and_targets_alike(seed: u64, n in 1usize..40, alpha in 0.01f32..5.0) {
        let before = hot(n);
        let batch = Mixup { alpha }.transform(before.clone(), &info(seed)).expect("a batch");
        let targets = batch.targets.probabilities(3).expect("probabilities");
        prop_assert_eq!(&batch.inputs, &targets);
        prop_assert!(targets.chunks(3).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-5));
        for class in 0..3 {
            let sum = |x: &[f32]| x.iter().skip(class).step_by(3).sum::<f32>();
            prop_assert!((sum(&before.inputs) - sum(&targets)).abs() < 1e-3);
        }
    }
}

#[test]
fn mixup_draws_its_share_from_a_beta_distribution() {
    // Two samples, 0 and 1: where the partners are swapped, the second input is the share.
    let batch = |_| Batch {
        inputs: vec![0.0, 1.0],
        sample_shape: vec![1],
        targets: data::Targets::Classes(vec![0, 1]),
    };
    for alpha in [0.2f32, 1.0, 4.0] {
        let draw = |seed| {
            Mixup { alpha }
                .transform(batch(seed), &info(seed))
                .expect("a batch")
                .inputs
        };
        let shares: Vec<f64> = (0..8000)
            .map(draw)
            .filter(|x| *x != [0.0, 1.0])
            .map(|x| f64::from(x[1]))
            .collect();
        assert!((3700..4300).contains(&shares.len()), "half of the permutations swap");
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let variance = shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / shares.len() as f64;
        let expected = 0.25 / (2.0 * f64::from(alpha) + 1.0);
        assert!((mean - 0.5).abs() < 0.03, "mean {mean}");
        assert!(
            (variance / expected - 1.0).abs() < 0.1,
            "variance {variance} for {expected}"
        );
    }
}

#[test]
fn mixup_takes_values_and_refuses_nonsense() {
    let values = data::Targets::Values {
        data: vec![1.0, 5.0, 2.0, 3.0],
        dim: 2,
    };
    let batch = Batch {
        inputs: vec![1.0, 5.0, 2.0, 3.0],
        sample_shape: vec![2],
        targets: values,
    };
    let mixed = Mixup { alpha: 1.0 }
        .transform(batch.clone(), &info(0))
        .expect("a batch");
    let data::Targets::Values { data, dim: 2 } = mixed.targets else {
        panic!("values stay values")
    };
    assert_eq!(data, mixed.inputs);
    assert_eq!(
        Mixup { alpha: 0.0 }
            .transform(batch.clone(), &info(0))
            .expect("a batch"),
        batch
    );
    let text = Mixup { alpha: f32::INFINITY }
        .transform(batch, &info(0))
        .unwrap_err()
        .to_string();
    assert!(text.starts_with("alpha of mixup: expected a finite number"), "{text}");
}

type Net = (Linear<2, 16>, ReLU, Dropout<20>, Linear<16, 2>);

fn weights(learner: &Learner) -> gradus::Result<Vec<f32>> {
    let net: Built<Net> = learner.network::<Net>()?;
    Ok([
        net.0.weight.as_vec(),
        net.0.bias.as_vec(),
        net.3.weight.as_vec(),
        net.3.bias.as_vec(),
    ]
    .concat())
}

#[test]
fn the_l1_penalty_is_a_pull_after_the_step() -> gradus::Result<()> {
    let train = data::moons(64, 0.1, 0)?;
    let one_step = |l1: f32| {
        let mut learner = Learner::classifier::<Net>(
            &device(0)?,
            Sgd {
                lr: 0.1,
                ..Sgd::default()
            },
        )?;
        learner.set_batch_size(64).set_l1(l1).quiet().fit(&train, &train, 1)?;
        learner.network::<Net>()
    };
    let (plain, pulled) = (one_step(0.0)?, one_step(0.5)?);
    for (w, p) in plain.0.weight.as_vec().iter().zip(pulled.0.weight.as_vec()) {
        let expected = w.signum() * (w.abs() - 0.05).max(0.0);
        assert!((expected - p).abs() < 1e-7, "{p} for {expected}");
    }
    assert!(
        pulled.0.weight.as_vec().contains(&0.0),
        "small weights become exact zeros"
    );
    assert_eq!(plain.0.bias.as_vec(), pulled.0.bias.as_vec(), "biases are left alone");
    let mut learner = Learner::classifier::<Net>(&device(0)?, Sgd::default())?;
    let text = learner
        .set_l1(f32::NAN)
        .quiet()
        .fit(&train, &train, 1)
        .unwrap_err()
        .to_string();
    assert!(
        text.starts_with("strength of the L1 penalty: expected a finite number"),
        "{text}"
    );
    Ok(())
}

/// All of it at once: the same seed gives the same weights, whatever the number of threads.
#[test]
fn training_with_all_of_them_repeats() -> gradus::Result<()> {
    let run = |threads: usize, seed: u64| {
        in_threads(threads, move || -> gradus::Result<Vec<f32>> {
            let (train, valid) = data::moons(300, 0.1, 0)?.split(0.8)?;
            let mut learner = Learner::classifier::<Net>(&device(7)?, Adam::default())?;
            learner
                .set_seed(seed)
                .set_input_noise(0.1)
                .set_mixup(0.2)
                .set_l1(1e-3)
                .quiet();
            learner
                .set_constraint(Constraint::MaxNorm(2.0))
                .fit(&train, &valid, 3)?;
            weights(&learner)
        })
    };
    let one = run(1, 0)?;
    assert_eq!(one, run(1, 0)?);
    assert_eq!(one, run(4, 0)?);
    assert_ne!(one, run(1, 1)?);
    Ok(())
}
