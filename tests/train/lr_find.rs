//! The sweep over learning rates: what it leaves alone, and what it finds.

use gradus::prelude::*;

type Net = (Linear<2, 32>, BatchNorm1D<32>, ReLU, DropoutOneIn<8>, Linear<32, 2>);

fn learner() -> gradus::Result<Learner> {
    let mut learner = Learner::classifier::<Net>(&device(4)?, Adam::default())?;
    learner.quiet().set_batch_size(32);
    Ok(learner)
}

#[test]
fn the_learner_does_not_notice() -> gradus::Result<()> {
    let data = data::moons(200, 0.1, 0)?;
    let (mut searched, mut plain) = (learner()?, learner()?);
    let numbers = |learner: &mut Learner| {
        let history = learner.fit_one_cycle(&data, &data, 2, 0.02)?;
        let (loss, accuracy) = learner.evaluate(&data)?;
        Ok::<_, Error>((history.batch_losses().to_vec(), loss, accuracy))
    };
    for _ in 0..2 {
        searched.lr_find(&data)?;
        searched.lr_find(&data)?;
        assert_eq!(numbers(&mut searched)?, numbers(&mut plain)?);
    }
    Ok(())
}

#[test]
fn a_sweep_can_be_repeated() -> gradus::Result<()> {
    let data = data::moons(200, 0.1, 0)?;
    let learner = learner()?;
    let (a, b) = (learner.lr_find(&data)?, learner.lr_find(&data)?);
    assert_eq!(a, b);
    assert!(a.rates().windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(
        (a.losses().len(), a.smoothed().len()),
        (a.rates().len(), a.rates().len())
    );
    assert_eq!(a.smoothed()[0], a.losses()[0]);
    Ok(())
}

/// The end of a sweep: the loss has run away.
#[test]
fn a_loss_that_runs_away_ends_the_sweep() -> gradus::Result<()> {
    let x: Vec<f32> = (0..64).map(|i| i as f32).collect();
    let data = Dataset::regression(x.clone(), &[1], x.iter().map(|x| 1e3 * x).collect(), 1)?;
    let mut learner = Learner::regressor::<(Linear<1, 1>,)>(&device(0)?, Sgd::default())?;
    let sweep = learner.quiet().set_batch_size(64).lr_find(&data)?;
    assert!(sweep.rates().len() < 100 && sweep.rates().len() > 10);
    assert!(sweep.losses().iter().all(|loss| loss.is_finite()));
    assert!(sweep.suggestion() < 1e-3, "{}", sweep.suggestion());
    Ok(())
}

#[test]
fn the_suggestion_learns_much_better_than_rates_far_from_it() -> gradus::Result<()> {
    let (train, valid) = data::moons(600, 0.15, 2)?.split(0.7)?;
    for optimizer in [
        Optimizer::from(Adam::default()),
        Sgd {
            momentum: 0.9,
            ..Sgd::default()
        }
        .into(),
    ] {
        let fresh = || {
            let mut learner = learner()?;
            learner.set_optimizer(optimizer);
            Ok::<_, Error>(learner)
        };
        let rate = fresh()?.lr_find(&train)?.suggestion();
        let loss = |rate: f32| {
            let history = fresh()?.fit_one_cycle(&train, &valid, 5, rate)?;
            Ok::<_, Error>(history.last().expect("epochs").valid_loss)
        };
        let (suggested, slow) = (loss(rate)?, loss(rate / 100.0)?);
        assert!(
            suggested < 0.5 * slow,
            "{optimizer:?}: {suggested} at {rate}, {slow} at a hundredth"
        );
    }
    Ok(())
}

#[test]
fn a_sweep_shows_itself() -> gradus::Result<()> {
    let data = data::moons(200, 0.1, 0)?;
    let sweep = learner()?.lr_find(&data)?;
    let text = sweep.to_string();
    let suggestion = format!("suggestion {:.1e}", sweep.suggestion());
    assert!(
        text.contains(&suggestion) && text.contains("rates from 1.0e-7 to"),
        "{text}"
    );
    let figure = sweep.plot();
    assert_eq!(figure.mime(), "image/svg+xml");
    let figure = Schedule::Cosine { end: 0.0 }.warmup(0.5).plot(0.1, 3);
    assert_eq!(figure.mime(), "image/svg+xml");
    Ok(())
}

#[test]
fn an_empty_set_is_refused() -> gradus::Result<()> {
    let data = data::moons(200, 0.1, 0)?;
    let error = learner()?.lr_find(&data.take(0)).unwrap_err().to_string();
    assert_eq!(error, "training set: expected at least one sample, got none");
    Ok(())
}
