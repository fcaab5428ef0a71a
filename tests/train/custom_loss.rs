//! Losses of one's own: what a learner makes of them, of their metrics, and of those that do not keep to the rules.

use std::sync::atomic::{AtomicUsize, Ordering};

use gradus::data::Targets;
use gradus::prelude::*;
use gradus::train::{Better, CustomLoss, Metric, SampleCosts};

type Net = (Linear<2, 2>,);

/// The squared error, as [`Loss::Mse`] has it.
#[derive(Debug)]
struct Squares;

impl CustomLoss for Squares {
    fn costs(&self, scores: &[f32], width: usize, targets: &Targets) -> gradus::Result<SampleCosts> {
        SampleCosts::between(scores, width, targets, |score, target| {
            let error = score - target;
            (error * error, 2.0 * error)
        })
    }
}

/// The squared error with a metric that is told beforehand: the next figure after every epoch.
#[derive(Debug)]
struct Told {
    figures: Vec<f64>,
    better: Better,
    next: AtomicUsize,
}

impl Told {
    fn new(figures: &[f64], better: Better) -> Self {
        let next = AtomicUsize::new(0);
        Self {
            figures: figures.to_vec(),
            better,
            next,
        }
    }
}

impl CustomLoss for Told {
    fn costs(&self, scores: &[f32], width: usize, targets: &Targets) -> gradus::Result<SampleCosts> {
        Squares.costs(scores, width, targets)
    }

    fn metric(&self) -> Metric {
        Metric {
            name: "luck",
            better: self.better,
        }
    }

    fn measure(&self, _: &[f32], _: usize, _: &Targets) -> gradus::Result<f64> {
        Ok(self.figures[self.next.fetch_add(1, Ordering::Relaxed)])
    }
}

/// A loss that forgets a sample.
#[derive(Debug)]
struct Forgetful;

impl CustomLoss for Forgetful {
    fn costs(&self, scores: &[f32], width: usize, targets: &Targets) -> gradus::Result<SampleCosts> {
        let mut costs = Squares.costs(scores, width, targets)?;
        costs.losses.pop();
        Ok(costs)
    }
}

fn data() -> Dataset {
    let values: Vec<f32> = (0..40).map(|i| (i as f32 * 0.37).sin()).collect();
    let targets: Vec<f32> = (0..40).map(|i| (i as f32 * 0.61).cos()).collect();
    Dataset::regression(values, &[2], targets, 2).expect("a set")
}

fn learner(loss: impl Into<Loss>) -> Learner {
    let mut learner =
        Learner::with_loss::<Net>(&device(0).expect("a device"), Sgd::default(), loss).expect("a learner");
    learner.quiet().set_batch_size(7);
    learner
}

#[test]
fn a_loss_of_ones_own_trains_as_the_same_loss_of_the_crate() {
    let data = data();
    let (mut own, mut ours) = (learner(Squares), learner(Loss::Mse));
    let (a, b) = (
        own.fit(&data, &data, 3).expect("trains"),
        ours.fit(&data, &data, 3).expect("trains"),
    );
    assert_eq!(a.metric_name(), "mean abs. error");
    for (a, b) in a.epochs().iter().zip(b.epochs()) {
        assert!(
            (a.train_loss - b.train_loss).abs() < 1e-6,
            "{} for {}",
            a.train_loss,
            b.train_loss
        );
        assert!(
            (a.valid_loss - b.valid_loss).abs() < 1e-6,
            "{} for {}",
            a.valid_loss,
            b.valid_loss
        );
        assert!((a.metric - b.metric).abs() < 1e-6, "{} for {}", a.metric, b.metric);
    }
}

#[test]
fn epochs_are_compared_as_the_metric_is_better() {
    let run = |figures: &[f64], better| {
        let mut learner = learner(Told::new(figures, better));
        learner.add(EarlyStopping::new(1).monitor(Monitor::Metric));
        let history = learner.fit(&data(), &data(), figures.len()).expect("trains");
        assert_eq!(history.metric_name(), "luck");
        history.epochs().len()
    };
    assert_eq!(run(&[0.1, 0.3, 0.5], Better::Higher), 3, "a mean IoU that grows");
    assert_eq!(run(&[0.5, 0.3, 0.1], Better::Higher), 2, "one that falls");
    assert_eq!(run(&[0.1, 0.3, 0.5], Better::Lower), 2, "an error that grows");
    assert_eq!(run(&[0.5, 0.3, 0.1], Better::Lower), 3, "one that falls");
}

#[test]
fn the_best_epoch_of_a_rising_metric_is_the_one_that_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut learner = learner(Told::new(&[0.1, 0.5, 0.3], Better::Higher));
    learner.add(Checkpoint::new(folder.path()).monitor(Monitor::Metric));
    let data = data();
    // The same weights on the same way, two epochs far.
    let mut copy = learner.copy().expect("a copy");
    copy.set_loss(Squares).fit(&data, &data, 2).expect("trains");
    let second = copy.state_dict().expect("tensors");
    learner.fit(&data, &data, 3).expect("trains");
    learner.load(folder.path().join("best.safetensors")).expect("reads");
    let best = learner.state_dict().expect("tensors");
    assert_eq!(best.names(), second.names());
    for name in best.names() {
        assert_eq!(best.get(&name), second.get(&name), "{name}");
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let refused = |loss: Loss| {
        let error = learner(loss).fit(&data(), &data(), 1).expect_err("refused");
        error.to_string()
    };
    let message = refused(Forgetful.into());
    assert!(
        message.contains("Forgetful") && message.contains("7 losses"),
        "{message}"
    );
    let classes = Dataset::from_values(vec![0.5; 8], &[2], vec![0, 1, 0, 1], &["a", "b"]).expect("a set");
    let error = learner(Squares)
        .fit(&classes, &classes, 1)
        .expect_err("classes")
        .to_string();
    assert!(error.contains("2 values per sample"), "{error}");
}

#[test]
fn losses_are_equal_that_are_of_one_type_with_one_setting() {
    let told = |figures: &[f64]| Loss::from(Told::new(figures, Better::Higher));
    assert_eq!(Loss::from(Squares), Loss::from(Squares));
    assert_ne!(Loss::from(Squares), Loss::from(Forgetful));
    assert_ne!(Loss::from(Squares), Loss::Mse);
    assert_eq!(told(&[1.0]), told(&[1.0]));
    assert_ne!(told(&[1.0]), told(&[2.0]));
    assert_eq!(told(&[1.0]).metric().name, "luck");
}
