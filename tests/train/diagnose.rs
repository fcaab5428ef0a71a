//! A look inside a learner: right, and without a trace.

use gradus::prelude::*;

type Net = (
    (Conv2D<1, 3, 3>, BatchNorm2D<3>, ReLU, MaxPool2D<2>),
    (Flatten<507>, Linear<507, 8>, ReLU, Dropout<20>, Linear<8, 10>),
);

fn learner() -> (Learner, Dataset) {
    let set = data::digits().unwrap().0.take(120);
    let mut learner = Learner::classifier::<Net>(&device(1).unwrap(), Adam::default()).unwrap();
    learner.quiet().set_batch_size(40);
    (learner, set)
}

#[test]
fn every_layer_and_every_matrix_is_seen_in_order() {
    let (learner, set) = learner();
    let found = learner.diagnose(&set).unwrap();
    let layers: Vec<&str> = found.outputs.iter().map(|o| o.layer.as_str()).collect();
    let wanted = [
        "Conv2D<1, 3, 3",
        "BatchNorm2D<3>",
        "ReLU",
        "MaxPool2D<2",
        "Linear<507, 8>",
        "ReLU",
        "Linear<8, 10>",
    ];
    // Dropout may report too; it comes after the second ReLU.
    let layers: Vec<&str> = layers.into_iter().filter(|l| !l.starts_with("Dropout")).collect();
    assert_eq!(layers.len(), wanted.len(), "{layers:?}");
    assert!(layers.iter().zip(wanted).all(|(l, w)| l.starts_with(w)), "{layers:?}");
    assert_eq!(found.outputs[0].shape, [40, 3, 26, 26]);
    let names: Vec<&str> = found.weights.iter().map(|w| w.name.as_str()).collect();
    assert_eq!(names, ["0.0.weight", "1.1.weight", "1.4.weight"]);
    assert!(
        (found.outputs[1].mean.abs() < 1e-3) && (found.outputs[1].std - 1.0).abs() < 1e-2,
        "normalized"
    );
    let relu = &found.of("ReLU")[0];
    let zeros = relu.values.iter().filter(|v| **v == 0.0).count() as f32 / relu.values.len() as f32;
    assert!((relu.zeros - zeros).abs() < 0.05, "{} and {zeros}", relu.zeros);
    assert!(
        found
            .outputs
            .iter()
            .all(|o| o.values.len() <= 4096 && !o.values.is_empty())
    );
    let text = found.to_string();
    for part in ["loss of one batch", "BatchNorm2D<3>", "1.4.weight", "step/weight"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn the_step_is_the_one_that_training_makes() {
    let (mut learner, set) = learner();
    learner.set_batch_size(200).set_optimizer(Sgd {
        lr: 0.5,
        momentum: 0.9,
        ..Sgd::default()
    });
    // One epoch is one step of one batch. Without dropout's chance, both see the same.
    learner.fit(&set, &set, 1).unwrap();
    let found = learner.diagnose(&set).unwrap();
    let before = learner.network::<Net>().unwrap().0.0.weight.as_vec();
    let history = learner.fit(&set, &set, 1).unwrap();
    let after = learner.network::<Net>().unwrap().0.0.weight.as_vec();
    let length = |v: &[f32]| v.iter().map(|v| v * v).sum::<f32>().sqrt();
    let step: Vec<f32> = after.iter().zip(&before).map(|(a, b)| a - b).collect();
    let first = &found.weights[0];
    assert!((first.weight_norm - length(&before)).abs() < 1e-5 * length(&before));
    assert!(
        (first.step_norm - length(&step)).abs() < 0.2 * length(&step),
        "{} and {}",
        first.step_norm,
        length(&step)
    );
    assert!((found.loss - f64::from(history.batch_losses()[0])).abs() < 0.2);
    assert!((first.step_ratio() - first.step_norm / first.weight_norm).abs() < 1e-9);
}

#[test]
fn gradient_and_step_belong_together() {
    let (mut learner, set) = learner();
    learner.set_optimizer(Sgd {
        lr: 0.25,
        ..Sgd::default()
    });
    for weight in learner.diagnose(&set).unwrap().weights {
        let ratio = weight.step_norm / weight.gradient_norm;
        assert!((ratio - 0.25).abs() < 1e-3, "{}: {ratio}", weight.name);
    }
    learner.freeze("0").unwrap();
    let found = learner.diagnose(&set).unwrap();
    assert!(found.weights[0].step_norm == 0.0 && found.weights[1].step_norm > 0.0);
}

#[test]
fn the_learner_is_left_as_it_is() {
    let run = |looks: bool| {
        let (mut learner, set) = learner();
        learner.fit(&set, &set, 1).unwrap();
        if looks {
            for _ in 0..3 {
                let first = learner.diagnose(&set).unwrap();
                assert_eq!(
                    first,
                    learner.diagnose(&set).unwrap(),
                    "the same look, the same numbers"
                );
            }
        }
        let history = learner.fit(&set, &set, 2).unwrap();
        let net = learner.network::<Net>().unwrap();
        (
            history.batch_losses().to_vec(),
            net.0.1.running_mean.as_vec(),
            net.1.1.weight.as_vec(),
        )
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn it_is_drawn_and_what_cannot_be_drawn_says_so() {
    let (learner, set) = learner();
    let found = learner.diagnose(&set).unwrap();
    assert_eq!(found.plot().error(), None);
    assert_eq!(found.distributions("ReLU").error(), None);
    let missing = found.distributions("Tanh");
    assert!(missing.error().is_some_and(|e| e.contains("Tanh")), "{missing}");
    assert!(learner.diagnose(&set.take(0)).is_err());
    // Nobody is watched any more: predicting leaves nothing behind.
    assert_eq!(learner.diagnose(&set).unwrap().outputs.len(), found.outputs.len());
}
