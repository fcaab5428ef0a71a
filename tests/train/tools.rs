//! Schedules, clipping, rates of parts, freezing and weight constraints against PyTorch, driven through a `Learner`.
//!
//! `tests/train/tools.py` made `tools.json`, which names the versions.

use std::collections::BTreeMap;

use gradus::prelude::*;
use gradus_tests::{Array, close, load};
use serde::Deserialize;

use crate::support::{Stored, write_tensors};

type Net = (Linear<3, 4>, Tanh, Linear<4, 2>);

#[derive(Deserialize)]
struct Golden {
    base: f32,
    epochs: usize,
    batches: usize,
    schedules: BTreeMap<String, Vec<f32>>,
    start: BTreeMap<String, Array>,
    inputs: Vec<f32>,
    values: Vec<f32>,
    runs: Vec<Run>,
}

/// Losses before and weights after every step, and the norms of the gradient before clipping.
#[derive(Deserialize)]
struct Run {
    optimizer: String,
    settings: Settings,
    norm: Option<f32>,
    value: Option<f32>,
    slow: Option<f32>,
    frozen: bool,
    constraint: Option<serde_json::Value>,
    losses: Vec<f32>,
    norms: Vec<f32>,
    weights: Vec<Vec<f32>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    lr: f32,
    momentum: Option<f32>,
    weight_decay: Option<f32>,
}

fn golden() -> Golden {
    load("train/tools")
}

impl Run {
    fn name(&self) -> String {
        let Run {
            optimizer,
            settings,
            norm,
            value,
            slow,
            frozen,
            constraint,
            ..
        } = self;
        format!("{optimizer} {settings:?} {norm:?} {value:?} {slow:?} {frozen} {constraint:?}")
    }

    fn optimizer(&self) -> Optimizer {
        let Settings {
            lr,
            momentum,
            weight_decay,
        } = self.settings;
        let weight_decay = weight_decay.unwrap_or(0.0);
        match self.optimizer.as_str() {
            "Sgd" => Optimizer::Sgd(Sgd {
                lr,
                momentum: momentum.unwrap_or(0.0),
                weight_decay,
                ..Sgd::default()
            }),
            "Adam" => Optimizer::Adam(Adam {
                lr,
                weight_decay,
                ..Adam::default()
            }),
            "AdamW" => Optimizer::AdamW(AdamW {
                lr,
                weight_decay,
                ..AdamW::default()
            }),
            other => panic!("unknown optimizer {other}"),
        }
    }

    /// A learner at the start weights with the settings of the run, and its samples, which make one batch.
    fn start(&self, golden: &Golden) -> gradus::Result<(Learner, Dataset)> {
        let data = Dataset::regression(golden.inputs.clone(), &[3], golden.values.clone(), 2)?;
        let mut learner = Learner::regressor::<Net>(&device(0)?, self.optimizer())?;
        let stored: Vec<Stored> = golden
            .start
            .iter()
            .map(|(name, array)| Stored(name.clone(), array.shape.clone(), array.values.clone()))
            .collect();
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("start.safetensors");
        write_tensors(&path, &stored);
        learner.quiet().load(&path)?;
        learner.clip_norm(self.norm.unwrap_or(0.0));
        learner.clip_value(self.value.unwrap_or(0.0));
        if let Some(slow) = self.slow {
            learner.set_rate("0", slow)?;
        }
        if self.frozen {
            learner.freeze("0.")?;
        }
        match &self.constraint {
            Some(serde_json::Value::Number(n)) => {
                learner.set_constraint(Constraint::MaxNorm(n.as_f64().expect("a number") as f32));
            }
            Some(_) => {
                learner.set_constraint(Constraint::UnitNorm);
            }
            None => {}
        }
        Ok((learner, data))
    }
}

fn weights(learner: &Learner) -> gradus::Result<Vec<f32>> {
    let (first, _, last) = learner.network::<Net>()?;
    let tensors = [
        first.weight.as_vec(),
        first.bias.as_vec(),
        last.weight.as_vec(),
        last.bias.as_vec(),
    ];
    Ok(tensors.concat())
}

#[test]
fn every_schedule_is_pytorchs() {
    let golden = golden();
    let schedules = [
        ("constant", Schedule::Constant),
        ("step", Schedule::Step { epochs: 2, gamma: 0.3 }),
        ("exponential", Schedule::Exponential { gamma: 0.7 }),
        ("cosine", Schedule::Cosine { end: 0.05 }),
        ("warm_constant", Schedule::Constant.warmup(1.5)),
        ("warm_cosine", Schedule::Cosine { end: 0.0 }.warmup(1.5)),
    ];
    assert_eq!(golden.schedules.len(), schedules.len());
    for (name, schedule) in schedules {
        let rates = schedule.rates(golden.base, golden.epochs, golden.batches);
        assert_eq!(rates.len(), golden.schedules[name].len());
        for (step, (got, expected)) in rates.iter().zip(&golden.schedules[name]).enumerate() {
            // Relative: the last rates are small.
            assert!(
                (got / expected - 1.0).abs() < 1e-5,
                "{name}, step {step}: {got}, PyTorch has {expected}"
            );
        }
    }
}

/// Writes down the norms of the gradient and the rates of a run.
#[derive(Clone, Default)]
struct Meter(std::rc::Rc<std::cell::RefCell<Vec<(f32, Option<f32>)>>>);

impl Callback for Meter {
    fn batch_end(&mut self, _: &mut Learner, event: &BatchEnd) -> gradus::Result<Control> {
        self.0.borrow_mut().push((event.lr, event.gradient_norm));
        Ok(Control::Continue)
    }
}

#[test]
fn clipped_slow_frozen_and_constrained_steps_are_pytorchs() -> gradus::Result<()> {
    let golden = golden();
    assert_eq!(golden.runs.len(), 12);
    for run in &golden.runs {
        let (mut learner, data) = run.start(&golden)?;
        let meter = Meter::default();
        learner.add(meter.clone());
        for (step, (loss, expected)) in run.losses.iter().zip(&run.weights).enumerate() {
            let history = learner.fit(&data, &data, 1)?;
            let what = |what: &str| format!("{}: {what} in step {step}", run.name());
            close(&what("loss"), history.batch_losses(), &[*loss], 1e-5);
            close(&what("weights"), &weights(&learner)?, expected, 2e-5);
        }
        let norms: Vec<f32> = meter.0.borrow().iter().filter_map(|m| m.1).collect();
        close(&format!("{}: norms", run.name()), &norms, &run.norms, 1e-5);
    }
    Ok(())
}

#[test]
fn a_run_follows_its_schedule() -> gradus::Result<()> {
    let data = data::moons(70, 0.1, 0)?;
    let adam = Adam {
        lr: 0.2,
        ..Adam::default()
    };
    for schedule in [
        Schedule::Step { epochs: 2, gamma: 0.3 },
        Schedule::Cosine { end: 0.1 }.warmup(0.7),
        Schedule::OneCycle(OneCycle { max_lr: 0.1, steps: 0 }),
    ] {
        let mut learner = Learner::classifier::<(Linear<2, 2>,)>(&device(0)?, adam)?;
        let meter = Meter::default();
        learner.quiet().set_batch_size(20).add(meter.clone());
        learner.fit_schedule(&data, &data, 5, schedule.clone())?;
        let rates: Vec<f32> = meter.0.borrow().iter().map(|m| m.0).collect();
        assert_eq!(rates, schedule.rates(0.2, 5, 4), "{schedule:?}");
        // Afterwards the optimizer has its own rate again.
        learner.fit(&data, &data, 1)?;
        assert_eq!(meter.0.borrow().last().expect("a batch").0, 0.2);
    }
    Ok(())
}

/// A policy with a length of its own, as `OneCycle { steps }` gives it, goes on at its last rate when it is over.
#[test]
fn one_cycle_with_a_length_of_its_own() {
    let cycle = |steps| Schedule::OneCycle(OneCycle { max_lr: 0.5, steps });
    assert_eq!(cycle(0).rates(0.1, 2, 10), cycle(20).rates(0.1, 2, 10));
    let short = cycle(10).rates(0.1, 2, 10);
    assert_eq!(short[..10], cycle(0).rates(0.1, 1, 10));
    assert!(short[10..].iter().all(|rate| *rate == short[9]));
}

#[test]
fn settings_without_a_meaning_are_refused() -> gradus::Result<()> {
    let data = data::moons(40, 0.1, 0)?;
    let fresh = || Learner::classifier::<(Linear<2, 2>,)>(&device(0)?, Sgd::default());
    let cases = [
        (
            Schedule::Step { epochs: 0, gamma: 0.1 },
            "epochs of a Step schedule: expected at least 1, got 0",
        ),
        (
            Schedule::Step { epochs: 1, gamma: -0.1 },
            "gamma: expected a finite number, not below 0, got -0.1",
        ),
        (
            Schedule::Exponential { gamma: f32::NAN },
            "gamma: expected a finite number, not below 0, got NaN",
        ),
        (
            Schedule::Cosine { end: 1.5 },
            "end of a Cosine schedule: expected a number from 0 to 1, got 1.5",
        ),
        (
            Schedule::Constant.warmup(f32::INFINITY),
            "epochs of a warm-up: expected a finite number, not below 0, got inf",
        ),
        (
            Schedule::Exponential { gamma: -1.0 }.warmup(1.0),
            "gamma: expected a finite number, not below 0, got -1",
        ),
        (
            Schedule::Constant.warmup(1.0).warmup(1.0),
            "schedule after a warm-up: expected Constant, Step, Exponential or Cosine, got one that has a climb of its own",
        ),
    ];
    for (schedule, says) in cases {
        let mut learner = fresh()?;
        let error = learner.quiet().fit_schedule(&data, &data, 1, schedule).unwrap_err();
        assert_eq!(error.to_string(), says);
    }
    let cases: [(fn(&mut Learner), &str); 5] = [
        (
            |l| {
                l.clip_norm(-1.0);
            },
            "clip_norm: expected a finite number, not below 0, got -1",
        ),
        (
            |l| {
                l.clip_value(f32::NAN);
            },
            "clip_value: expected a finite number, not below 0, got NaN",
        ),
        (
            |l| {
                l.accumulate(0);
            },
            "batches per step (accumulate): expected at least 1, got 0",
        ),
        (
            |l| {
                l.set_constraint(Constraint::MaxNorm(0.0));
            },
            "MaxNorm: expected a finite number above 0, got 0",
        ),
        (
            |l| {
                l.set_lr(f32::NAN);
            },
            "learning rate: expected a finite number, not below 0, got NaN",
        ),
    ];
    for (set, says) in cases {
        let mut learner = fresh()?;
        set(learner.quiet());
        assert_eq!(learner.fit(&data, &data, 1).unwrap_err().to_string(), says);
    }
    Ok(())
}
