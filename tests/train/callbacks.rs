//! Hooks of a run: when they are called, with what, and what they may do.

use std::cell::RefCell;
use std::rc::Rc;

use gradus::data::Targets;
use gradus::prelude::*;

type Net = (Linear<2, 8>, ReLU, Linear<8, 2>);

fn learner(seed: u64) -> gradus::Result<(Learner, Dataset)> {
    let mut learner = Learner::classifier::<Net>(&device(seed)?, Sgd::default())?;
    learner.quiet().set_batch_size(20);
    Ok((learner, data::moons(50, 0.1, 1)?))
}

/// Writes down what it hears, and says stop when told to.
#[derive(Clone, Default)]
struct Diary {
    lines: Rc<RefCell<Vec<String>>>,
    stop_at_step: Option<usize>,
    stop_after_epoch: Option<usize>,
}

impl Diary {
    fn write(&self, line: String) {
        self.lines.borrow_mut().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }
}

fn stop(now: bool) -> gradus::Result<Control> {
    Ok(if now { Control::Stop } else { Control::Continue })
}

impl Callback for Diary {
    fn fit_begin(&mut self, _: &mut Learner, event: &FitBegin) -> gradus::Result<()> {
        self.write(format!("begin {} {} {}", event.epochs, event.done, event.batches));
        Ok(())
    }

    fn batch_end(&mut self, _: &mut Learner, event: &BatchEnd) -> gradus::Result<Control> {
        assert!(event.loss.is_finite() && event.lr == 0.01 && event.gradient_norm.is_none());
        self.write(format!("batch {} {}/{}", event.epoch, event.step, event.steps));
        stop(self.stop_at_step == Some(event.step))
    }

    fn epoch_end(&mut self, learner: &mut Learner, event: &EpochEnd) -> gradus::Result<Control> {
        // The learner is at hand, as it is after the epoch.
        let (loss, accuracy) = learner.evaluate(&data::moons(50, 0.1, 1)?)?;
        assert_eq!((loss, accuracy), (event.epoch.valid_loss, event.epoch.metric));
        assert_eq!(event.metric, "accuracy");
        self.write(format!("epoch {}/{} {}", event.epoch.number, event.epochs, event.steps));
        stop(self.stop_after_epoch == Some(event.epoch.number))
    }

    fn fit_end(&mut self, _: &mut Learner, event: &FitEnd) -> gradus::Result<()> {
        self.write(format!("end {} {}", event.history.epochs().len(), event.stopped));
        Ok(())
    }
}

#[test]
fn hooks_are_called_in_order() -> gradus::Result<()> {
    let (mut learner, data) = learner(0)?;
    let diary = Diary::default();
    learner.add(diary.clone());
    learner.fit(&data, &data, 2)?;
    let expected = [
        "begin 2 0 3",
        "batch 1 0/6",
        "batch 1 1/6",
        "batch 1 2/6",
        "epoch 1/2 3",
        "batch 2 3/6",
        "batch 2 4/6",
        "batch 2 5/6",
        "epoch 2/2 6",
        "end 2 false",
    ];
    assert_eq!(diary.lines(), expected);
    learner.clear_callbacks().fit(&data, &data, 1)?;
    assert_eq!(diary.lines().len(), expected.len(), "removed callbacks hear nothing");
    Ok(())
}

#[test]
fn a_callback_ends_the_run() -> gradus::Result<()> {
    let (mut learner, data) = learner(0)?;
    let diary = Diary {
        stop_after_epoch: Some(2),
        ..Diary::default()
    };
    learner.add(diary.clone());
    let history = learner.fit(&data, &data, 5)?;
    assert_eq!((history.epochs().len(), history.batch_losses().len()), (2, 6));
    assert_eq!(diary.lines().last().map(String::as_str), Some("end 2 true"));

    // In the middle of an epoch: the epoch is closed with its validation.
    let diary = Diary {
        stop_at_step: Some(4),
        ..Diary::default()
    };
    learner.add(diary.clone());
    let history = learner.fit(&data, &data, 5)?;
    assert_eq!((history.epochs().len(), history.batch_losses().len()), (2, 5));
    assert_eq!(diary.lines()[7..], ["epoch 2/5 5", "end 2 true"]);
    Ok(())
}

#[test]
fn one_callback_of_each_name() -> gradus::Result<()> {
    let (mut learner, data) = learner(0)?;
    let (first, second) = (Diary::default(), Diary::default());
    learner.add(first.clone()).add(second.clone());
    learner.fit(&data, &data, 1)?;
    assert_eq!((first.lines().len(), second.lines().len()), (0, 6));
    Ok(())
}

struct Fails;

impl Callback for Fails {
    fn epoch_end(&mut self, _: &mut Learner, _: &EpochEnd) -> gradus::Result<Control> {
        Err(Error::Plot("no paper".into()))
    }
}

#[test]
fn an_error_of_a_callback_ends_the_run_with_it() -> gradus::Result<()> {
    let (mut learner, data) = learner(0)?;
    let diary = Diary::default();
    let result = learner.add(Fails).add(diary.clone()).fit(&data, &data, 3);
    assert_eq!(result.unwrap_err().to_string(), "plot: no paper");
    // The callbacks are still there.
    assert!(learner.fit(&data, &data, 1).is_err());
    assert_eq!(diary.lines().len(), 2 * 4);
    Ok(())
}

/// Looking on changes nothing.
#[test]
fn a_run_with_callbacks_has_the_same_numbers() -> gradus::Result<()> {
    let (mut plain, data) = learner(3)?;
    let (mut watched, _) = learner(3)?;
    watched.add(Diary::default());
    let (a, b) = (plain.fit(&data, &data, 3)?, watched.fit(&data, &data, 3)?);
    assert_eq!(a.batch_losses(), b.batch_losses());
    Ok(())
}

/// Shifts all inputs and notes the seeds that it got.
struct Shift {
    by: f32,
    infos: Rc<RefCell<Vec<BatchInfo>>>,
}

impl BatchTransform for Shift {
    fn transform(&self, mut batch: Batch, info: &BatchInfo) -> gradus::Result<Batch> {
        self.infos.borrow_mut().push(*info);
        batch.inputs.iter_mut().for_each(|x| *x += self.by);
        Ok(batch)
    }
}

/// Makes all targets the same, as probabilities.
struct Blur;

impl BatchTransform for Blur {
    fn transform(&self, batch: Batch, info: &BatchInfo) -> gradus::Result<Batch> {
        let classes = info.classes;
        let data = vec![1.0 / classes as f32; batch.len() * classes];
        Ok(Batch {
            targets: Targets::Probabilities { data, classes },
            ..batch
        })
    }
}

#[test]
fn transforms_change_what_the_network_learns_from() -> gradus::Result<()> {
    let (mut learner, data) = learner(1)?;
    let (before, _) = learner.evaluate(&data)?;
    let infos = Rc::new(RefCell::new(Vec::new()));
    let shift = |by| Shift {
        by,
        infos: infos.clone(),
    };
    // The second one replaces the first one.
    learner.add_transform(shift(1e30)).add_transform(shift(0.0));
    learner.add_transform(Blur);
    learner.set_lr(0.0);
    let history = learner.fit(&data, &data, 2)?;
    let epoch = history.last().expect("an epoch");
    assert_eq!(epoch.valid_loss, before, "validation is left alone");
    assert!(epoch.train_loss > 0.99 * std::f64::consts::LN_2, "{epoch:?}");
    let infos = infos.borrow();
    let steps: Vec<_> = infos.iter().map(|i| (i.epoch, i.step, i.classes)).collect();
    assert_eq!(
        steps,
        [(0, 0, 2), (0, 1, 2), (0, 2, 2), (1, 0, 2), (1, 1, 2), (1, 2, 2)]
    );
    let seeds: std::collections::HashSet<u64> = infos.iter().map(|i| i.seed).collect();
    assert_eq!(seeds.len(), 6);
    learner.clear_transforms().fit(&data, &data, 1)?;
    assert_eq!(infos.len(), 6);
    Ok(())
}
