//! What a `Learner` refuses, in which words, and that it is usable afterwards.

use gradus::prelude::*;

type Net = (Linear<2, 8>, ReLU, Linear<8, 2>);

fn classifier() -> gradus::Result<Learner> {
    let mut learner = Learner::classifier::<Net>(&device(0)?, Adam::default())?;
    learner.quiet();
    Ok(learner)
}

fn regressor(lr: f32) -> gradus::Result<Learner> {
    let mut learner = Learner::regressor::<(Linear<1, 1>,)>(&device(0)?, Sgd { lr, ..Sgd::default() })?;
    learner.quiet();
    Ok(learner)
}

fn line() -> gradus::Result<Dataset> {
    let x: Vec<f32> = (0..32).map(|i| i as f32 / 16.0).collect();
    let y = x.iter().map(|x| 2.0 * x + 1.0).collect();
    Dataset::regression(x, &[1], y, 1)
}

/// The message of every way into the learner that looks at data.
fn messages(learner: &mut Learner, data: &Dataset, good: &Dataset) -> [String; 4] {
    [
        learner.fit(data, good, 1).expect_err("fit").to_string(),
        learner
            .fit_one_cycle(data, good, 1, 0.1)
            .expect_err("fit_one_cycle")
            .to_string(),
        learner.fit(good, data, 1).expect_err("fit, validation").to_string(),
        learner.evaluate(data).expect_err("evaluate").to_string(),
    ]
}

#[test]
fn a_batch_size_of_zero() -> gradus::Result<()> {
    let (mut learner, data) = (classifier()?, data::moons(20, 0.1, 0)?);
    learner.set_batch_size(0);
    let expected = "batch_size: expected at least 1, got 0";
    assert_eq!(learner.fit(&data, &data, 1).unwrap_err().to_string(), expected);
    assert_eq!(
        learner.fit_one_cycle(&data, &data, 1, 0.1).unwrap_err().to_string(),
        expected
    );
    learner.set_batch_size(7).fit(&data, &data, 1)?;
    Ok(())
}

#[test]
fn an_empty_set() -> gradus::Result<()> {
    let (mut learner, good) = (classifier()?, data::moons(20, 0.1, 0)?);
    let empty = good.take(0);
    let rest = ": expected at least one sample, got none";
    let [fit, cycle, valid, evaluate] = messages(&mut learner, &empty, &good);
    assert_eq!(fit, format!("training set{rest}"));
    assert_eq!(cycle, fit);
    assert_eq!(valid, format!("validation set{rest}"));
    assert_eq!(evaluate, format!("data{rest}"));
    assert_eq!(learner.predict(&empty).unwrap_err().to_string(), evaluate);
    assert_eq!(learner.confusion(&empty).unwrap_err().to_string(), evaluate);
    assert_eq!(learner.summary(&empty).unwrap_err().to_string(), evaluate);
    learner.fit(&good, &good, 1)?;
    Ok(())
}

#[test]
fn samples_of_another_shape() -> gradus::Result<()> {
    let (mut learner, good) = (classifier()?, data::moons(20, 0.1, 0)?);
    let wide = Dataset::from_values(vec![0.5; 30], &[3], vec![1; 10], &["a", "b"])?;
    let expected = "the first layer of the network: expected samples of 2 features, got samples of shape [3]";
    assert_eq!(messages(&mut learner, &wide, &good), [expected; 4]);
    assert_eq!(learner.predict(&wide).unwrap_err().to_string(), expected);
    assert_eq!(learner.summary(&wide).unwrap_err().to_string(), expected);
    learner.fit(&good, &good, 1)?;
    Ok(())
}

#[test]
fn images_of_another_shape() -> gradus::Result<()> {
    type Net = (Conv2D<1, 2, 3>, MaxPool2D<2>, Flatten<18>, Linear<18, 2>);
    let images = |channels, side| {
        let pixels = vec![9; 4 * channels * side * side];
        Dataset::from_pixels(pixels, [channels, side, side], vec![0, 1, 0, 1], &["a", "b"])
    };
    let mut learner = Learner::classifier::<Net>(&device(0)?, Adam::default())?;
    learner.quiet();
    let good = images(1, 8)?;
    for (data, expected) in [
        (
            images(3, 8)?,
            "the first layer of the network: expected images of 1 channels, (1, H, W), got samples of shape [3, 8, 8]",
        ),
        (
            images(1, 10)?,
            "Flatten<18>: expected 18 numbers per image, got 2 x 4 x 4 = 32 per image",
        ),
        (
            images(1, 2)?,
            "Conv2D<1, 2, 3, 1, 0, 1>: expected images of at least 3 x 3 pixels after padding by 0, got 2 x 2 before padding",
        ),
    ] {
        assert_eq!(messages(&mut learner, &data, &good), [expected; 4]);
    }
    learner.fit(&good, &good, 1)?;
    Ok(())
}

#[test]
fn targets_of_another_kind() -> gradus::Result<()> {
    let values = Dataset::regression(vec![0.5; 20], &[2], vec![1.0; 10], 1)?;
    let good = data::moons(20, 0.1, 0)?;
    let mut learner = classifier()?;
    let [fit, cycle, valid, evaluate] = messages(&mut learner, &values, &good);
    assert_eq!(
        fit,
        "targets of the data for CrossEntropy: expected classes, or probabilities of 2 classes, got 1 values per sample"
    );
    assert_eq!((cycle, valid), (fit.clone(), fit.clone()));
    assert_eq!(
        evaluate,
        "targets of the predictions: expected classes, got 1 values per sample"
    );
    assert_eq!(learner.confusion(&values).unwrap_err().to_string(), evaluate);

    let classes = Dataset::from_values(vec![0.5; 4], &[1], vec![0, 1, 0, 1], &["a", "b"])?;
    let pairs = Dataset::regression(vec![0.5; 4], &[1], vec![1.0; 8], 2)?;
    for (data, got) in [(classes, "classes"), (pairs, "2 values per sample")] {
        let expected = "targets of the data for Mse: expected 1 values per sample, as many as the network returns, got";
        for message in messages(&mut regressor(0.1)?, &data, &line()?) {
            assert_eq!(message, format!("{expected} {got}"));
        }
    }
    Ok(())
}

#[test]
fn a_class_that_the_network_has_no_score_for() -> gradus::Result<()> {
    let (mut learner, good) = (classifier()?, data::moons(20, 0.1, 0)?);
    let three = Dataset::from_values(vec![0.5; 12], &[2], vec![0, 2, 1, 0, 1, 2], &["a", "b", "c"])?;
    let expected = "class of a sample: expected less than 2, the number of scores that the network returns, got 2";
    assert_eq!(messages(&mut learner, &three, &good), [expected; 4]);
    learner.fit(&good, &good, 1)?;
    Ok(())
}

#[test]
fn a_learning_rate_that_is_none() -> gradus::Result<()> {
    let data = line()?;
    for (lr, shown) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (-0.1, "-0.1")] {
        let expected = format!("learning rate: expected a finite number, not below 0, got {shown}");
        assert_eq!(regressor(lr)?.fit(&data, &data, 1).unwrap_err().to_string(), expected);
        let mut learner = regressor(0.1)?;
        assert_eq!(
            learner.fit_one_cycle(&data, &data, 1, lr).unwrap_err().to_string(),
            expected
        );
        learner.fit(&data, &data, 1)?;
    }
    Ok(())
}

#[test]
fn another_network_type() -> gradus::Result<()> {
    let error = classifier()?
        .network::<(Linear<2, 9>,)>()
        .map(drop)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("type of the network: expected the type that the learner was made for, got"),
        "{error}"
    );
    assert!(error.contains("Linear<2, 9>"), "{error}");
    Ok(())
}

/// A network that ran away still answers, if only with nonsense.
fn assert_answers(learner: &Learner, data: &Dataset) -> gradus::Result<()> {
    let predictions = learner.predict(data)?;
    assert_eq!(
        (predictions.len(), predictions.classes().len()),
        (data.len(), data.len())
    );
    assert_eq!(predictions.scores(0)?.len(), predictions.probabilities(0)?.len());
    learner.evaluate(data)?;
    if data.num_classes() > 0 {
        predictions.accuracy()?;
        predictions.mistakes()?;
        learner.confusion(data)?;
    }
    Ok(())
}

#[test]
fn a_run_that_diverges() -> gradus::Result<()> {
    let data = line()?;
    let mut learner = regressor(1e6)?;
    let error = learner.set_batch_size(4).fit(&data, &data, 50).unwrap_err();
    assert!(matches!(&error, Error::NotFinite { .. }), "{error:?}");
    let error = error.to_string();
    assert!(error.starts_with("the training loss of batch "), "{error}");
    assert!(
        error.ends_with("make the learner anew with a lower learning rate"),
        "{error}"
    );
    assert_answers(&learner, &data)?;
    let again = learner.fit(&data, &data, 1).unwrap_err().to_string();
    assert!(again.starts_with("the training loss of batch 1 is "), "{again}");
    assert_answers(&learner, &data)
}

#[test]
fn a_classifier_that_diverges() -> gradus::Result<()> {
    let data = data::moons(64, 0.1, 0)?;
    let mut learner = Learner::classifier::<Net>(
        &device(0)?,
        Sgd {
            lr: 1e38,
            ..Sgd::default()
        },
    )?;
    let error = learner.quiet().set_batch_size(8).fit(&data, &data, 20).unwrap_err();
    assert!(matches!(&error, Error::NotFinite { .. }), "{error:?}");
    assert_answers(&learner, &data)
}

/// The last step of an epoch has no loss of its own to show what it did.
#[test]
fn a_last_step_that_diverges() -> gradus::Result<()> {
    let data = line()?;
    let mut learner = regressor(1e30)?;
    let error = learner.fit(&data, &data, 1).unwrap_err().to_string();
    assert!(error.starts_with("the validation loss of epoch 1 is "), "{error}");
    assert_answers(&learner, &data)
}

/// Good weights from a file make the learner whole again: its optimizer forgets what it went through.
#[test]
fn a_file_ends_a_divergence() -> gradus::Result<()> {
    let (data, folder) = (line()?, tempfile::tempdir().expect("folder"));
    let path = folder.path().join("good.safetensors");
    let momentum = Sgd {
        lr: 1e6,
        momentum: 0.9,
        ..Sgd::default()
    };
    let learner = || Learner::regressor::<(Linear<1, 1>,)>(&device(0)?, momentum);
    let (mut tried, mut fresh) = (learner()?, learner()?);
    tried.quiet().save(&path)?;
    tried.fit(&data, &data, 50).unwrap_err();
    tried.load(&path)?;
    fresh.quiet().load(&path)?;
    for learner in [&mut tried, &mut fresh] {
        learner.fit_one_cycle(&data, &data, 2, 0.01)?;
    }
    let (tried, fresh) = (tried.predict(&data)?, fresh.predict(&data)?);
    for i in 0..data.len() {
        // The samples came in another order, so the last digits may differ.
        let (a, b) = (tried.scores(i)?[0], fresh.scores(i)?[0]);
        assert!((a - b).abs() < 1e-5, "sample {i}: {a} after a divergence, {b} without");
    }
    Ok(())
}
