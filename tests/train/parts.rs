//! Frozen parts, rates of parts, gathered gradients, constraints, copies.

use gradus::prelude::*;

type Net = (
    (Conv2D<1, 4, 3, 1, 1>, BatchNorm2D<4>, ReLU, MaxPool2D<2>),
    Flatten<64>,
    (Linear<64, 16>, ReLU),
    DropoutOneIn<4>,
    Linear<16, 3>,
);

const NAMES: [&str; 10] = [
    "0.0.weight",
    "0.0.bias",
    "0.1.weight",
    "0.1.bias",
    "0.1.running_mean",
    "0.1.running_var",
    "2.0.weight",
    "2.0.bias",
    "4.weight",
    "4.bias",
];

/// Stripes of three directions.
fn stripes(n: usize) -> gradus::Result<Dataset> {
    let mut pixels = Vec::new();
    for i in 0..n {
        for (y, x) in (0..8).flat_map(|y| (0..8).map(move |x| (y, x))) {
            let bright = ([x, y, x + y][i % 3] + i / 3) % 4 < 2;
            pixels.push(if bright {
                60 + (i * 37 % 190) as u8
            } else {
                (i * 53 % 60) as u8
            });
        }
    }
    Dataset::from_pixels(pixels, [1, 8, 8], (0..n).map(|i| i % 3).collect(), &["|", "-", "/"])
}

fn learner(optimizer: impl Into<Optimizer>) -> gradus::Result<Learner> {
    let mut learner = Learner::classifier::<Net>(&device(1)?, optimizer)?;
    learner.quiet().set_batch_size(12);
    Ok(learner)
}

/// The numbers of all tensors by name, read from a file.
fn tensors(learner: &Learner) -> gradus::Result<Vec<Vec<u8>>> {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("net.safetensors");
    learner.save(&path)?;
    let bytes = std::fs::read(path).expect("the file just written");
    let file = safetensors::SafeTensors::deserialize(&bytes).expect("a safetensors file");
    Ok(NAMES.map(|name| file.tensor(name).expect(name).data().to_vec()).into())
}

/// The names of the tensors that differ.
fn changed(a: &[Vec<u8>], b: &[Vec<u8>]) -> Vec<&'static str> {
    (0..NAMES.len()).filter(|&i| a[i] != b[i]).map(|i| NAMES[i]).collect()
}

#[test]
fn frozen_parts_do_not_move_and_others_do() -> gradus::Result<()> {
    let data = stripes(40)?;
    let body = &NAMES[..6];
    let decay = Sgd {
        lr: 0.1,
        momentum: 0.9,
        weight_decay: 0.1,
        ..Sgd::default()
    };
    for optimizer in [Optimizer::from(Adam::default()), decay.into()] {
        let mut learner = learner(optimizer)?;
        let mut before = tensors(&learner)?;
        let mut moved = |learner: &mut Learner| {
            learner.fit(&data, &data, 2)?;
            let now = tensors(learner)?;
            let names = changed(&before, &now);
            before = now;
            Ok::<_, Error>(names)
        };
        assert_eq!(moved(&mut learner)?, NAMES);
        learner.freeze("0")?;
        assert_eq!(moved(&mut learner)?, NAMES[6..], "running statistics stand still too");
        learner.unfreeze("0.1.")?;
        assert_eq!(moved(&mut learner)?, NAMES[2..]);
        learner.freeze("2.0.weight")?.unfreeze("0.0.bias")?;
        assert_eq!(
            moved(&mut learner)?,
            [
                "0.0.bias",
                "0.1.weight",
                "0.1.bias",
                "0.1.running_mean",
                "0.1.running_var",
                "2.0.bias",
                "4.weight",
                "4.bias"
            ]
        );
        learner.freeze_all_but_last(1)?;
        assert_eq!(moved(&mut learner)?, ["4.weight", "4.bias"]);
        assert_eq!(learner.moving(), ["4.weight", "4.bias"]);
        learner.freeze_all_but_last(3)?;
        assert_eq!(moved(&mut learner)?, NAMES[2..]);
        learner.freeze_all_but_last(0)?;
        assert_eq!(moved(&mut learner)?, [""; 0]);
        learner.freeze_all_but_last(4)?.freeze("4")?;
        assert_eq!(moved(&mut learner)?, NAMES[..8]);
        learner.unfreeze_all();
        assert_eq!(moved(&mut learner)?, NAMES);
        learner.set_rate("0", 0.0)?;
        // The rate of an optimizer has no say over running statistics.
        assert_eq!(moved(&mut learner)?, NAMES[4..]);
        assert_eq!(body.len(), 6);
    }
    Ok(())
}

/// Weights from a file take the place of frozen ones for good.
#[test]
fn loading_reaches_frozen_parts_too() -> gradus::Result<()> {
    let data = stripes(40)?;
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("net.safetensors");
    let mut other = learner(Adam::default())?;
    other.fit(&data, &data, 2)?;
    other.save(&path)?;
    let mut learner = learner(Adam::default())?;
    learner.freeze("0")?.fit(&data, &data, 1)?;
    learner.load(&path)?;
    learner.fit(&data, &data, 1)?;
    assert_eq!(changed(&tensors(&other)?, &tensors(&learner)?), NAMES[6..]);
    Ok(())
}

#[test]
fn names_that_are_not_there_are_refused() -> gradus::Result<()> {
    let mut learner = learner(Adam::default())?;
    let expected = "beginning of the names of tensors: expected one of 0.0, 0.1, 2.0, 4, or a part of one, got";
    for wrong in ["1", "0.", "0.0.w", "5.weight", ""] {
        let result = learner.freeze(wrong).map(drop);
        if wrong == "0." {
            result?;
        } else {
            assert_eq!(result.unwrap_err().to_string(), format!("{expected} {wrong:?}"));
        }
    }
    let error = learner.freeze_all_but_last(5).map(drop).unwrap_err().to_string();
    assert_eq!(
        error,
        "layers that are not frozen: expected at most 4, the layers with tensors, got 5"
    );
    let error = learner.set_rate("0", -1.0).map(drop).unwrap_err().to_string();
    assert_eq!(
        error,
        "factor of a learning rate: expected a finite number, not below 0, got -1"
    );
    Ok(())
}

/// Without batch normalization, three batches of 10 and one of 30 have the same gradient, up to rounding.
#[test]
fn gathered_batches_are_one_large_batch() -> gradus::Result<()> {
    type Moons = (Linear<2, 16>, ReLU, Linear<16, 2>);
    // 70 samples: the last step of an epoch has 10.
    let data = data::moons(70, 0.1, 0)?;
    let run = |batch: usize, gather: usize| {
        let sgd = Sgd {
            lr: 0.2,
            momentum: 0.9,
            ..Sgd::default()
        };
        let mut learner = Learner::classifier::<Moons>(&device(5)?, sgd)?;
        learner.quiet().set_batch_size(batch).accumulate(gather);
        learner.clip_norm(0.5).fit(&data, &data, 3)?;
        let predictions = learner.predict(&data)?;
        let rows: gradus::Result<Vec<&[f32]>> = (0..data.len()).map(|i| predictions.scores(i)).collect();
        Ok::<_, Error>(rows?.concat())
    };
    let (large, gathered) = (run(30, 1)?, run(10, 3)?);
    for (a, b) in large.iter().zip(&gathered) {
        assert!((a - b).abs() < 1e-4 * (1.0 + a.abs()), "{a}, {b}");
    }
    let small = run(10, 1)?;
    assert!(
        large.iter().zip(&small).any(|(a, b)| (a - b).abs() > 1e-2),
        "the settings make no difference"
    );
    Ok(())
}

/// A run that a callback ends between two batches of a step leaves nothing behind for the next.
#[test]
fn a_gradient_that_was_not_used_is_forgotten() -> gradus::Result<()> {
    struct StopAtOnce;
    impl Callback for StopAtOnce {
        fn batch_end(&mut self, _: &mut Learner, _: &BatchEnd) -> gradus::Result<Control> {
            Ok(Control::Stop)
        }
    }
    let data = data::moons(60, 0.1, 0)?;
    let fresh = || {
        let mut learner = Learner::classifier::<(Linear<2, 2>,)>(&device(5)?, Sgd::default())?;
        learner.quiet().set_batch_size(10).accumulate(3);
        Ok::<_, Error>(learner)
    };
    let mut stopped = fresh()?;
    stopped.add(StopAtOnce).fit(&data, &data, 1)?;
    stopped.clear_callbacks();
    let mut idle = fresh()?;
    idle.set_lr(0.0).fit(&data, &data, 1)?;
    idle.set_lr(Sgd::default().lr);
    let (a, b) = (stopped.fit(&data, &data, 1)?, idle.fit(&data, &data, 1)?);
    assert_eq!(a.batch_losses(), b.batch_losses());
    assert_eq!(a.last().map(|e| e.valid_loss), b.last().map(|e| e.valid_loss));
    Ok(())
}

#[test]
fn constraints_hold_after_every_step() -> gradus::Result<()> {
    let data = stripes(40)?;
    let norms = |learner: &Learner| {
        let net = learner.network::<Net>()?;
        let (conv, head) = (net.0.0.weight.as_vec(), net.4.weight.as_vec());
        let norm = |row: &[f32]| row.iter().map(|w| w * w).sum::<f32>().sqrt();
        Ok::<Vec<f32>, Error>(conv.chunks(9).chain(head.chunks(16)).map(norm).collect())
    };
    let fast = Adam {
        lr: 0.05,
        ..Adam::default()
    };
    let mut learner = learner(fast)?;
    learner.fit(&data, &data, 3)?;
    assert!(norms(&learner)?.iter().any(|n| *n > 0.8));
    learner.set_constraint(Constraint::MaxNorm(0.7)).fit(&data, &data, 1)?;
    let limited = norms(&learner)?;
    assert!(limited.iter().all(|n| *n <= 0.7001), "{limited:?}");
    learner.set_constraint(Constraint::UnitNorm).fit(&data, &data, 1)?;
    let unit = norms(&learner)?;
    assert!(unit.iter().all(|n| (n - 1.0).abs() < 1e-3), "{unit:?}");
    learner.clear_constraint().fit(&data, &data, 1)?;
    assert!(norms(&learner)?.iter().any(|n| (n - 1.0).abs() > 1e-2));
    Ok(())
}

#[test]
fn a_copy_goes_its_own_way_with_the_same_numbers() -> gradus::Result<()> {
    let data = stripes(40)?;
    let mut original = learner(Adam::default())?;
    original.freeze("0.0")?.clip_norm(1.0).accumulate(2);
    original.fit(&data, &data, 1)?;
    let mut copy = original.copy()?;
    let before = tensors(&original)?;
    assert_eq!(tensors(&copy)?, before);
    let a = copy.fit(&data, &data, 2)?;
    assert_eq!(tensors(&original)?, before, "the original is left alone");
    let b = original.fit(&data, &data, 2)?;
    assert_eq!(
        a.batch_losses(),
        b.batch_losses(),
        "the memory of the optimizer is copied, the dropout is the same"
    );
    assert_eq!(tensors(&copy)?, tensors(&original)?);
    Ok(())
}

/// A loop by hand over the batches of an epoch is an epoch of `fit`.
#[test]
fn a_loop_of_ones_own_takes_the_same_steps() -> gradus::Result<()> {
    let data = data::moons(60, 0.1, 0)?;
    let fresh = || {
        let adam = Adam {
            lr: 0.1,
            ..Adam::default()
        };
        let mut learner = Learner::classifier::<(Linear<2, 2>,)>(&device(5)?, adam)?;
        learner.quiet().set_batch_size(20).clip_norm(0.1);
        Ok::<_, Error>(learner)
    };
    let (mut fitted, mut by_hand) = (fresh()?, fresh()?);
    let history = fitted.fit(&data, &data, 1)?;
    // Epoch 0 of seed 0 has the order of seed 0.
    let losses: gradus::Result<Vec<f32>> = data
        .batches(20, Some(0))?
        .map(|batch| by_hand.train_batch(batch))
        .collect();
    assert_eq!(history.batch_losses(), losses?);
    assert_eq!(fitted.evaluate(&data)?, by_hand.evaluate(&data)?);
    let mut empty = data.batch(&[0])?;
    (empty.inputs, empty.targets) = (Vec::new(), gradus::data::Targets::Classes(Vec::new()));
    let error = by_hand.train_batch(empty).unwrap_err().to_string();
    assert_eq!(error, "batch: expected at least one sample, got none");
    Ok(())
}
