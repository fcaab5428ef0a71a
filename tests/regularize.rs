//! Dropout, activity penalties, input noise, mixup and the L1 penalty.

use gradus::ops;
use gradus::prelude::*;
use gradus::train::{InputNoise, Mixup};
use proptest::prelude::*;

type T1 = Tensor<(usize,), f32, Cpu>;

fn in_threads<R: Send>(threads: usize, f: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(f)
}

fn ones(dev: &Cpu, n: usize) -> T1 {
    dev.ones_like(&(n,))
}

#[test]
fn dropout_drops_its_share_and_keeps_the_mean() {
    let dev = Cpu::seed_from_u64(1);
    for (rate, n) in [(0.2f32, 200_001), (0.5, 70_000), (0.9, 200_000)] {
        let y = ops::dropout(ones(&dev, n), rate).expect("a rate").as_vec();
        let dropped = y.iter().filter(|y| **y == 0.0).count() as f64;
        let (expected, spread) = (
            f64::from(rate) * n as f64,
            (f64::from(rate * (1.0 - rate)) * n as f64).sqrt(),
        );
        assert!(
            (dropped - expected).abs() < 4.0 * spread,
            "{dropped} of {n} at a rate of {rate}"
        );
        assert!(y.iter().all(|y| *y == 0.0 || *y == 1.0 / (1.0 - rate)));
        // Neighbours know nothing of each other.
        let pairs = y.windows(2).filter(|pair| pair == &[0.0, 0.0]).count() as f64;
        let together = f64::from(rate * rate) * n as f64;
        assert!(
            (pairs - together).abs() < 6.0 * together.sqrt(),
            "{pairs} pairs of {together}"
        );
    }
    assert_eq!(ops::dropout(ones(&dev, 9), 0.0).expect("a rate").as_vec(), [1.0; 9]);
    for rate in [1.0, -0.1, f32::NAN] {
        let text = ops::dropout(ones(&dev, 9), rate).map(|_| ()).unwrap_err().to_string();
        assert!(
            text.starts_with("dropout rate: expected at least 0 and less than 1"),
            "{text}"
        );
    }
}

#[test]
fn dropout_passes_gradients_where_it_passed_numbers() {
    let dev = Cpu::seed_from_u64(2);
    let x: T1 = dev.sample_normal_like(&(40_001,));
    let y = ops::dropout(x.leaky_trace(), 0.3).expect("a rate");
    let values = y.as_vec();
    let shortcut = x.retaped::<OwnedTape<f32, Cpu>>();
    let gradient = (y + shortcut).sum().backward().get(&x).as_vec();
    for ((y, x), g) in values.iter().zip(x.as_vec()).zip(gradient) {
        let factor = if *y == 0.0 { 0.0 } else { 1.0 / 0.7 };
        assert!((y - x * factor).abs() < 1e-5 && (g - factor - 1.0).abs() < 1e-5);
    }
}

#[test]
fn dropout_has_a_seed_and_no_threads() {
    let masks = |seed: u64| {
        let dev = Cpu::seed_from_u64(seed);
        let draw = || ops::dropout(ones(&dev, 100_000), 0.5).expect("a rate").as_vec();
        (draw(), draw())
    };
    let one = in_threads(1, || masks(3));
    assert_eq!(one, in_threads(4, || masks(3)));
    assert_ne!(one.0, one.1, "every call has a mask of its own");
    assert_ne!(one.0, masks(4).0);
}

#[test]
fn layers_do_nothing_in_evaluation() {
    let dev = Cpu::seed_from_u64(5);
    let x: Tensor<Rank2<6, 8>, f32, _> = dev.sample_normal();
    let mut net = dev.build_module::<(Dropout<50>, ActivityL1<1, 0>, ActivityL2<1, 0>), f32>();
    assert_eq!(net.try_forward(x.clone()).expect("forward").array(), x.array());
    let gradients = net.try_forward(x.leaky_trace()).expect("forward").sum().backward();
    assert_eq!(gradients.get(&x).array(), [[1.0; 8]; 6]);
    let y = net.try_forward_mut(x.leaky_trace()).expect("forward");
    assert!(y.as_vec().contains(&0.0));
    assert_ne!(y.sum().backward().get(&x).array(), [[1.0; 8]; 6]);
}

/// The slope that a penalty adds, against central differences of a loss that contains it.
#[test]
fn activity_penalties_have_the_gradient_of_their_loss() {
    let dev = Cpu::seed_from_u64(6);
    let x: Tensor<Rank2<5, 7>, f32, Cpu> = dev.sample_normal();
    let w: Tensor<Rank2<5, 7>, f32, Cpu> = dev.sample_normal();
    for (l1, l2) in [(0.7, 0.0), (0.0, 0.4), (0.3, 0.2)] {
        let loss = |x: &[f32]| -> f64 {
            let own = x
                .iter()
                .zip(w.as_vec())
                .map(|(x, w)| f64::from(x.tanh() * w))
                .sum::<f64>();
            let penalty = |x: &f32| f64::from(l1 * x.abs() + l2 * x * x);
            own + x.iter().map(penalty).sum::<f64>() / 5.0
        };
        let y = ops::penalize_activity(x.leaky_trace(), l1, l2).expect("strengths");
        assert_eq!(y.array(), x.array());
        let gradient = (y.tanh() * w.clone()).sum().backward().get(&x).as_vec();
        for (i, g) in gradient.iter().enumerate() {
            let moved = |by: f32| {
                let mut values = x.as_vec();
                values[i] += by;
                loss(&values)
            };
            let numeric = (moved(1e-3) - moved(-1e-3)) / 2e-3;
            assert!(
                (numeric - f64::from(*g)).abs() < 2e-3,
                "{l1}, {l2}: [{i}] {g}, numeric {numeric}"
            );
        }
    }
    let text = ops::penalize_activity(x, -1.0, 0.0)
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(text.starts_with("strength of an activity penalty"), "{text}");
}

#[test]
fn an_activity_layer_has_the_strength_of_its_name() {
    let dev = Cpu::default();
    let x: Tensor<Rank2<2, 2>, f32, _> = dev.tensor([[1.0, -2.0], [3.0, 0.0]]);
    let mut net = dev.build_module::<(ActivityL1<5, 4>, ActivityL2<25, 3>), f32>();
    let gradient = net
        .try_forward_mut(x.leaky_trace())
        .expect("forward")
        .sum()
        .backward()
        .get(&x)
        .as_vec();
    for (g, (sign, x)) in gradient
        .iter()
        .zip([(1.0, 1.0), (-1.0, -2.0), (1.0, 3.0), (0.0, 0.0f32)])
    {
        let expected = 1.0 + 5e-4 / 2.0 * sign + 0.025 / 2.0 * 2.0 * x;
        assert!((g - expected).abs() < 1e-6, "{g} for {expected}");
    }
}

#[test]
fn an_activity_penalty_makes_activations_sparse() -> gradus::Result<()> {
    type Plain = (Linear<2, 32>, ReLU, Linear<32, 2>);
    type Sparse = (Linear<2, 32>, ReLU, ActivityL1<2, 2>, Linear<32, 2>);
    let (train, valid) = data::moons(500, 0.1, 0)?.split(0.8)?;
    let adam = Adam {
        lr: 0.02,
        ..Adam::default()
    };
    let mut plain = Learner::classifier::<Plain>(&device(0)?, adam)?;
    let mut sparse = Learner::classifier::<Sparse>(&device(0)?, adam)?;
    let right =
        [&mut plain, &mut sparse].map(|l| l.quiet().fit(&train, &valid, 60).map(|h| h.last().map(|e| e.metric)));
    for right in right {
        assert!(right?.unwrap_or(0.0) > 0.95);
    }
    let x: Tensor<(usize, Const<2>), f32, _> =
        device(0)?.tensor_from_vec(valid.batch(&Vec::from_iter(0..100))?.inputs, (100, Const));
    let first = [plain.network::<Plain>()?.0, sparse.network::<Sparse>()?.0];
    let [plain, sparse] = first.map(|layer| layer.forward(x.clone()).relu().as_vec().iter().sum::<f32>());
    assert!(
        sparse < 0.5 * plain,
        "activations of {sparse} in all, {plain} without the penalty"
    );
    Ok(())
}

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
