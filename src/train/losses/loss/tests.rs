//! Losses over classes against PyTorch and against central differences. `tests/train/loss.py` made `loss.json`, which
//! names the version.

use serde::Deserialize;

use super::*;
use crate::device::device;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    loss: String,
    settings: Settings,
    width: usize,
    scores: Vec<f32>,
    kind: String,
    targets: Vec<f64>,
    losses: Vec<f64>,
    mean: f64,
    gradient: Vec<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    weights: Vec<f32>,
    label_smoothing: f32,
    pos_weight: f32,
    gamma: f32,
}

impl Case {
    fn loss(&self) -> Loss {
        let Settings {
            weights,
            label_smoothing,
            pos_weight,
            gamma,
        } = self.settings.clone();
        match self.loss.as_str() {
            // Without settings, by its short name.
            "CrossEntropy" if weights.is_empty() && label_smoothing == 0.0 => Loss::CrossEntropy,
            "CrossEntropy" => CrossEntropy {
                weights,
                label_smoothing,
            }
            .into(),
            "Nll" => Loss::Nll,
            "BinaryCrossEntropy" => BinaryCrossEntropy { pos_weight }.into(),
            "Focal" => Focal { gamma, weights }.into(),
            other => panic!("unknown loss {other}"),
        }
    }

    fn targets(&self) -> Targets {
        match self.kind.as_str() {
            "classes" => Targets::Classes(self.targets.iter().map(|t| *t as usize).collect()),
            _ => Targets::Probabilities {
                data: self.targets.iter().map(|t| *t as f32).collect(),
                classes: self.width,
            },
        }
    }
}

/// The value of the loss and its gradient with respect to the scores, from the tape.
fn differentiate(loss: &Loss, scores: &[f32], width: usize, targets: &Targets) -> Result<(f32, Vec<f32>)> {
    let scores: Scores2 = device(0)?.tensor_from_vec(scores.to_vec(), (scores.len() / width, width));
    let value = loss.of(scores.leaky_trace(), targets)?;
    let number = value.array();
    Ok((number, value.backward().get(&scores).as_vec()))
}

#[track_caller]
fn near(what: &str, got: f64, expected: f64, tolerance: f64) {
    let fits = (got - expected).abs() <= tolerance * (1e-3 + expected.abs());
    assert!(fits, "{what}: {got} instead of {expected}");
}

#[test]
fn values_and_gradients_are_pytorchs() -> Result<()> {
    let golden: Golden =
        serde_json::from_str(include_str!("../../../../tests/train/loss.json")).expect("golden values");
    assert_eq!(golden.cases.len(), 21);
    for case in &golden.cases {
        let (loss, targets) = (case.loss(), case.targets());
        let what = format!("{} {:?}", case.loss, case.settings);
        let losses = loss.per_sample(&case.scores, case.width, &targets)?;
        assert_eq!(losses.len(), case.losses.len(), "{what}");
        for (got, expected) in losses.iter().zip(&case.losses) {
            near(&what, *got, *expected, 1e-6);
        }
        near(&what, loss.mean(&case.scores, case.width, &targets)?, case.mean, 1e-6);
        let (mean, gradient) = differentiate(&loss, &case.scores, case.width, &targets)?;
        near(&what, f64::from(mean), case.mean, 1e-6);
        for (got, expected) in gradient.iter().zip(&case.gradient) {
            near(&format!("{what}, gradient"), f64::from(*got), *expected, 1e-5);
        }
    }
    Ok(())
}

/// Central differences of the mean, in steps that f32 holds exactly.
#[test]
fn gradients_are_the_slopes_of_the_values() -> Result<()> {
    let scores = [0.5f32, -1.25, 2.0, 0.75, 0.0, -3.0, 1.5, 1.5, -0.5];
    let weights = vec![0.5, 3.0, 1.0];
    let (hard, soft) = (
        Targets::Classes(vec![2, 0, 1]),
        Targets::Probabilities {
            data: vec![0.2, 0.3, 0.5, 1.0, 0.0, 0.0, 0.1, 0.1, 0.8],
            classes: 3,
        },
    );
    let smooth = CrossEntropy {
        weights: weights.clone(),
        label_smoothing: 0.2,
    };
    let focal = |gamma| Focal {
        gamma,
        weights: weights.clone(),
    };
    let classes: [Loss; 6] = [
        Loss::CrossEntropy,
        Loss::Nll,
        smooth.into(),
        focal(2.0).into(),
        focal(1.0).into(),
        focal(0.5).into(),
    ];
    let mut cases: Vec<(Loss, usize, Targets)> = Vec::new();
    for loss in classes {
        cases.push((loss.clone(), 3, hard.clone()));
        cases.push((loss, 3, soft.clone()));
    }
    let yes = Targets::Classes(vec![1, 0, 0, 1, 1, 0, 1, 0, 1]);
    cases.push((BinaryCrossEntropy { pos_weight: 2.5 }.into(), 1, yes.clone()));
    let pair = Focal {
        gamma: 2.0,
        weights: vec![0.75, 0.25],
    };
    cases.push((pair.into(), 1, yes));
    let values = Targets::Values {
        data: vec![0.0, 1.0, 0.0, 2.0, 1.0, -1.0, 0.0, 1.25, -0.25],
        dim: 3,
    };
    for loss in [Loss::Mse, Loss::Mae, Loss::Huber { delta: 0.6 }] {
        cases.push((loss, 3, values.clone()));
    }
    let step = 1.0 / 1024.0;
    for (loss, width, targets) in cases {
        let (_, gradient) = differentiate(&loss, &scores, width, &targets)?;
        for i in 0..scores.len() {
            let at = |shift: f32| {
                let mut moved = scores;
                moved[i] += shift;
                loss.mean(&moved, width, &targets)
            };
            let slope = (at(step)? - at(-step)?) / f64::from(2.0 * step);
            let what = format!("{loss:?}, {}, score {i}", targets.kind());
            near(&what, f64::from(gradient[i]), slope, 1e-4);
        }
    }
    Ok(())
}

#[test]
fn what_is_certain_and_right_costs_nothing_and_moves_nothing() -> Result<()> {
    let targets = Targets::Classes(vec![0, 1]);
    for gamma in [0.0, 0.5, 1.0, 2.0] {
        let focal = Loss::from(Focal {
            gamma,
            weights: Vec::new(),
        });
        let (value, gradient) = differentiate(&focal, &[900.0, -900.0, -900.0, 900.0], 2, &targets)?;
        assert_eq!((value, gradient), (0.0, vec![0.0; 4]), "gamma {gamma}");
    }
    Ok(())
}

#[test]
fn a_batch_of_weight_zero_costs_nothing() -> Result<()> {
    let loss = Loss::from(CrossEntropy {
        weights: vec![0.0, 1.0],
        ..CrossEntropy::default()
    });
    let (value, gradient) = differentiate(&loss, &[1.0, 2.0], 2, &Targets::Classes(vec![0]))?;
    assert_eq!((value, gradient), (0.0, vec![0.0; 2]));
    Ok(())
}

#[test]
fn one_hot_probabilities_and_classes_cost_the_same() -> Result<()> {
    let scores = [1.0f32, -2.0, 0.5, 3.0, 0.0, 0.1];
    let classes = Targets::Classes(vec![2, 0]);
    let hot = Targets::Probabilities {
        data: classes.probabilities(3)?,
        classes: 3,
    };
    let cost = |targets: &Targets| Loss::CrossEntropy.mean(&scores, 3, targets);
    assert_eq!(cost(&classes)?, cost(&hot)?);
    Ok(())
}

#[test]
fn settings_without_meaning_are_refused_with_a_reason() {
    let soft = Targets::Probabilities {
        data: vec![0.5; 4],
        classes: 2,
    };
    let hard = Targets::Classes(vec![1, 0]);
    let weights = |weights: Vec<f32>| CrossEntropy {
        weights,
        ..CrossEntropy::default()
    };
    let smoothing = |label_smoothing| CrossEntropy {
        label_smoothing,
        ..CrossEntropy::default()
    };
    let gamma = |gamma| Focal {
        gamma,
        ..Focal::default()
    };
    let cases: Vec<(Loss, &Targets, &str)> = vec![
        (
            Loss::CrossEntropy,
            &soft,
            "for CrossEntropy: expected classes, or probabilities of 3 classes, got probabilities of 2 classes",
        ),
        (
            weights(vec![1.0; 2]).into(),
            &hard,
            "weights of the loss: expected 3, one per class, or none, got 2",
        ),
        (
            weights(vec![1.0, -1.0, 1.0]).into(),
            &hard,
            "weight of a class: expected a finite number, not below 0, got -1",
        ),
        (
            weights(vec![1.0, f32::NAN, 1.0]).into(),
            &hard,
            "weight of a class: expected a finite number, not below 0, got NaN",
        ),
        (
            smoothing(1.5).into(),
            &hard,
            "label_smoothing: expected a number from 0 to 1, got 1.5",
        ),
        (
            gamma(-1.0).into(),
            &hard,
            "gamma: expected a finite number, not below 0, got -1",
        ),
        (
            BinaryCrossEntropy::default().into(),
            &hard,
            "expected one per sample, got 3. Use Loss::CrossEntropy for one score per class",
        ),
        (
            Loss::Mse,
            &hard,
            "for Mse: expected 3 values per sample, as many as the network returns, got classes",
        ),
    ];
    for (loss, targets, says) in cases {
        let error = loss.mean(&[0.0; 6], 3, targets).unwrap_err().to_string();
        assert!(error.ends_with(says), "{error}");
    }
}

/// A class that a mask rules out costs nothing and moves nothing; where it is the true one, the loss says so.
#[test]
fn masked_classes_train() -> Result<()> {
    let mask = f32::NEG_INFINITY;
    let scores = [0.5, mask, 1.0, mask, 0.3, mask];
    let probabilities = Targets::Probabilities {
        data: vec![0.25, 0.0, 0.75, 0.0, 1.0, 0.0],
        classes: 3,
    };
    let weighted = CrossEntropy {
        weights: vec![1.0, 2.0, 3.0],
        label_smoothing: 0.0,
    };
    let losses = [Loss::CrossEntropy, weighted.into(), Focal::default().into(), Loss::Nll];
    for loss in losses {
        for targets in [Targets::Classes(vec![2, 1]), probabilities.clone()] {
            let (value, slopes) = differentiate(&loss, &scores, 3, &targets)?;
            near(
                &format!("{loss:?}"),
                f64::from(value),
                loss.mean(&scores, 3, &targets)?,
                1e-6,
            );
            assert!(
                value.is_finite() && slopes.iter().all(|s| s.is_finite()),
                "{loss:?}: {value}, {slopes:?}"
            );
            for (score, slope) in scores.iter().zip(&slopes) {
                assert!(*score != mask || *slope == 0.0, "{loss:?}: {slopes:?}");
            }
            // The focal loss hardly learns from what is easy.
            assert!(slopes[0].abs() + slopes[2].abs() > 0.01, "{loss:?}: {slopes:?}");
        }
        let (value, _) = differentiate(&loss, &scores, 3, &Targets::Classes(vec![1, 1]))?;
        assert!(!value.is_finite(), "{loss:?}");
    }
    // The same slopes as of the classes that are left.
    let (_, slopes) = differentiate(&Loss::CrossEntropy, &[0.5, mask, 1.0], 3, &Targets::Classes(vec![2]))?;
    let (_, left) = differentiate(&Loss::CrossEntropy, &[0.5, 1.0], 2, &Targets::Classes(vec![1]))?;
    assert_eq!([slopes[0], slopes[2]], left[..]);
    Ok(())
}
