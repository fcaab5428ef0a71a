//! Losses, optimizers and the one-cycle policy against PyTorch, driven through a `Learner`.
//!
//! `tests/train/optimizers.py` made `optimizers.json`, which names the versions. All training there and here starts from the
//! same weights, on six samples that make one batch.

use std::collections::BTreeMap;

use gradus::prelude::*;
use gradus_tests::{Array, load};
use serde::Deserialize;

use crate::support::{Stored, write_tensors};

type Net = (Linear<3, 4>, Tanh, Linear<4, 2>);

#[derive(Deserialize)]
struct Golden {
    start: BTreeMap<String, Array>,
    inputs: Vec<f32>,
    classes: Vec<usize>,
    values: Vec<f32>,
    runs: Vec<Run>,
    cycle_runs: Vec<Run>,
    cycles: Vec<Cycle>,
    losses: Vec<LossValue>,
}

/// Losses before and weights after every step.
#[derive(Deserialize)]
struct Run {
    optimizer: String,
    settings: Settings,
    loss: String,
    delta: f32,
    losses: Vec<f32>,
    weights: Vec<Vec<f32>>,
    max_lr: Option<f32>,
}

/// What differs from the optimizer's defaults.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    lr: Option<f32>,
    momentum: Option<f32>,
    nesterov: Option<bool>,
    betas: Option<[f32; 2]>,
    alpha: Option<f32>,
    eps: Option<f32>,
    weight_decay: Option<f32>,
}

#[derive(Deserialize)]
struct Cycle {
    max_lr: f32,
    steps: usize,
    lr: Vec<f32>,
    momentum: Vec<f32>,
}

#[derive(Deserialize)]
struct LossValue {
    loss: String,
    delta: f32,
    scores: Vec<f32>,
    targets: Vec<f32>,
    value: f64,
}

fn golden() -> Golden {
    load("train/optimizers")
}

fn loss(name: &str, delta: f32) -> Loss {
    match name {
        "CrossEntropy" => Loss::CrossEntropy,
        "Mse" => Loss::Mse,
        "Mae" => Loss::Mae,
        "Huber" => Loss::Huber { delta },
        other => panic!("unknown loss {other}"),
    }
}

impl Run {
    fn name(&self) -> String {
        format!("{} {:?} {}", self.optimizer, self.settings, self.loss)
    }

    fn optimizer(&self) -> Optimizer {
        let s = &self.settings;
        match self.optimizer.as_str() {
            "Sgd" => {
                let d = Sgd::default();
                Optimizer::Sgd(Sgd {
                    lr: s.lr.unwrap_or(d.lr),
                    momentum: s.momentum.unwrap_or(d.momentum),
                    nesterov: s.nesterov.unwrap_or(d.nesterov),
                    weight_decay: s.weight_decay.unwrap_or(d.weight_decay),
                })
            }
            "Adam" => {
                let d = Adam::default();
                Optimizer::Adam(Adam {
                    lr: s.lr.unwrap_or(d.lr),
                    betas: s.betas.unwrap_or(d.betas),
                    eps: s.eps.unwrap_or(d.eps),
                    weight_decay: s.weight_decay.unwrap_or(d.weight_decay),
                })
            }
            "AdamW" => {
                let d = AdamW::default();
                Optimizer::AdamW(AdamW {
                    lr: s.lr.unwrap_or(d.lr),
                    betas: s.betas.unwrap_or(d.betas),
                    eps: s.eps.unwrap_or(d.eps),
                    weight_decay: s.weight_decay.unwrap_or(d.weight_decay),
                })
            }
            "RmsProp" => {
                let d = RmsProp::default();
                Optimizer::RmsProp(RmsProp {
                    lr: s.lr.unwrap_or(d.lr),
                    alpha: s.alpha.unwrap_or(d.alpha),
                    eps: s.eps.unwrap_or(d.eps),
                    weight_decay: s.weight_decay.unwrap_or(d.weight_decay),
                })
            }
            "Adagrad" => {
                let d = Adagrad::default();
                Optimizer::Adagrad(Adagrad {
                    lr: s.lr.unwrap_or(d.lr),
                    eps: s.eps.unwrap_or(d.eps),
                    weight_decay: s.weight_decay.unwrap_or(d.weight_decay),
                })
            }
            other => panic!("unknown optimizer {other}"),
        }
    }

    /// A learner at the start weights, and its samples.
    fn start(&self, golden: &Golden) -> gradus::Result<(Learner, Dataset)> {
        let data = match self.loss.as_str() {
            "CrossEntropy" => {
                Dataset::from_values(golden.inputs.clone(), &[3], golden.classes.clone(), &["no", "yes"])?
            }
            _ => Dataset::regression(golden.inputs.clone(), &[3], golden.values.clone(), 2)?,
        };
        let mut learner = Learner::with_loss::<Net>(&device(0)?, self.optimizer(), loss(&self.loss, self.delta))?;
        let stored: Vec<Stored> = golden
            .start
            .iter()
            .map(|(name, array)| Stored(name.clone(), array.shape.clone(), array.values.clone()))
            .collect();
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("start.safetensors");
        write_tensors(&path, &stored);
        learner.quiet().load(&path)?;
        Ok((learner, data))
    }
}

/// All weights in PyTorch's order.
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

/// The same numbers as PyTorch's to rounding.
#[track_caller]
fn close(what: &str, got: &[f32], expected: &[f32]) {
    gradus_tests::close(what, got, expected, 1e-5);
}

#[test]
fn every_step_of_every_optimizer_is_pytorchs() -> gradus::Result<()> {
    let golden = golden();
    assert_eq!(golden.runs.len(), 16);
    for run in &golden.runs {
        let (mut learner, data) = run.start(&golden)?;
        assert_eq!(run.losses.len(), 12);
        for (step, (loss, expected)) in run.losses.iter().zip(&run.weights).enumerate() {
            let history = learner.fit(&data, &data, 1)?;
            close(
                &format!("{}: loss in step {step}", run.name()),
                history.batch_losses(),
                &[*loss],
            );
            close(
                &format!("{}: weights after step {step}", run.name()),
                &weights(&learner)?,
                expected,
            );
        }
    }
    Ok(())
}

#[test]
fn one_cycle_training_is_pytorchs_and_gives_the_settings_back() -> gradus::Result<()> {
    let golden = golden();
    assert_eq!(golden.cycle_runs.len(), 4);
    for run in &golden.cycle_runs {
        let (mut learner, data) = run.start(&golden)?;
        let history = learner.fit_one_cycle(&data, &data, 20, run.max_lr.expect("highest rate"))?;
        close(
            &format!("{}: losses of the cycle", run.name()),
            history.batch_losses(),
            &run.losses[..20],
        );
        close(
            &format!("{}: weights after the cycle", run.name()),
            &weights(&learner)?,
            &run.weights[19],
        );
        learner.fit(&data, &data, 3)?;
        close(
            &format!("{}: three steps later", run.name()),
            &weights(&learner)?,
            &run.weights[22],
        );
    }
    Ok(())
}

#[test]
fn rate_and_momentum_of_every_step_are_pytorchs() {
    for Cycle {
        max_lr,
        steps,
        lr,
        momentum,
    } in golden().cycles
    {
        let cycle = OneCycle { max_lr, steps };
        assert_eq!(lr.len(), steps);
        for step in 0..steps {
            let got = [cycle.lr(step), cycle.momentum(step)];
            for (what, got, expected) in [("lr", got[0], lr[step]), ("momentum", got[1], momentum[step])] {
                // Relative: the last rates are a millionth of the highest one.
                assert!(
                    (got / expected - 1.0).abs() < 1e-5,
                    "{what} in step {step} of {steps}: {got}, PyTorch has {expected}"
                );
            }
        }
    }
}

/// A network that returns its input turns `evaluate` into the loss of given scores.
#[test]
fn values_of_the_losses_are_pytorchs() -> gradus::Result<()> {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("identity.safetensors");
    let identity = vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let zero = Stored("0.bias".into(), vec![3], vec![0.0; 3]);
    write_tensors(&path, &[Stored("0.weight".into(), vec![3, 3], identity), zero]);
    for case in golden().losses {
        let mut learner =
            Learner::with_loss::<(Linear<3, 3>,)>(&device(0)?, Sgd::default(), loss(&case.loss, case.delta))?;
        learner.load(&path)?;
        let data = match case.loss.as_str() {
            "CrossEntropy" => {
                let classes = case.targets.iter().map(|&class| class as usize).collect();
                Dataset::from_values(case.scores, &[3], classes, &["a", "b", "c"])?
            }
            _ => Dataset::regression(case.scores, &[3], case.targets, 3)?,
        };
        let (got, _) = learner.evaluate(&data)?;
        assert!(
            (got / case.value - 1.0).abs() < 1e-6,
            "{}: {got}, PyTorch has {}",
            case.loss,
            case.value
        );
    }
    Ok(())
}
