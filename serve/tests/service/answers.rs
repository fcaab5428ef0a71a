//! Right answers: alone, in company, and how many wait at most.

use std::thread;

use gradus::prelude::*;
use gradus_serve::card::Card;
use gradus_serve::network::Network;

use crate::support::{Answer, Photo, Service, digit, digits_model, jpeg, photo_model, picture, png};

#[test]
fn digits_are_read_and_doubts_are_left_to_a_person() {
    let service = Service::start(digits_model(), &[]);
    let (mut right, mut unsure) = (0, 0_u32);
    for i in 0..40 {
        let (picture, truth) = digit(i);
        let answer = service.ask(&picture);
        assert_eq!(answer.status, 200, "{answer:?}");
        let all = answer.probabilities();
        assert!(
            (all.iter().sum::<f64>() - 1.0).abs() < 1e-5 && all.len() == 10,
            "{all:?}"
        );
        let highest = all.iter().fold(0.0, |m: f64, p| m.max(*p));
        assert_eq!(answer.json["probability"].as_f64(), Some(highest));
        let sure = highest >= 0.8;
        assert_eq!(answer.json["sure"].as_bool(), Some(sure));
        assert_eq!(
            answer.json["answer"],
            if sure {
                answer.json["class"].clone()
            } else {
                "ask a person".into()
            }
        );
        right += usize::from(answer.json["class"].as_str() == Some(&*truth));
        unsure += u32::from(!sure);
        assert!(answer.json["milliseconds"].as_f64().is_some_and(|ms| ms > 0.0));
        assert_eq!(answer.json["model"]["name"], "digits");
    }
    assert!(right >= 35, "{right} of 40");
    assert_eq!(service.metric("gradus_unsure_total"), f64::from(unsure));
    assert_eq!(service.metric("gradus_predictions_total{status=\"200\"}"), 40.0);
}

/// What the service answers is what the learner says that the weights came from.
#[test]
fn the_service_says_what_the_learner_says() {
    let (card, weights) = Card::read(photo_model()).unwrap();
    let network = Network::open(&card, &weights).unwrap();
    let mut learner = Learner::classifier::<Photo>(&device(9).unwrap(), Sgd::default()).unwrap();
    learner.load(&weights).unwrap();
    let bytes = jpeg(&picture(200, 170, 3));
    let image = Image::decode(&bytes, card.input, Fit::Crop).unwrap();
    let set = Dataset::from_values(image.pixels().to_vec(), &card.input, vec![0], &["?"]).unwrap();
    let set = set.normalize(&card.mean, &card.std).unwrap();
    let scores = learner.predict(&set).unwrap().scores(0).unwrap().to_vec();
    let powers: Vec<f64> = scores.iter().map(|s| f64::from(s / card.temperature).exp()).collect();
    let expected: Vec<f64> = powers.iter().map(|p| p / powers.iter().sum::<f64>()).collect();
    let own = network.probabilities(vec![set.values(0).unwrap()]).unwrap();
    let served = Service::start(photo_model(), &[]).ask(&bytes);
    for (k, expected) in expected.iter().enumerate() {
        assert!((f64::from(own[0][k]) - expected).abs() < 1e-5, "{own:?} {expected:?}");
        assert!(
            (served.probabilities()[k] - expected).abs() < 1e-5,
            "{served:?} {expected:?}"
        );
    }
    assert!(
        expected.iter().any(|p| (p - 0.2).abs() > 1e-3),
        "all alike would prove nothing: {expected:?}"
    );
    assert_eq!(served.json["answer"], "ask a person");
}

/// The same pictures one by one and all at once.
#[test]
fn in_company_as_alone() {
    let service = Service::start(photo_model(), &["--queue", "32", "--batch", "8"]);
    let pictures: Vec<Vec<u8>> = (0..12).map(|seed| png(&picture(96, 96, seed))).collect();
    let alone: Vec<Answer> = pictures.iter().map(|picture| service.ask(picture)).collect();
    let batches = service.metric("gradus_batch_size_count");
    assert_eq!(batches, 12.0);
    let together: Vec<Answer> = thread::scope(|scope| {
        let asked: Vec<_> = pictures
            .iter()
            .map(|picture| scope.spawn(|| service.ask(picture)))
            .collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let batches = service.metric("gradus_batch_size_count") - batches;
    assert!(batches < 12.0, "nobody had company: {batches} batches of 12 pictures");
    assert_eq!(service.metric("gradus_batch_size_sum"), 24.0);
    for (one, other) in alone.iter().zip(&together) {
        assert_eq!((one.status, other.status), (200, 200));
        for (p, q) in one.probabilities().iter().zip(other.probabilities()) {
            assert!((p - q).abs() < 1e-5, "{one:?} {other:?}");
        }
    }
    let first = alone[0].probabilities();
    let differ = alone
        .iter()
        .any(|a| a.probabilities().iter().zip(&first).any(|(p, q)| (p - q).abs() > 1e-3));
    assert!(differ, "all alike would prove nothing");
}

/// Two may wait; the others are told to come again, and are answered when they do.
#[test]
fn a_full_queue_turns_away() {
    let service = Service::start(photo_model(), &["--queue", "2", "--batch", "1"]);
    let picture = png(&picture(96, 96, 1));
    let answers: Vec<Answer> = thread::scope(|scope| {
        let asked: Vec<_> = (0..16).map(|_| scope.spawn(|| service.ask(&picture))).collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let with = |status: u16| answers.iter().filter(|a| a.status == status).count();
    assert_eq!(with(200) + with(503), 16, "{answers:?}");
    assert!(with(200) >= 2 && with(503) >= 1, "{answers:?}");
    for busy in answers.iter().filter(|a| a.status == 503) {
        assert!(busy.headers.contains("retry-after"), "{busy:?}");
        assert!(busy.error().contains("2 pictures that wait already"), "{busy:?}");
    }
    assert_eq!(service.ask(&picture).status, 200);
    assert_eq!(service.metric("gradus_waiting "), 0.0);
}
