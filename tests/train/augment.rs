//! A learner that augments: other training, the same validation, the same numbers again.

use gradus::prelude::*;

type Net = (Flatten<784>, Linear<784, 16>, ReLU, Linear<16, 10>);

fn run(augment: Option<Augment>) -> History {
    let (train, valid) = data::digits().unwrap();
    let (train, valid) = (train.take(300), valid.take(100));
    let dev = device(1).unwrap();
    let mut learner = Learner::classifier::<Net>(
        &dev,
        Sgd {
            lr: 0.0,
            ..Sgd::default()
        },
    )
    .unwrap();
    learner.quiet();
    if let Some(augment) = augment {
        learner.set_augment(augment);
    }
    learner.fit(&train, &valid, 2).unwrap()
}

/// With a learning rate of 0, the losses tell what the network has seen.
#[test]
fn training_sees_other_pictures_in_every_epoch_and_validation_none() {
    let (plain, augmented) = (run(None), run(Some(Augment::new(1).crop(4))));
    let losses = |history: &History| history.epochs().iter().map(|e| e.train_loss).collect::<Vec<_>>();
    let [a, b] = losses(&plain)[..] else {
        panic!("two epochs")
    };
    assert!((a - b).abs() < 1e-6, "the same pictures twice: {a} and {b}");
    let [c, d] = losses(&augmented)[..] else {
        panic!("two epochs")
    };
    assert!((c - d).abs() > 1e-4 && (a - c).abs() > 1e-4, "{a}, {c}, {d}");
    assert_eq!(plain.epochs()[1].valid_loss, augmented.epochs()[1].valid_loss);
    assert_eq!(losses(&augmented), losses(&run(Some(Augment::new(1).crop(4)))));
}

#[test]
fn it_can_be_taken_back_and_is_refused_where_there_are_no_pictures() {
    let dev = device(1).unwrap();
    let points = data::moons(40, 0.1, 0).unwrap();
    let mut learner = Learner::classifier::<Linear<2, 2>>(&dev, Sgd::default()).unwrap();
    learner.quiet().set_augment(Augment::new(0).flip());
    let error = learner.fit(&points, &points, 1).unwrap_err().to_string();
    assert!(error.contains("samples of shape [2]"), "{error}");
    assert!(
        learner.copy().unwrap().fit(&points, &points, 1).is_err(),
        "a copy has the settings too"
    );
    learner.clear_augment().fit(&points, &points, 1).unwrap();
}
