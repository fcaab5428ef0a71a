//! Early stopping, the log, and what both count on.

use gradus::prelude::*;

type Net = (Linear<1, 1>,);

/// y = 2x; the rate of a run decides whether its loss falls or rises.
fn line() -> gradus::Result<Dataset> {
    let x: Vec<f32> = (0..32).map(|i| i as f32 / 16.0 - 1.0).collect();
    let y = x.iter().map(|x| 2.0 * x).collect();
    Dataset::regression(x, &[1], y, 1)
}

/// Sets the learning rate of the epochs that follow: good ones while `plan` says so.
struct Weather(Vec<bool>);

impl Callback for Weather {
    fn fit_begin(&mut self, learner: &mut Learner, _: &FitBegin) -> gradus::Result<()> {
        learner.set_lr(if self.0[0] { 0.1 } else { 3.5 });
        Ok(())
    }

    fn epoch_end(&mut self, learner: &mut Learner, event: &EpochEnd) -> gradus::Result<Control> {
        let good = self.0.get(event.epoch.number).copied().unwrap_or(true);
        learner.set_lr(if good { 0.1 } else { 3.5 });
        Ok(Control::Continue)
    }
}

/// The valid losses of a run in the given weather, and the loss that the learner is left with.
fn run(stopping: EarlyStopping, plan: &[u8]) -> gradus::Result<(Vec<f64>, f64)> {
    let data = line()?;
    let mut learner = Learner::regressor::<Net>(&device(1)?, Sgd::default())?;
    learner.quiet().set_batch_size(32);
    learner
        .add(Weather(plan.iter().map(|c| *c == b'+').collect()))
        .add(stopping);
    let history = learner.fit(&data, &data, plan.len())?;
    let losses = history.epochs().iter().map(|e| e.valid_loss).collect();
    Ok((losses, learner.evaluate(&data)?.0))
}

#[test]
fn patience_counts_the_epochs_in_a_row_that_are_no_better() -> gradus::Result<()> {
    for (patience, plan, epochs) in [
        (1, "+++++", 5),
        (1, "++-++", 3),
        (2, "++-++", 4),
        (3, "+-----", 4),
        // 0 would stop before anything was learned.
        (0, "++-++", 3),
    ] {
        let (losses, left) = run(EarlyStopping::new(patience), plan.as_bytes())?;
        assert_eq!(losses.len(), epochs, "patience {patience}, {plan}: {losses:?}");
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(left, best, "the weights are those of the best epoch: {losses:?}");
        let rose = losses.windows(2).any(|pair| pair[1] > pair[0]);
        assert_eq!(rose, plan.contains('-'), "{losses:?}");
    }
    Ok(())
}

/// The end of a run restores too, and a second run begins afresh.
#[test]
fn every_run_has_a_best_epoch_of_its_own() -> gradus::Result<()> {
    let data = line()?;
    let mut learner = Learner::regressor::<Net>(&device(1)?, Sgd::default())?;
    learner.quiet().set_batch_size(32).add(EarlyStopping::new(9));
    learner.set_lr(0.1);
    let first = learner.fit(&data, &data, 3)?;
    learner.set_lr(3.5);
    let second = learner.fit(&data, &data, 2)?;
    assert!(second.epochs()[1].valid_loss > second.epochs()[0].valid_loss);
    assert!(second.epochs()[0].valid_loss > first.epochs()[2].valid_loss);
    assert_eq!(learner.evaluate(&data)?.0, second.epochs()[0].valid_loss);
    Ok(())
}

#[test]
fn what_counts_as_better_can_be_set() -> gradus::Result<()> {
    // The improvements are there, but too small to count.
    let (losses, left) = run(EarlyStopping::new(2).min_delta(1e6), b"++++++")?;
    assert_eq!(losses.len(), 3);
    assert_eq!(left, losses[0]);
    // For an error, lower is better; for an accuracy, higher.
    let (losses, _) = run(EarlyStopping::new(2).monitor(Monitor::Metric), b"++++++")?;
    assert_eq!(losses.len(), 6);
    let data = data::moons(200, 0.1, 0)?;
    let adam = Adam {
        lr: 0.05,
        ..Adam::default()
    };
    let mut learner = Learner::classifier::<(Linear<2, 16>, ReLU, Linear<16, 2>)>(&device(0)?, adam)?;
    learner.quiet().add(EarlyStopping::new(3).monitor(Monitor::Metric));
    let history = learner.fit(&data, &data, 60)?;
    let best = history.epochs().iter().map(|e| e.metric).fold(0.0, f64::max);
    assert!(history.epochs().len() < 60 && best > 0.9, "{history}");
    assert_eq!(learner.evaluate(&data)?.1, best);
    Ok(())
}

#[test]
fn the_log_has_a_line_per_epoch() -> gradus::Result<()> {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("new/run.csv");
    let data = line()?;
    let mut learner = Learner::regressor::<Net>(&device(1)?, Sgd::default())?;
    learner.quiet().add(CsvLog::new(&path));
    let schedule = Schedule::Exponential { gamma: 0.5 };
    let history = learner.fit_schedule(&data, &data, 3, schedule)?;
    let text = std::fs::read_to_string(&path).expect("log");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(
        rows[0],
        ["epoch", "train_loss", "valid_loss", "mean_abs__error", "lr", "seconds"]
    );
    assert_eq!(rows.len(), 4);
    for (row, (epoch, lr)) in rows[1..]
        .iter()
        .zip(history.epochs().iter().zip([0.01f32, 0.005, 0.0025]))
    {
        let numbers: Vec<f64> = row.iter().map(|cell| cell.parse().expect("a number")).collect();
        let expected = [
            epoch.number as f64,
            epoch.train_loss,
            epoch.valid_loss,
            epoch.metric,
            f64::from(lr),
        ];
        assert_eq!(numbers[..5], expected);
    }
    learner.fit(&data, &data, 1)?;
    assert_eq!(
        std::fs::read_to_string(&path).expect("log").lines().count(),
        2,
        "a new run, a new log"
    );
    let mut learner = Learner::regressor::<Net>(&device(1)?, Sgd::default())?;
    let error = learner
        .quiet()
        .add(CsvLog::new(folder.path()))
        .fit(&data, &data, 1)
        .unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    Ok(())
}
