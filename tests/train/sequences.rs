//! Sequences of token ids, trained by a learner.

use gradus::data::{IGNORE, Targets};
use gradus::prelude::*;

/// Sequences of 1 to 12 ids from 1 to 19.
fn random_sequences(n: usize, seed: u64) -> Vec<Vec<usize>> {
    // A congruential generator (Knuth's MMIX), of which the upper bits are used.
    let mut state = seed;
    let mut below = |n: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % n) as usize
    };
    let mut sequence = || {
        let len = 1 + below(12);
        (0..len).map(|_| 1 + below(19)).collect()
    };
    (0..n).map(|_| sequence()).collect()
}

/// Class 1 where token 7 is among the ids, wherever it stands.
fn presence(n: usize, seed: u64) -> gradus::Result<Dataset> {
    let sequences = random_sequences(n, seed);
    let labels = sequences.iter().map(|ids| usize::from(ids.contains(&7))).collect();
    Dataset::from_sequences(&sequences, labels, &["without", "with"])
}

/// For each token its remainder by 3; nothing is asked of token 5.
fn remainders(n: usize, seed: u64) -> gradus::Result<Dataset> {
    let sequences = random_sequences(n, seed);
    let target = |id: &usize| if *id == 5 { IGNORE } else { id % 3 };
    let targets: Vec<Vec<usize>> = sequences.iter().map(|ids| ids.iter().map(target).collect()).collect();
    Dataset::tagged(&sequences, &targets, &["0", "1", "2"])
}

type Presence = (PaddedEmbedding<20, 8>, MeanSteps, Linear<8, 16>, ReLU, Linear<16, 2>);
type Remainders = (PaddedEmbedding<20, 8>, ReLU, Linear<8, 3>);

#[test]
fn a_network_learns_that_a_token_is_there() -> gradus::Result<()> {
    let (train, valid) = presence(2000, 0)?.stratified_split(0.8)?;
    let mut learner = Learner::classifier::<Presence>(
        &device(0)?,
        Adam {
            lr: 0.02,
            ..Adam::default()
        },
    )?;
    let before = learner.evaluate(&valid)?.1;
    learner.quiet().fit(&train, &valid, 12)?;
    let (_, after) = learner.evaluate(&valid)?;
    assert!(before < 0.8 && after > 0.97, "{before} to {after}");
    Ok(())
}

#[test]
fn a_network_learns_a_class_for_every_step() -> gradus::Result<()> {
    let (train, valid) = remainders(400, 0)?.split(0.8)?;
    let mut learner = Learner::classifier::<Remainders>(
        &device(0)?,
        Adam {
            lr: 0.02,
            ..Adam::default()
        },
    )?;
    learner.quiet().set_batch_size(32).fit(&train, &valid, 10)?;
    let (loss, accuracy) = learner.evaluate(&valid)?;
    assert!(accuracy > 0.99, "{accuracy}");
    let answers = learner.predict(&valid)?;
    assert!((answers.loss()? - loss).abs() < 1e-6 && answers.accuracy()? == accuracy);
    assert!((answers.perplexity()? - loss.exp()).abs() < 1e-6);
    // One prediction for each step that counts, sample after sample.
    assert_eq!((answers.samples(), valid.len()), (80, 80));
    let mut all = 0;
    for i in 0..valid.len() {
        let Targets::Steps { classes, .. } = valid.batch(&[i])?.targets else {
            panic!("steps");
        };
        let asked: Vec<usize> = classes.into_iter().filter(|class| *class != IGNORE).collect();
        let own = answers.of_sample(i)?;
        assert_eq!(answers.labels()?[own.clone()], asked);
        all += own.len();
    }
    assert_eq!(all, answers.len());
    Ok(())
}
