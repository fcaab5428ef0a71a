//! From scores to one token: which are left, and how often each comes.

use gradus::generate::{Sampling, probabilities, sample, seeded};

const SCORES: [f32; 5] = [0.5, 2.0, -1.0, 2.0, 1.0];

/// The tokens that may come.
fn left(scores: &[f32], options: &Sampling) -> Vec<usize> {
    let shares = probabilities(scores, options).expect("fits");
    assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    (0..scores.len()).filter(|i| shares[*i] > 0.0).collect()
}

#[test]
fn greedy_takes_the_first_of_the_best() {
    for seed in 0..9 {
        assert_eq!(
            sample(&SCORES, &Sampling::greedy(), &mut seeded(seed)).expect("fits"),
            1
        );
    }
    assert_eq!(left(&SCORES, &Sampling::greedy()), [1]);
}

#[test]
fn top_k_keeps_so_many_and_of_equal_ones_the_first() {
    let top = |k| {
        left(
            &SCORES,
            &Sampling {
                top_k: Some(k),
                ..Sampling::default()
            },
        )
    };
    assert_eq!(top(1), [1]);
    assert_eq!(top(2), [1, 3]);
    assert_eq!(top(3), [1, 3, 4]);
    assert_eq!(top(5), [0, 1, 2, 3, 4]);
    assert_eq!(top(99), [0, 1, 2, 3, 4]);
    let equal = Sampling {
        top_k: Some(2),
        ..Sampling::default()
    };
    assert_eq!(left(&[1.0; 4], &equal), [0, 1]);
}

#[test]
fn top_p_keeps_the_fewest_that_are_enough() {
    // Probabilities 0.4, 0.3, 0.2, 0.1.
    let scores = [0.2f32, 0.4, 0.1, 0.3].map(f32::ln);
    let top = |top_p| {
        left(
            &scores,
            &Sampling {
                top_p,
                ..Sampling::default()
            },
        )
    };
    assert_eq!(top(0.01), [1]);
    assert_eq!(top(0.39), [1]);
    assert_eq!(top(0.41), [1, 3]);
    assert_eq!(top(0.69), [1, 3]);
    assert_eq!(top(0.71), [0, 1, 3]);
    assert_eq!(top(0.91), [0, 1, 2, 3]);
    assert_eq!(top(1.0), [0, 1, 2, 3]);
    // Of equal ones the first, and no more than are needed.
    let half = Sampling {
        top_p: 0.5,
        ..Sampling::default()
    };
    assert_eq!(left(&[0.0; 4], &half), [0, 1]);
    // What top_k rules out does not count.
    let both = Sampling {
        top_k: Some(2),
        top_p: 0.57,
        ..Sampling::default()
    };
    assert_eq!(left(&scores, &both), [1]);
}

/// 20000 draws against the probabilities: chi-square below what one in a thousand exceeds.
#[test]
fn tokens_come_as_often_as_they_should() {
    // By degrees of freedom.
    let limits = [0.0, 10.83, 13.82, 16.27, 18.47];
    let some = Sampling {
        top_k: Some(4),
        top_p: 0.9,
        temperature: 1.5,
    };
    for options in [
        Sampling::default(),
        Sampling::temperature(0.5),
        Sampling::temperature(3.0),
        some,
    ] {
        let (mut rng, mut counts) = (seeded(1), [0usize; 5]);
        for _ in 0..20_000 {
            counts[sample(&SCORES, &options, &mut rng).expect("fits")] += 1;
        }
        let shares = probabilities(&SCORES, &options).expect("fits");
        let mut chi = 0.0;
        for (count, share) in counts.iter().zip(&shares) {
            let wanted = 20_000.0 * f64::from(*share);
            if *share == 0.0 {
                assert_eq!(*count, 0);
            } else {
                chi += (*count as f64 - wanted).powi(2) / wanted;
            }
        }
        let freedom = shares.iter().filter(|share| **share > 0.0).count() - 1;
        assert!(chi < limits[freedom], "{options:?}: {chi} at {freedom}");
        // By hand: exponentials of the scores over the temperature, of those that are left.
        let weight = |i: usize| {
            if shares[i] > 0.0 {
                (SCORES[i] / options.temperature).exp()
            } else {
                0.0
            }
        };
        let sum: f32 = (0..5).map(weight).sum();
        for (i, share) in shares.iter().enumerate() {
            assert!((share - weight(i) / sum).abs() < 1e-6);
        }
    }
}

#[test]
fn a_seed_is_a_text() {
    let run = |seed| {
        let mut rng = seeded(seed);
        (0..40)
            .map(|_| sample(&SCORES, &Sampling::temperature(2.0), &mut rng).expect("fits"))
            .collect::<Vec<_>>()
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let of = |options: Sampling| probabilities(&SCORES, &options).map_err(|error| error.to_string());
    for temperature in [-1.0, f32::NAN, f32::INFINITY] {
        let error = of(Sampling::temperature(temperature)).expect_err("no temperature");
        assert!(
            error.contains("temperature") && error.contains("most probable token"),
            "{error}"
        );
    }
    for top_p in [0.0, -0.1, 1.01, f32::NAN] {
        let error = of(Sampling {
            top_p,
            ..Sampling::default()
        })
        .expect_err("no share");
        assert!(error.contains("top_p") && error.contains("at most 1"), "{error}");
    }
    let error = of(Sampling {
        top_k: Some(0),
        ..Sampling::default()
    })
    .expect_err("nothing left");
    assert!(error.contains("top_k"), "{error}");
    for scores in [
        vec![],
        vec![0.0, f32::NAN],
        vec![f32::INFINITY, 0.0],
        vec![f32::NEG_INFINITY; 2],
    ] {
        for options in [Sampling::default(), Sampling::greedy()] {
            let error = probabilities(&scores, &options).expect_err("no scores").to_string();
            assert!(error.contains("score"), "{error}");
        }
    }
    // A token that must not come.
    assert_eq!(
        left(&[0.0, f32::NEG_INFINITY, 0.0], &Sampling::temperature(9.0)),
        [0, 2]
    );
    // A temperature near 0 is the greedy choice, not NaN.
    assert_eq!(left(&[1.0, 0.0], &Sampling::temperature(1e-30)), [0]);
}
