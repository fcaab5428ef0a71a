//! What predictions answer beside classes: one score for two classes, losses of samples, one class against the rest.

use gradus::prelude::*;

#[test]
fn one_score_stands_for_two_classes() -> gradus::Result<()> {
    let p = Predictions::new(vec![2.0, -1.0, 0.5, 0.0], &[1, 0, 0, 0], &["no", "yes"])?;
    assert_eq!(p.classes(), [1, 0, 1, 0]);
    assert_eq!(p.accuracy()?, 0.75);
    assert_eq!((p.top_k_accuracy(1)?, p.top_k_accuracy(2)?), (0.75, 1.0));
    let sigmoid = |s: f32| 1.0 / (1.0 + (-s).exp());
    for (i, score) in [2.0, -1.0, 0.5, 0.0].into_iter().enumerate() {
        let both = p.probabilities(i)?;
        assert!((both[1] - sigmoid(score)).abs() < 1e-6 && (both[0] + both[1] - 1.0).abs() < 1e-6);
    }
    assert_eq!(p.mistakes()?, [2]);
    assert!((p.losses()?[0] + f64::from(sigmoid(2.0)).ln()).abs() < 1e-6);
    assert_eq!(p.one_vs_rest(1)?.at(0.5).false_positives, 2);
    Ok(())
}

#[test]
fn the_highest_losses_come_first() -> gradus::Result<()> {
    let scores = vec![5.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 9.0, 1.0, 0.0, 0.0];
    let p = Predictions::new(scores, &[0, 0, 1, 0], &["a", "b", "c"])?;
    let top = p.top_losses(3)?;
    let order: Vec<usize> = top.iter().map(|t| t.index).collect();
    assert_eq!(order, [2, 1, 3]);
    assert!(top[0].to_string().starts_with("sample 2: loss 9.000"), "{}", top[0]);
    assert!(top[0].to_string().ends_with(", b taken for c"), "{}", top[0]);
    assert_eq!(p.top_losses(99)?.len(), 4);
    let mean = p.losses()?.iter().sum::<f64>() / 4.0;
    assert!((p.loss()? - mean).abs() < 1e-12);
    Ok(())
}

#[test]
fn one_class_against_the_rest_and_confidence() -> gradus::Result<()> {
    let scores = vec![3.0, 0.0, 0.0, 0.0, 2.0, 1.0, 0.0, 0.0, 1.0];
    let p = Predictions::new(scores, &[0, 2, 2], &["a", "b", "c"])?;
    let c = p.one_vs_rest(2)?;
    assert_eq!(c.truth(), [false, true, true]);
    for i in 0..3 {
        assert_eq!(c.scores()[i], p.probabilities(i)?[2]);
    }
    let sure = p.confidence()?;
    assert_eq!(sure.truth(), [true, false, true]);
    for i in 0..3 {
        let highest = p.probabilities(i)?.into_iter().fold(0.0, f32::max);
        assert_eq!(sure.scores()[i], highest);
    }
    assert!(
        p.one_vs_rest(3)
            .unwrap_err()
            .to_string()
            .contains("class: expected less than 3")
    );
    assert!(
        p.regression()
            .unwrap_err()
            .to_string()
            .contains("expected values, got classes")
    );
    Ok(())
}

#[test]
fn scores_that_do_not_fit_are_refused() {
    let names = ["a", "b", "c"];
    let cases = [
        (Predictions::new(vec![], &[], &names), "got 0 numbers"),
        (Predictions::new(vec![0.0; 5], &[0, 1], &names), "got 5 numbers"),
        (Predictions::new(vec![0.0; 4], &[0, 1], &names), "got 4 numbers"),
        (Predictions::new(vec![0.0; 2], &[0, 1], &names), "got 2 numbers"),
        (
            Predictions::new(vec![0.0; 6], &[0, 3], &names),
            "class of a sample: expected less than 3",
        ),
    ];
    for (result, says) in cases {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
}

/// Every loss over classes trains a network; those for one score train a network with one score.
#[test]
fn every_loss_over_classes_learns() -> gradus::Result<()> {
    let (train, valid) = data::moons(400, 0.1, 0)?.split(0.75)?;
    let adam = Adam {
        lr: 0.03,
        ..Adam::default()
    };
    let smooth = CrossEntropy {
        weights: vec![1.0, 2.0],
        label_smoothing: 0.1,
    };
    type Two = (Linear<2, 16>, ReLU, Linear<16, 2>);
    type One = (Linear<2, 16>, ReLU, Linear<16, 1>);
    let dev = device(0)?;
    let mut learners = vec![
        Learner::with_loss::<Two>(&dev, adam, smooth)?,
        Learner::with_loss::<Two>(&dev, adam, Focal::default())?,
        Learner::with_loss::<One>(&dev, adam, BinaryCrossEntropy::default())?,
        Learner::with_loss::<One>(&dev, adam, Focal::default())?,
    ];
    for learner in &mut learners {
        let history = learner.quiet().fit(&train, &valid, 25)?;
        assert_eq!(history.metric_name(), "accuracy");
        assert!(history.last().expect("epochs").metric > 0.9, "{history}");
        let (loss, accuracy) = learner.evaluate(&valid)?;
        let last = history.last().expect("epochs");
        assert_eq!((loss, accuracy), (last.valid_loss, last.metric));
        assert!(learner.predict(&valid)?.one_vs_rest(1)?.roc()?.auc() > 0.95);
    }
    Ok(())
}

#[test]
fn a_regression_has_errors_and_top_losses() -> gradus::Result<()> {
    let data = Dataset::regression(vec![0.0, 1.0, 2.0], &[1], vec![0.0, 0.0, 5.0], 1)?;
    let learner = Learner::regressor::<(Linear<1, 1>,)>(&device(0)?, Sgd::default())?;
    let p = learner.predict(&data)?;
    let errors = p.regression()?;
    let (loss, mae) = learner.evaluate(&data)?;
    assert!((errors.mse - loss).abs() < 1e-9 && (errors.mae - mae).abs() < 1e-6);
    assert!(p.top_losses(1)?[0].to_string().starts_with("sample 2: loss "));
    assert!(p.one_vs_rest(0).unwrap_err().to_string().contains("expected classes"));
    Ok(())
}
