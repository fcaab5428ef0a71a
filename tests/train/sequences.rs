//! Sequences of token ids, trained by a learner.
//!
//! `tests/train/sequences.py` made `sequences.json`, which names the versions.

use gradus::data::{IGNORE, Targets};
use gradus::nn::{InputKind, PaddedSteps, StateDict, Tokens};
use gradus::prelude::*;
use gradus_tests::{close, in_threads, load};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    ids: Vec<f32>,
    weight: Vec<f32>,
    embeddings: Vec<Looked>,
    scores: Vec<f32>,
    classes: Vec<i64>,
    weights: Vec<f32>,
    losses: Vec<Cost>,
    nll: Slopes,
    steps: Vec<f32>,
    lengths: Vec<usize>,
    dy: Vec<f32>,
    last: Reduced,
    mean: Reduced,
    start: Vec<Vec<f32>>,
    sequences: Vec<Vec<usize>>,
    labels: Vec<usize>,
    run: Vec<Step>,
}

#[derive(Deserialize)]
struct Looked {
    padded: bool,
    slopes: Vec<f32>,
    y: Vec<f32>,
    gradient: Vec<f32>,
}

#[derive(Deserialize)]
struct Cost {
    smoothing: f32,
    weighted: bool,
    loss: f32,
    slopes: Vec<f32>,
}

#[derive(Deserialize)]
struct Slopes {
    loss: f32,
    slopes: Vec<f32>,
}

#[derive(Deserialize)]
struct Reduced {
    y: Vec<f32>,
    gradient: Vec<f32>,
}

#[derive(Deserialize)]
struct Step {
    loss: f32,
    weights: Vec<f32>,
}

fn golden() -> Golden {
    load("train/sequences")
}

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

#[test]
fn rows_of_a_table_and_their_gradients() -> gradus::Result<()> {
    let (golden, dev) = (golden(), device(0)?);
    for case in &golden.embeddings {
        let ids: Tensor<Rank2<3, 4>, f32, _> = dev.tensor(golden.ids.clone());
        let slopes: Tensor<Rank3<3, 4, 3>, f32, _> = dev.tensor(case.slopes.clone());
        let weight: Tensor<Rank2<6, 3>, f32, _> = dev.tensor(golden.weight.clone());
        let mut padded = dev.build_module::<PaddedEmbedding<6, 3>, f32>();
        let mut plain = dev.build_module::<Embedding<6, 3>, f32>();
        (padded.weight, plain.weight) = (weight.clone(), weight.clone());
        let y = if case.padded {
            let y = padded.try_forward(ids.leaky_trace())?;
            // The zero inside the first sequence is a step of it.
            assert_eq!(*y.lengths, [4, 2, 1]);
            y.steps
        } else {
            plain.try_forward(ids.leaky_trace())?
        };
        close("rows", &y.as_vec(), &case.y, 0.0);
        let gradients = (y * slopes).sum().backward();
        close("gradient", &gradients.get(&weight).as_vec(), &case.gradient, 1e-6);
    }
    Ok(())
}

#[test]
fn gradients_of_a_table_by_central_differences() -> gradus::Result<()> {
    let dev = device(3)?;
    let ids = || dev.tensor_from_vec(vec![1.0, 4.0, 1.0, 0.0, 2.0, 1.0], (2, 3));
    let layer = dev.build_module::<Embedding<5, 2>, f32>();
    let start = layer.weight.as_vec();
    let cost = |weight: &[f32]| -> f64 {
        let mut layer = layer.clone();
        layer.weight = dev.tensor(weight.to_vec());
        let y = layer.try_forward(ids()).expect("ids").as_vec();
        y.iter()
            .enumerate()
            .map(|(i, y)| (i + 1) as f64 * f64::from(*y).powi(2))
            .sum()
    };
    let factors = dev.tensor_from_vec((1..=12).map(|i| i as f32).collect(), (2, 3, Const::<2>));
    let y = layer.try_forward(ids().leaky_trace())?;
    let gradient = (y.square() * factors)
        .sum::<Rank0, _>()
        .backward()
        .get(&layer.weight)
        .as_vec();
    for i in 0..start.len() {
        let moved = |by: f32| {
            let mut weight = start.clone();
            weight[i] += by;
            cost(&weight)
        };
        let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
        assert!(
            (slope - f64::from(gradient[i])).abs() < 2e-3 * (1.0 + slope.abs()),
            "{i}: {slope} {}",
            gradient[i]
        );
    }
    Ok(())
}

#[test]
fn losses_pass_over_what_is_ignored() -> gradus::Result<()> {
    let (golden, dev) = (golden(), device(0)?);
    let classes = golden
        .classes
        .iter()
        .map(|c| usize::try_from(*c).unwrap_or(IGNORE))
        .collect();
    let targets = Targets::Steps { classes, steps: 4 };
    assert_eq!((targets.len(), targets.rows(), targets.counted()), (2, 8, 5));
    let compare = |loss: Loss, value: f32, slopes: &[f32]| -> gradus::Result<()> {
        let scores = dev.tensor_from_vec(golden.scores.clone(), (2, 4, Const::<5>));
        let cost = loss.forward(scores.leaky_trace(), &targets)?;
        close("loss", &[cost.array()], &[value], 1e-6);
        close(
            "mean",
            &[loss.mean(&golden.scores, 5, &targets)? as f32],
            &[value],
            1e-6,
        );
        close("slopes", &cost.backward().get(&scores).as_vec(), slopes, 1e-6);
        Ok(())
    };
    for case in &golden.losses {
        let weights = if case.weighted {
            golden.weights.clone()
        } else {
            Vec::new()
        };
        let loss = CrossEntropy {
            weights,
            label_smoothing: case.smoothing,
        };
        compare(loss.into(), case.loss, &case.slopes)?;
        if case.smoothing == 0.0 && !case.weighted {
            compare(Loss::CrossEntropy, case.loss, &case.slopes)?;
            // Without a preference for hard samples, focal loss is cross-entropy.
            let focal = Focal {
                gamma: 0.0,
                weights: Vec::new(),
            };
            compare(focal.into(), case.loss, &case.slopes)?;
        }
    }
    compare(Loss::Nll, golden.nll.loss, &golden.nll.slopes)?;
    // Where nothing counts, nothing is learned, and no division by zero shows.
    let nothing = Targets::Steps {
        classes: vec![IGNORE; 8],
        steps: 4,
    };
    let scores = dev.tensor_from_vec(golden.scores.clone(), (2, 4, Const::<5>));
    let cost = Loss::CrossEntropy.forward(scores.leaky_trace(), &nothing)?;
    assert_eq!(cost.array(), 0.0);
    assert!(cost.backward().get(&scores).as_vec().iter().all(|slope| *slope == 0.0));
    Ok(())
}

#[test]
fn focal_loss_of_a_step_is_that_of_a_sample() -> gradus::Result<()> {
    let golden = golden();
    let focal = Loss::from(Focal {
        gamma: 1.5,
        weights: golden.weights.clone(),
    });
    let classes = vec![0, 4, 2, 2, 3, 1, 1, 4];
    let samples = focal.per_sample(&golden.scores, 5, &Targets::Classes(classes.clone()))?;
    let steps = focal.per_sample(&golden.scores, 5, &Targets::Steps { classes, steps: 4 })?;
    for (a, b) in samples.iter().zip(steps) {
        assert!((a - b).abs() < 1e-12, "{a} against {b}");
    }
    Ok(())
}

#[test]
fn one_row_of_the_real_steps() -> gradus::Result<()> {
    let (golden, dev) = (golden(), device(0)?);
    let dy = dev.tensor_from_vec(golden.dy.clone(), (4, Const::<2>));
    let steps = || dev.tensor_from_vec(golden.steps.clone(), (4, 3, Const::<2>));
    let lengths: std::sync::Arc<[usize]> = golden.lengths.clone().into();
    for (mean, wanted) in [(false, &golden.last), (true, &golden.mean)] {
        let x = steps();
        let padded = Padded {
            steps: x.leaky_trace(),
            lengths: lengths.clone(),
        };
        let y = if mean {
            MeanSteps.try_forward(padded)?
        } else {
            LastStep.try_forward(padded)?
        };
        close("row", &y.as_vec(), &wanted.y, 1e-6);
        close(
            "gradient",
            &(y * dy.clone()).sum().backward().get(&x).as_vec(),
            &wanted.gradient,
            1e-6,
        );
    }
    // Nothing is zeros; a length beyond the block is refused.
    let empty = |lengths: [usize; 4]| Padded {
        steps: steps(),
        lengths: lengths.into(),
    };
    assert_eq!(LastStep.try_forward(empty([0; 4]))?.as_vec(), [0.0; 8]);
    assert_eq!(MeanSteps.try_forward(empty([0; 4]))?.as_vec(), [0.0; 8]);
    let error = gradus::Error::from(LastStep.try_forward(empty([1, 4, 1, 1])).expect_err("too long")).to_string();
    assert!(error.contains("from 0 to 3") && error.contains("up to 4"), "{error}");
    Ok(())
}

type Small = (PaddedEmbedding<7, 4>, MeanSteps, Linear<4, 3>);

#[test]
fn five_steps_of_a_small_network() -> gradus::Result<()> {
    let (golden, dev) = (golden(), device(0)?);
    let data = Dataset::from_sequences(&golden.sequences, golden.labels.clone(), &["a", "b", "c"])?;
    let batch = data.batch(&[0, 1, 2, 3])?;
    let adam = Adam {
        lr: 0.05,
        ..Adam::default()
    };
    let mut learner = Learner::classifier::<Small>(&dev, adam)?;
    let mut start = StateDict::new("the golden file");
    let shapes = [("0.weight", vec![7, 4]), ("2.weight", vec![3, 4]), ("2.bias", vec![3])];
    for ((name, shape), values) in shapes.into_iter().zip(&golden.start) {
        start.insert(name, shape, values.clone())?;
    }
    learner.load_state_dict(&start)?;
    // The same by hand.
    let mut net = learner.network::<Small>()?;
    let mut stepper = NetStepper::new(adam);
    let mut gradients = net.try_alloc_grads()?;
    for (i, step) in golden.run.iter().enumerate() {
        let loss = learner.train_batch(batch.clone())?;
        close(&format!("loss of step {i}"), &[loss], &[step.loss], 1e-5);
        let dict = learner.state_dict()?;
        let all = ["0.weight", "2.weight", "2.bias"].map(|name| dict.get(name).expect("a tensor").1.to_vec());
        close(&format!("weights after step {i}"), &all.concat(), &step.weights, 1e-5);
        let x = Tokens::tensor(&dev, batch.inputs.clone(), &batch.sample_shape)?;
        let loss = Loss::CrossEntropy.forward(net.try_forward_mut(x.traced(gradients))?, &batch.targets)?;
        gradients = loss.try_backward()?;
        stepper.step(&mut net, &mut gradients)?;
        let own = [net.0.weight.as_vec(), net.2.weight.as_vec(), net.2.bias.as_vec()];
        assert_eq!(own.concat(), all.concat(), "step {i} by hand");
    }
    Ok(())
}

#[test]
fn the_mean_of_an_epoch_is_over_the_steps_that_count() -> gradus::Result<()> {
    let data = remainders(64, 1)?;
    let weights = |batch: usize, accumulate: usize| -> gradus::Result<(Vec<f32>, f64)> {
        let mut learner = Learner::classifier::<Remainders>(
            &device(0)?,
            Sgd {
                lr: 0.5,
                ..Sgd::default()
            },
        )?;
        learner.quiet().set_batch_size(batch).accumulate(accumulate);
        let history = learner.fit(&data, &data, 1)?;
        let dict = learner.state_dict()?;
        let loss = history.last().expect("an epoch").train_loss;
        Ok((dict.get("2.weight").expect("a tensor").1.to_vec(), loss))
    };
    // Four batches before a step are one batch, however unequal their numbers of steps.
    let (whole, loss) = weights(64, 1)?;
    let (parts, mean) = weights(16, 4)?;
    close("weights", &parts, &whole, 1e-6);
    assert!((mean - loss).abs() < 1e-6, "{mean} against {loss}");
    Ok(())
}

#[test]
fn the_same_numbers_for_any_number_of_threads() {
    let run = |threads: usize| {
        in_threads(threads, || {
            let train = remainders(200, 2).expect("data");
            let mut learner =
                Learner::classifier::<Remainders>(&device(0).expect("device"), Adam::default()).expect("learner");
            learner.quiet().set_batch_size(50).set_metric(Metric::PERPLEXITY);
            let history = learner.fit(&train, &train, 2).expect("trains");
            let dict = learner.state_dict().expect("tensors");
            let last = history.last().expect("an epoch").metric.to_bits();
            (dict.get("0.weight").expect("a tensor").1.to_vec(), last)
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(4));
}

#[test]
fn a_network_that_does_not_fit_its_targets_is_told_so() -> gradus::Result<()> {
    let (steps, whole) = (remainders(10, 0)?, presence(10, 0)?);
    let dev = device(0)?;
    let mut per_sample = Learner::classifier::<Presence>(&dev, Sgd::default())?;
    let error = per_sample
        .quiet()
        .fit(&steps, &steps, 1)
        .expect_err("one row per sample")
        .to_string();
    assert!(error.contains("(B, T, classes)"), "{error}");
    let mut per_step = Learner::classifier::<Remainders>(&dev, Sgd::default())?;
    let error = per_step
        .quiet()
        .fit(&whole, &whole, 1)
        .expect_err("a row per step")
        .to_string();
    assert!(error.contains("LastStep or MeanSteps"), "{error}");
    // A token that the table has no row for.
    let far = Dataset::from_sequences(&[vec![3, 20]], vec![0], &["a", "b"])?;
    let error = per_sample.predict(&far).expect_err("no such token").to_string();
    assert!(
        error.contains("step 1 of sequence 0") && error.contains("0 to 19") && error.contains("20"),
        "{error}"
    );
    let mut mse = Learner::regressor::<Remainders>(&dev, Sgd::default())?;
    let error = mse.quiet().fit(&steps, &steps, 1).expect_err("values").to_string();
    assert!(error.contains("a class for every step"), "{error}");
    let mut mixed = Learner::classifier::<Remainders>(&dev, Sgd::default())?;
    let error = mixed
        .quiet()
        .set_mixup(0.4)
        .fit(&steps, &steps, 1)
        .expect_err("mixup")
        .to_string();
    assert!(error.contains("mixup"), "{error}");
    Ok(())
}

#[test]
fn rows_of_numbers_of_different_lengths() -> gradus::Result<()> {
    // Class 1 where the numbers of a sequence rise, whatever its length.
    let series: Vec<Vec<f32>> = (0..200)
        .map(|i| {
            let (len, slope) = (2 + i % 7, if i % 2 == 0 { -0.2 } else { 0.2 });
            (0..len).flat_map(|t| [slope * t as f32, 1.0]).collect()
        })
        .collect();
    let data = Dataset::series(&series, 2, (0..200).map(|i| i % 2).collect(), &["falls", "rises"])?;
    let (mean, std) = data.mean_std();
    assert!(mean[0].abs() < 0.1 && mean[1] == 1.0 && std[1] == 0.0);
    let data = data.normalize(&[0.0, 1.0], &[0.5, 1.0])?;
    type Net = (PaddedSteps<2>, Linear<2, 4>, Tanh, LastStep, Linear<4, 2>);
    let mut learner = Learner::classifier::<Net>(
        &device(0)?,
        Adam {
            lr: 0.05,
            ..Adam::default()
        },
    )?;
    learner.quiet().set_batch_size(32).fit(&data, &data, 5)?;
    assert_eq!(learner.evaluate(&data)?.1, 1.0);
    Ok(())
}

#[test]
fn a_network_of_two_parts_translates() -> gradus::Result<()> {
    // The word with id s means (s, 13 - s), whatever else the sentence is: the decoder must look at the source.
    let sources: Vec<Vec<usize>> = (0..300).map(|i| vec![3 + i % 8; 1 + i % 3]).collect();
    let targets: Vec<Vec<usize>> = sources.iter().map(|source| vec![source[0], 13 - source[0]]).collect();
    let (begin, end) = (1, 2);
    let (train, valid) = Dataset::pairs(&sources, &targets, begin, end, 11)?.split(0.8)?;
    type Decoder = (
        OnTarget<PaddedEmbedding<11, 16>>,
        PreNormDecoderBlock<16, 2, 32>,
        Linear<16, 11>,
    );
    type Net = EncoderDecoder<PaddedEmbedding<11, 16>, Decoder>;
    let adam = Adam {
        lr: 0.01,
        ..Adam::default()
    };
    let mut learner = Learner::classifier::<Net>(&device(0)?, adam)?;
    learner.quiet().set_batch_size(20).set_metric(Metric::PERPLEXITY);
    let history = learner.fit(&train, &valid, 10)?;
    let last = history.last().expect("an epoch");
    assert!((last.metric - last.valid_loss.exp()).abs() < 1e-6 * last.metric);
    assert!(last.metric < 1.1, "perplexity {}", last.metric);
    assert_eq!(learner.predict(&valid)?.len(), 3 * valid.len());
    Ok(())
}
