//! What a run of a `Learner` does and leaves alone: learning, seeds and threads, evaluation mode.

use gradus::prelude::*;
use gradus_tests::in_threads;

use crate::support::{Stored, write_tensors};

type Moons = (Linear<2, 16>, ReLU, Linear<16, 2>);

/// All that could depend on the order of sums or of random numbers.
type Images = (
    (Conv2D<1, 4, 3, 1, 1>, BatchNorm2D<4>, ReLU, MaxPool2D<2>),
    Flatten<64>,
    (Linear<64, 32>, ReLU),
    DropoutOneIn<4>,
    Linear<32, 3>,
);

/// Stripes of three directions, brighter or darker from picture to picture.
fn stripes(n: usize) -> gradus::Result<Dataset> {
    let mut pixels = Vec::new();
    for i in 0..n {
        for (y, x) in (0..8).flat_map(|y| (0..8).map(move |x| (y, x))) {
            let phase = [x, y, x + y][i % 3] + i / 3;
            pixels.push(if phase % 4 < 2 {
                60 + (i * 37 % 190) as u8
            } else {
                (i * 53 % 60) as u8
            });
        }
    }
    Dataset::from_pixels(pixels, [1, 8, 8], (0..n).map(|i| i % 3).collect(), &["|", "-", "/"])
}

/// Points on y = 2x + 1.
fn line() -> gradus::Result<Dataset> {
    let x: Vec<f32> = (0..64).map(|i| i as f32 / 32.0 - 1.0).collect();
    let y = x.iter().map(|x| 2.0 * x + 1.0).collect();
    Dataset::regression(x, &[1], y, 1)
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// The bits of all numbers that a run produced, except its wall times.
#[derive(Debug, PartialEq)]
struct Numbers {
    batch_losses: Vec<u32>,
    epochs: Vec<[u64; 3]>,
    scores: Vec<u32>,
}

/// The scores of all samples.
fn scores(learner: &Learner, data: &Dataset) -> gradus::Result<Vec<u32>> {
    let predictions = learner.predict(data)?;
    let rows: gradus::Result<Vec<&[f32]>> = (0..data.len()).map(|i| predictions.scores(i)).collect();
    Ok(bits(&rows?.concat()))
}

/// The tensors of the network, those included that are not trained.
fn tensors(learner: &Learner) -> gradus::Result<Vec<u8>> {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("net.safetensors");
    learner.save(&path)?;
    Ok(std::fs::read(path).expect("the file just written"))
}

/// Weights from `device_seed`, batches from `order_seed`.
fn run(threads: usize, device_seed: u64, order_seed: u64) -> Numbers {
    let run = || {
        assert_eq!(rayon::current_num_threads(), threads);
        let (train, valid) = (stripes(67)?, stripes(31)?);
        let mut learner = Learner::classifier::<Images>(&device(device_seed)?, Adam::default())?;
        learner.quiet().set_batch_size(12).set_seed(order_seed);
        let history = learner.fit_one_cycle(&train, &valid, 3, 0.01)?;
        let epochs = history.epochs().iter();
        Ok::<_, Error>(Numbers {
            batch_losses: bits(history.batch_losses()),
            epochs: epochs
                .map(|e| [e.train_loss, e.valid_loss, e.metric].map(f64::to_bits))
                .collect(),
            scores: scores(&learner, &valid)?,
        })
    };
    in_threads(threads, run).expect("a run")
}

#[test]
fn a_seed_fixes_every_bit_whatever_the_number_of_threads() {
    let one = run(1, 5, 6);
    assert_eq!(
        one.batch_losses.len(),
        3 * 6,
        "67 samples in batches of 12, three times"
    );
    assert_eq!(one, run(1, 5, 6), "the same again");
    assert_eq!(one, run(2, 5, 6), "two threads");
    assert_eq!(one, run(4, 5, 6), "four threads");
}

#[test]
fn another_seed_gives_another_run() {
    let one = run(1, 5, 6);
    let (other_weights, other_order) = (run(1, 4, 6), run(1, 5, 7));
    assert_ne!(
        one.batch_losses[0], other_weights.batch_losses[0],
        "the first loss is that of the first weights"
    );
    assert_ne!(
        one.batch_losses, other_order.batch_losses,
        "the same weights on other batches"
    );
    assert_ne!(one.scores, other_order.scores);
}

/// Two calls of `fit` draw orders of their own, as one call of both lengths would.
#[test]
fn training_goes_on_where_it_stopped() -> gradus::Result<()> {
    let data = data::moons(90, 0.1, 1)?;
    let learner = || Learner::classifier::<Moons>(&device(3)?, AdamW::default());
    let (mut once, mut twice) = (learner()?, learner()?);
    once.quiet().set_batch_size(20);
    twice.quiet().set_batch_size(20);
    let whole = once.fit(&data, &data, 3)?;
    let parts = [twice.fit(&data, &data, 1)?, twice.fit(&data, &data, 2)?];
    let losses = [parts[0].batch_losses(), parts[1].batch_losses()].concat();
    assert_eq!(bits(whole.batch_losses()), bits(&losses));
    assert_eq!(tensors(&once)?, tensors(&twice)?);
    Ok(())
}

#[test]
fn fit_separates_the_moons() -> gradus::Result<()> {
    let (train, valid) = data::moons(400, 0.1, 0)?.split(0.75)?;
    let adam = Adam {
        lr: 0.03,
        ..Adam::default()
    };
    let mut learner = Learner::classifier::<Moons>(&device(0)?, adam)?;
    let (before, _) = learner.evaluate(&valid)?;
    let history = learner.quiet().set_batch_size(32).fit(&train, &valid, 20)?;
    let epochs = history.epochs();
    assert_eq!(
        epochs.iter().map(|e| e.number).collect::<Vec<_>>(),
        (1..=20).collect::<Vec<_>>()
    );
    assert_eq!(history.batch_losses().len(), 20 * 10, "300 samples in batches of 32");
    assert!(epochs[19].train_loss < 0.3 * epochs[0].train_loss, "{history}");
    assert!(epochs[19].valid_loss < 0.3 * before, "{before}, then\n{history}");
    assert!(epochs[19].metric > 0.95, "{history}");
    // The figures of the last epoch are those of the network as it is now.
    assert_eq!(learner.evaluate(&valid)?, (epochs[19].valid_loss, epochs[19].metric));
    let confusion = learner.confusion(&valid)?;
    assert_eq!(confusion.accuracy(), epochs[19].metric);
    Ok(())
}

/// The mean over an epoch counts samples, not batches: the last batch may be small.
#[test]
fn the_training_loss_is_the_mean_over_samples() -> gradus::Result<()> {
    let data = data::moons(45, 0.1, 1)?;
    let standing = Sgd {
        lr: 0.0,
        ..Sgd::default()
    };
    let mut learner = Learner::classifier::<Moons>(&device(1)?, standing)?;
    let history = learner.quiet().set_batch_size(20).fit(&data, &data, 1)?;
    let epoch = history.last().expect("one epoch");
    assert!((epoch.train_loss - epoch.valid_loss).abs() < 1e-6, "{epoch:?}");
    let plain = history.batch_losses().iter().map(|l| f64::from(*l)).sum::<f64>() / 3.0;
    assert!(
        (plain - epoch.valid_loss).abs() > 1e-5,
        "the batches are too alike to tell"
    );
    Ok(())
}

#[test]
fn every_loss_and_optimizer_finds_a_straight_line() -> gradus::Result<()> {
    let data = line()?;
    let optimizers: [Optimizer; 4] = [
        Sgd {
            lr: 0.05,
            momentum: 0.9,
            ..Sgd::default()
        }
        .into(),
        Adam {
            lr: 0.05,
            ..Adam::default()
        }
        .into(),
        AdamW {
            lr: 0.05,
            weight_decay: 1e-4,
            ..AdamW::default()
        }
        .into(),
        RmsProp {
            lr: 0.05,
            ..RmsProp::default()
        }
        .into(),
    ];
    for optimizer in optimizers {
        for loss in [Loss::Mse, Loss::Mae, Loss::Huber { delta: 0.5 }] {
            let mut learner = Learner::with_loss::<(Linear<1, 1>,)>(&device(0)?, optimizer, loss.clone())?;
            let history = learner
                .quiet()
                .set_batch_size(16)
                .fit_one_cycle(&data, &data, 60, optimizer.lr())?;
            let error = history.last().expect("epochs").metric;
            assert!(error < 0.02, "{optimizer:?}, {loss:?}: {error}\n{history}");
            let (slope, shift) = {
                let (layer,) = learner.network::<(Linear<1, 1>,)>()?;
                (layer.weight.array()[0][0], layer.bias.array()[0])
            };
            assert!(
                (slope - 2.0).abs() < 0.05 && (shift - 1.0).abs() < 0.05,
                "{slope} x + {shift}"
            );
        }
    }
    Ok(())
}

/// The metric of a regression is the mean absolute error, whatever the loss.
#[test]
fn the_error_of_a_regression_is_measured_in_its_units() -> gradus::Result<()> {
    let data = line()?;
    let mut learner = Learner::regressor::<(Linear<1, 1>,)>(&device(0)?, Sgd::default())?;
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("shifted.safetensors");
    let weight = Stored("0.weight".into(), vec![1, 1], vec![2.0]);
    write_tensors(&path, &[weight, Stored("0.bias".into(), vec![1], vec![1.5])]);
    learner.load(&path)?;
    let (loss, error) = learner.evaluate(&data)?;
    assert!(
        (loss - 0.25).abs() < 1e-6 && (error - 0.5).abs() < 1e-6,
        "{loss}, {error}"
    );
    assert_eq!(learner.quiet().fit(&data, &data, 1)?.metric_name(), "mean abs. error");
    Ok(())
}

#[test]
fn looking_leaves_the_network_as_it_is() -> gradus::Result<()> {
    let data = stripes(40)?;
    let mut learner = Learner::classifier::<Images>(&device(2)?, Adam::default())?;
    learner.quiet().fit(&data, &data, 1)?;
    let before = tensors(&learner)?;
    let first = scores(&learner, &data)?;
    learner.predict(&data)?;
    learner.evaluate(&data)?;
    learner.confusion(&data)?;
    learner.summary(&data)?;
    learner.network::<Images>()?;
    assert_eq!(tensors(&learner)?, before);
    assert_eq!(scores(&learner, &data)?, first);
    Ok(())
}

/// A copy of the network shares its numbers; training must not reach into it.
#[test]
fn a_copy_of_the_network_stays_behind() -> gradus::Result<()> {
    let data = data::moons(60, 0.1, 1)?;
    let mut learner = Learner::classifier::<Moons>(&device(2)?, Adam::default())?;
    let copy = learner.network::<Moons>()?;
    let before = copy.0.weight.as_vec();
    learner.quiet().fit(&data, &data, 1)?;
    assert_eq!(copy.0.weight.as_vec(), before);
    assert_ne!(learner.network::<Moons>()?.0.weight.as_vec(), before);
    Ok(())
}

#[test]
fn dropout_drops_in_training_only() -> gradus::Result<()> {
    type With = (Linear<2, 64>, DropoutOneIn<2>, Linear<64, 2>);
    type Without = (Linear<2, 64>, Linear<64, 2>);
    let data = data::moons(50, 0.1, 0)?;
    let folder = tempfile::tempdir().expect("folder");
    let numbers = |n: usize| {
        (0..n)
            .map(|i| ((i * 37 % 101) as f32 - 50.0) / 100.0)
            .collect::<Vec<_>>()
    };
    let mut learners = Vec::new();
    let standing = Sgd {
        lr: 0.0,
        ..Sgd::default()
    };
    for (last, learner) in [
        ("2", Learner::classifier::<With>(&device(1)?, standing)?),
        ("1", Learner::classifier::<Without>(&device(1)?, standing)?),
    ] {
        let path = folder.path().join(last);
        let stored = [
            Stored("0.weight".into(), vec![64, 2], numbers(128)),
            Stored("0.bias".into(), vec![64], numbers(64)),
            Stored(format!("{last}.weight"), vec![2, 64], numbers(128)),
            Stored(format!("{last}.bias"), vec![2], numbers(2)),
        ];
        write_tensors(&path, &stored);
        let mut learner = learner;
        learner.quiet().load(&path)?;
        learners.push(learner);
    }
    assert_eq!(scores(&learners[0], &data)?, scores(&learners[1], &data)?);
    let dropped = learners[0].fit(&data, &data, 2)?;
    let plain = learners[1].fit(&data, &data, 2)?;
    let losses = dropped.batch_losses();
    assert_ne!(losses[0], losses[1], "every step draws a mask of its own");
    assert!(losses.iter().all(|loss| !plain.batch_losses().contains(loss)));
    for (dropped, plain) in dropped.epochs().iter().zip(plain.epochs()) {
        assert_eq!(dropped.valid_loss, plain.valid_loss);
    }
    Ok(())
}

/// Batch normalization with the statistics of the batch would fail this.
#[test]
fn a_prediction_does_not_depend_on_its_neighbours() -> gradus::Result<()> {
    let data = stripes(300)?;
    let mut learner = Learner::classifier::<Images>(&device(2)?, Adam::default())?;
    learner.quiet().fit(&data, &data, 1)?;
    let all = learner.predict(&data)?;
    for i in [0, 17, 255, 256, 299] {
        let alone = learner.predict(&data.subset(&[i])?)?;
        for (a, b) in alone.scores(0)?.iter().zip(all.scores(i)?) {
            assert!((a - b).abs() < 1e-5, "sample {i}: {a} alone, {b} among others");
        }
        assert_eq!(alone.labels()?, [data.label(i)?]);
    }
    assert_eq!(all.labels()?, data.labels());
    Ok(())
}

#[test]
fn the_summary_counts_what_is_trained() -> gradus::Result<()> {
    let learner = Learner::classifier::<Images>(&device(0)?, Adam::default())?;
    let summary = learner.summary(&stripes(2)?)?;
    assert_eq!(
        summary.trainable(),
        (4 * 9 + 4) + (4 + 4) + (64 * 32 + 32) + (32 * 3 + 3)
    );
    // Mean and variance of four channels.
    assert_eq!(summary.fixed(), 4 + 4);
    let text = summary.to_string();
    assert!(text.starts_with("in: a sample of 1 x 8 x 8, out: 3 scores\n"), "{text}");
    assert!(text.contains("0.0.weight") && text.contains("4 x 1 x 3 x 3"), "{text}");
    assert!(text.ends_with("2227 trainable numbers, 8 others"), "{text}");
    Ok(())
}
