//! Optimizers without a network: their paths against PyTorch's, and the same steps as a learner makes.
//!
//! `tests/train/descend.py` made `descend.json`, which names the version.

use std::collections::BTreeMap;

use gradus::prelude::*;
use gradus_tests::load;
use serde::Deserialize;

use crate::support::{Stored, write_tensors};

#[derive(Deserialize)]
struct Golden {
    paths: BTreeMap<String, Vec<[f32; 2]>>,
}

/// The slope of Rosenbrock's function with a floor that is a fifth as steep as usual.
fn slope([x, y]: [f32; 2]) -> [f32; 2] {
    [-2.0 * (1.0 - x) - 80.0 * x * (y - x * x), 40.0 * (y - x * x)]
}

fn optimizer(name: &str) -> Optimizer {
    let momentum = Sgd {
        lr: 0.001,
        momentum: 0.9,
        ..Sgd::default()
    };
    match name {
        "Sgd" => Sgd {
            lr: 0.002,
            ..Sgd::default()
        }
        .into(),
        "Momentum" => momentum.into(),
        "Nesterov" => Sgd {
            nesterov: true,
            ..momentum
        }
        .into(),
        "Adagrad" => Adagrad {
            lr: 0.5,
            ..Adagrad::default()
        }
        .into(),
        "RmsProp" => RmsProp::default().into(),
        "Adam" => Adam {
            lr: 0.1,
            ..Adam::default()
        }
        .into(),
        "AdamW" => AdamW {
            lr: 0.1,
            weight_decay: 0.1,
            ..AdamW::default()
        }
        .into(),
        other => panic!("unknown optimizer {other}"),
    }
}

#[test]
fn every_path_is_pytorchs() {
    let golden: Golden = load("train/descend");
    assert_eq!(golden.paths.len(), 7);
    for (name, expected) in golden.paths {
        let path = descend(optimizer(&name), expected[0], expected.len() - 1, slope);
        assert_eq!(path.len(), expected.len());
        for (step, (got, expected)) in path.iter().zip(&expected).enumerate() {
            let off = (got[0] - expected[0]).hypot(got[1] - expected[1]);
            assert!(off < 2e-5, "{name}, step {step}: {got:?}, PyTorch has {expected:?}");
        }
    }
}

/// A learner with one weight per input and no noise, and a stepper that is handed the same gradients.
#[test]
fn a_learner_makes_the_same_steps() -> gradus::Result<()> {
    // The mean over the samples of (w x - 2 x)^2 with x = 1 and x = 3 has the slope 10 (w - 2).
    let data = Dataset::regression(vec![1.0, 3.0], &[1], vec![2.0, 6.0], 1)?;
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("start.safetensors");
    let start = [
        Stored("0.weight".into(), vec![1, 1], vec![-1.0]),
        Stored("0.bias".into(), vec![1], vec![0.0]),
    ];
    write_tensors(&path, &start);
    for name in ["Sgd", "Momentum", "Nesterov", "Adagrad", "RmsProp", "Adam", "AdamW"] {
        let mut learner = Learner::regressor::<(Linear<1, 1>,)>(&device(0)?, optimizer(name))?;
        learner.quiet().load(&path)?;
        let (mut weight, mut bias) = (Stepper::new(optimizer(name), 1), Stepper::new(optimizer(name), 1));
        let (mut w, mut b) = ([-1.0f32], [0.0f32]);
        for step in 0..10 {
            let error = [1.0, 3.0].map(|x| w[0] * x + b[0] - 2.0 * x);
            weight.step(&mut w, &[error[0] + 3.0 * error[1]])?;
            bias.step(&mut b, &[error[0] + error[1]])?;
            learner.fit(&data, &data, 1)?;
            let net = learner.network::<(Linear<1, 1>,)>()?;
            let got = [net.0.weight.as_vec()[0], net.0.bias.as_vec()[0]];
            assert!(
                (got[0] - w[0]).abs() < 1e-5 && (got[1] - b[0]).abs() < 1e-5,
                "{name}, step {step}: the learner has {got:?}, the stepper {w:?} {b:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_stepper_refuses_other_sizes_and_takes_other_rates() {
    let mut stepper = Stepper::new(
        Sgd {
            lr: 0.5,
            ..Sgd::default()
        },
        2,
    );
    let error = stepper.step(&mut [1.0, 2.0], &[1.0]).unwrap_err().to_string();
    assert!(
        error.contains("2 weights with a gradient each") && error.contains("1 gradients"),
        "{error}"
    );
    assert!(stepper.step(&mut [1.0], &[1.0]).is_err());
    assert_eq!(stepper.lr(), 0.5);
    stepper.set_lr(0.25);
    let mut w = [1.0, 2.0];
    stepper.step(&mut w, &[1.0, -2.0]).unwrap();
    assert_eq!(w, [0.75, 2.5]);
}
