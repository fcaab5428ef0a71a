//! How a run ends when something goes wrong, and what is refused before it begins: weights that run away, a last batch of one
//! sample, settings without a meaning; and what a batch counts where its classes have weights.

use std::cell::Cell;
use std::rc::Rc;

use gradus::prelude::*;

type Line = (Linear<1, 1>,);

/// y = 2x.
fn line() -> gradus::Result<Dataset> {
    let x: Vec<f32> = (0..32).map(|i| i as f32 / 16.0 - 1.0).collect();
    let y = x.iter().map(|x| 2.0 * x).collect();
    Dataset::regression(x, &[1], y, 1)
}

/// Makes the steps from epoch `.0` on so long that the weights run away.
struct Storm(usize);

impl Callback for Storm {
    fn fit_begin(&mut self, learner: &mut Learner, _: &FitBegin) -> gradus::Result<()> {
        learner.set_lr(if self.0 == 1 { 1e30 } else { 0.1 });
        Ok(())
    }

    fn epoch_end(&mut self, learner: &mut Learner, event: &EpochEnd) -> gradus::Result<Control> {
        if event.epoch.number + 1 == self.0 {
            learner.set_lr(1e30);
        }
        Ok(Control::Continue)
    }
}

fn numbers(learner: &Learner) -> gradus::Result<Vec<f32>> {
    let dict = learner.state_dict()?;
    let names = dict.names();
    Ok(names
        .iter()
        .flat_map(|name| dict.get(name).expect("there").1.to_vec())
        .collect())
}

#[test]
fn a_run_that_runs_away_leaves_its_history_and_the_best_weights() -> gradus::Result<()> {
    let data = line()?;
    let folder = tempfile::tempdir().expect("a folder");
    for monitor in [Monitor::ValidLoss, Monitor::Metric] {
        let mut learner = Learner::regressor::<Line>(&device(1)?, Sgd::default())?;
        learner.quiet().set_batch_size(8).add(Storm(4));
        learner
            .add(EarlyStopping::new(9).monitor(monitor))
            .add(Checkpoint::new(folder.path()).monitor(monitor));
        let error = learner.fit(&data, &data, 9).expect_err("weights that run away");
        assert!(matches!(error, Error::NotFinite { .. }), "{error}");
        let epochs = learner.history().epochs().to_vec();
        assert_eq!(epochs.len(), 3);
        assert!(learner.history().batch_losses().len() > 3 * 4);
        let best = epochs.iter().map(|e| e.valid_loss).fold(f64::INFINITY, f64::min);
        assert_eq!(learner.evaluate(&data)?.0, best, "{monitor:?}");
        let weights = numbers(&learner)?;
        learner.load(folder.path().join("best.safetensors"))?;
        assert_eq!(numbers(&learner)?, weights);
        // The learner is as good as ever.
        learner.clear_callbacks();
        learner.set_lr(0.1);
        assert_eq!(learner.fit(&data, &data, 2)?.epochs().len(), 2);
    }
    Ok(())
}

#[test]
fn without_a_best_epoch_there_is_nothing_to_restore() -> gradus::Result<()> {
    let data = line()?;
    let mut learner = Learner::regressor::<Line>(&device(1)?, Sgd::default())?;
    learner.quiet().set_batch_size(8).add(EarlyStopping::new(9));
    learner.set_lr(0.1).fit(&data, &data, 3)?;
    // The best epoch of an earlier run is not this run's.
    learner.add(Storm(1));
    assert!(learner.fit(&data, &data, 3).is_err());
    assert_eq!(learner.history().epochs().len(), 0);
    // Refused before it began: the history is still that of the last run.
    learner.set_lr(f32::NAN);
    assert!(learner.fit(&data, &data, 3).is_err());
    assert!(!learner.history().batch_losses().is_empty());
    Ok(())
}

/// An error of a callback's own ends a run as well.
#[test]
fn callbacks_hear_of_a_run_that_failed() -> gradus::Result<()> {
    struct Ends(Rc<Cell<(usize, usize)>>);
    impl Callback for Ends {
        fn fit_end(&mut self, _: &mut Learner, _: &FitEnd) -> gradus::Result<()> {
            self.0.set((self.0.get().0 + 1, self.0.get().1));
            Ok(())
        }

        fn fit_failed(&mut self, _: &mut Learner, event: &FitEnd) -> gradus::Result<()> {
            assert_eq!(event.history.epochs().len(), 1);
            self.0.set((self.0.get().0, self.0.get().1 + 1));
            Err(Error::Plot("one error is enough".into()))
        }
    }
    struct Tired;
    impl Callback for Tired {
        fn batch_end(&mut self, _: &mut Learner, event: &BatchEnd) -> gradus::Result<Control> {
            match event.epoch {
                1 => Ok(Control::Continue),
                _ => Err(Error::Plot("tired".into())),
            }
        }
    }
    let data = line()?;
    let ends = Rc::new(Cell::new((0, 0)));
    let mut learner = Learner::regressor::<Line>(&device(1)?, Sgd::default())?;
    learner.quiet().add(Ends(ends.clone()));
    learner.fit(&data, &data, 2)?;
    assert_eq!(ends.get(), (1, 0));
    let error = learner.add(Tired).fit(&data, &data, 3).expect_err("tired");
    assert!(error.to_string().contains("tired"), "{error}");
    assert_eq!((ends.get(), learner.history().epochs().len()), ((1, 1), 1));
    Ok(())
}

type Normed = (Linear<2, 4>, BatchNorm1D<4>, ReLU, Linear<4, 2>);
type Pictures = ((Conv2D<1, 2, 3>, BatchNorm2D<2>, ReLU), Flatten<2>, Linear<2, 2>);
type Roomy = ((Conv2D<1, 2, 3>, BatchNorm2D<2>, ReLU), AvgPoolGlobal, Linear<2, 2>);

#[test]
fn a_last_batch_of_one_sample_is_refused_before_the_first_step() -> gradus::Result<()> {
    let dev = device(2)?;
    let points = |n: usize| data::moons(n, 0.1, 0);
    let pictures = |n: usize, side: usize| {
        let pixels = (0..n * side * side).map(|i| (i as f32).sin()).collect();
        Dataset::from_values(pixels, &[1, side, side], (0..n).map(|i| i % 2).collect(), &["a", "b"])
    };
    let learners: [(Learner, Dataset, bool); 4] = [
        (Learner::classifier::<Normed>(&dev, Sgd::default())?, points(21)?, false),
        (
            Learner::classifier::<Pictures>(&dev, Sgd::default())?,
            pictures(21, 3)?,
            false,
        ),
        // One sample has many pixels, or nothing asks for a spread.
        (
            Learner::classifier::<Roomy>(&dev, Sgd::default())?,
            pictures(21, 5)?,
            true,
        ),
        (
            Learner::classifier::<(Linear<2, 2>,)>(&dev, Sgd::default())?,
            points(21)?,
            true,
        ),
    ];
    for (i, (mut learner, data, fine)) in learners.into_iter().enumerate() {
        learner.quiet().set_batch_size(10);
        let before = numbers(&learner)?;
        match learner.fit(&data, &data, 1) {
            Ok(_) => assert!(fine, "learner {i}"),
            Err(error) => {
                let text = error.to_string();
                assert!(
                    !fine && text.contains("last batch") && text.contains("drop_last(true)"),
                    "{i}: {text}"
                );
                assert!(
                    text.contains("BatchNorm") && text.contains("21 samples, in batches of 10"),
                    "{text}"
                );
                assert_eq!(numbers(&learner)?, before, "nothing has moved");
                assert!(learner.lr_find(&data).is_err());
            }
        }
        let history = learner.drop_last(true).fit(&data, &data, 2)?;
        assert_eq!(history.batch_losses().len(), 2 * 2, "two batches of 10 in each epoch");
        assert!(learner.copy()?.lr_find(&data).is_ok());
        learner.drop_last(false).set_batch_size(7);
        assert_eq!(learner.fit(&data, &data, 1)?.batch_losses().len(), 3);
        learner.drop_last(true);
        assert_eq!(
            learner.fit(&data, &data, 1)?.batch_losses().len(),
            3,
            "no batch is smaller"
        );
        let error = learner
            .set_batch_size(22)
            .fit(&data, &data, 1)
            .expect_err("no batch")
            .to_string();
        assert!(
            error.contains("at least 22 samples") && error.contains("got 21"),
            "{error}"
        );
    }
    Ok(())
}

/// Classes 0, 0, 1, 1 with weights 1 and 9: two batches of two are one of four.
#[test]
fn weighted_classes_count_alike_in_gathered_batches_and_in_the_history() -> gradus::Result<()> {
    let data = Dataset::from_values(vec![0.3, -1.0, 0.8, 2.0], &[1], vec![0, 0, 1, 1], &["a", "b"])?;
    let loss = || CrossEntropy {
        weights: vec![1.0, 9.0],
        label_smoothing: 0.1,
    };
    let run = |batch: usize, gather: usize, seed: u64, lr: f32| {
        let sgd = Sgd { lr, ..Sgd::default() };
        let mut learner = Learner::with_loss::<(Linear<1, 2>,)>(&device(3)?, sgd, loss())?;
        learner.quiet().set_batch_size(batch).accumulate(gather).set_seed(seed);
        let history = learner.fit(&data, &data, 3)?;
        Ok::<_, Error>((numbers(&learner)?, history))
    };
    for seed in 0..6 {
        let (large, _) = run(4, 1, seed, 0.5)?;
        for (batch, gather) in [(2, 2), (1, 4), (3, 2), (1, 9)] {
            let (gathered, _) = run(batch, gather, seed, 0.5)?;
            for (a, b) in large.iter().zip(&gathered) {
                assert!((a - b).abs() < 1e-5, "seed {seed}, {gather} of {batch}: {a}, {b}");
            }
        }
        for batch in [1, 2, 3, 4] {
            let (_, history) = run(batch, 1, seed, 0.0)?;
            for epoch in history.epochs() {
                let (train, valid) = (epoch.train_loss, epoch.valid_loss);
                assert!((train - valid).abs() < 1e-6, "batches of {batch}: {train} for {valid}");
            }
        }
    }
    Ok(())
}

#[test]
fn settings_without_a_meaning_are_refused() -> gradus::Result<()> {
    let data = line()?;
    let mut optimizers: Vec<(Optimizer, &str)> = Vec::new();
    for bad in [1.0, -0.1, 2.0, f32::NAN] {
        for betas in [[bad, 0.999], [0.9, bad]] {
            optimizers.push((
                Adam {
                    betas,
                    ..Adam::default()
                }
                .into(),
                "beta of Adam",
            ));
            optimizers.push((
                AdamW {
                    betas,
                    ..AdamW::default()
                }
                .into(),
                "beta of AdamW",
            ));
        }
        optimizers.push((
            RmsProp {
                alpha: bad,
                ..RmsProp::default()
            }
            .into(),
            "alpha of RmsProp",
        ));
    }
    for bad in [-1e-3, f32::NAN, f32::INFINITY] {
        let (weight_decay, eps) = (bad, bad);
        optimizers.extend([
            (
                Sgd {
                    weight_decay,
                    ..Sgd::default()
                }
                .into(),
                "weight decay of Sgd",
            ),
            (
                Adam {
                    weight_decay,
                    ..Adam::default()
                }
                .into(),
                "weight decay of Adam",
            ),
            (
                AdamW {
                    weight_decay,
                    ..AdamW::default()
                }
                .into(),
                "weight decay of AdamW",
            ),
            (
                RmsProp {
                    weight_decay,
                    ..RmsProp::default()
                }
                .into(),
                "weight decay of RmsProp",
            ),
            (
                Adagrad {
                    weight_decay,
                    ..Adagrad::default()
                }
                .into(),
                "weight decay of Adagrad",
            ),
            (Adam { eps, ..Adam::default() }.into(), "eps of Adam"),
            (
                Adagrad {
                    eps,
                    ..Adagrad::default()
                }
                .into(),
                "eps of Adagrad",
            ),
            (
                Sgd {
                    momentum: bad,
                    ..Sgd::default()
                }
                .into(),
                "momentum of Sgd",
            ),
        ]);
    }
    optimizers.push((
        Sgd {
            nesterov: true,
            ..Sgd::default()
        }
        .into(),
        "nesterov",
    ));
    for (optimizer, says) in optimizers {
        let mut learner = Learner::regressor::<Line>(&device(1)?, optimizer)?;
        let before = numbers(&learner)?;
        let error = learner.quiet().fit(&data, &data, 1).expect_err(says).to_string();
        assert!(error.contains(says), "{error}");
        assert_eq!(numbers(&learner)?, before);
        assert!(Stepper::new(optimizer, 1).step(&mut [0.0], &[1.0]).is_err(), "{says}");
    }
    for delta in [-1.0, 0.0, f32::NAN, f32::INFINITY] {
        let mut learner = Learner::with_loss::<Line>(&device(1)?, Sgd::default(), Loss::Huber { delta })?;
        let error = learner.quiet().fit(&data, &data, 1).expect_err("delta").to_string();
        assert!(error.contains("delta of the Huber loss"), "{error}");
        assert!(learner.evaluate(&data).is_err());
    }
    for least in [-1.0, f64::NAN, f64::INFINITY] {
        let mut learner = Learner::regressor::<Line>(&device(1)?, Sgd::default())?;
        learner.quiet().add(EarlyStopping::new(2).min_delta(least));
        let error = learner.fit(&data, &data, 1).expect_err("min_delta").to_string();
        assert!(error.contains("min_delta"), "{error}");
    }
    Ok(())
}
