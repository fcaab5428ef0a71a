//! Continuations: with and without a memory, against transformers, and where there is nothing to go on from.

use std::time::Instant;

use gradus::generate::{self, FromScores, Memory};
use gradus::nn::zoo::gpt2_huggingface;
use gradus::nn::{StateDict, load_state_dict};
use gradus::prelude::*;
use gradus_tests::{load, path};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    prompt: Vec<usize>,
    greedy: Vec<usize>,
    beams: Vec<Vec<usize>>,
    beam_scores: Vec<f64>,
}

type Tiny = Gpt2<31, 16, 16, 2, 2>;

fn tiny() -> gradus::nn::Built<Tiny> {
    let mut net = Cpu::seed_from_u64(0).build_module::<Tiny, f32>();
    let file = StateDict::read(path("nn/gpt2.safetensors")).expect("reads");
    load_state_dict(&mut net, &gpt2_huggingface(&file).expect("a GPT-2")).expect("fits");
    net
}

fn greedy(length: usize) -> Generation {
    Generation {
        length,
        sampling: Sampling::greedy(),
        ..Generation::default()
    }
}

#[test]
fn texts_are_those_of_transformers() {
    let (net, golden): (_, Golden) = (tiny(), load("nn/gpt2"));
    let text = generate::tokens(&net, &golden.prompt, &greedy(12)).expect("writes");
    assert_eq!(text, golden.greedy);
    for cache in [true, false] {
        let search = BeamSearch {
            width: 3,
            length: 6,
            cache,
            ..BeamSearch::default()
        };
        let found = generate::beams(&net, &golden.prompt, &search).expect("searches");
        assert_eq!(found.len(), 3);
        for (i, beam) in found.iter().enumerate() {
            assert_eq!(beam.tokens, golden.beams[i]);
            assert!((beam.score - golden.beam_scores[i]).abs() < 1e-4, "{beam:?}");
            assert!((beam.log_probability / 6.0 - beam.score).abs() < 1e-9);
        }
    }
}

/// The same text, far beyond the context, however it is chosen; also in the middle of a text.
#[test]
fn a_memory_changes_nothing() {
    let net = tiny();
    for sampling in [
        Sampling::greedy(),
        Sampling::default(),
        Sampling {
            top_p: 0.8,
            ..Sampling::temperature(2.0)
        },
    ] {
        for (seed, prompt) in [
            vec![3],
            vec![1, 2, 3, 4, 5],
            (0..16).collect(),
            (0..31).collect::<Vec<_>>(),
        ]
        .iter()
        .enumerate()
        {
            let options = Generation {
                length: 45,
                sampling,
                seed: seed as u64,
                ..Generation::default()
            };
            let with = generate::tokens(&net, prompt, &options).expect("writes");
            let without = generate::tokens(
                &net,
                prompt,
                &Generation {
                    cache: false,
                    ..options
                },
            )
            .expect("writes");
            assert_eq!(with, without);
            assert_eq!(with.len(), 45);
            // Of a long prompt the end counts.
            let end = &prompt[prompt.len().saturating_sub(16)..];
            assert_eq!(with, generate::tokens(&net, end, &options).expect("writes"));
        }
    }
    // Read in pieces, or at once: the same scores as those of the network.
    let (mut memory, ids) = (Memory::default(), [4, 30, 2, 2, 9, 17]);
    net.read(&mut memory, &ids[..2]).expect("reads");
    let pieces = net.read(&mut memory, &ids[2..]).expect("reads");
    assert_eq!(memory.tokens, 6);
    let all = net.forward(Cpu::default().tensor([ids.map(|id| id as f32)])).as_vec();
    gradus_tests::close("scores", &pieces, &all[5 * 31..], 1e-5);
}

#[test]
fn a_memory_saves_time() {
    let net = Cpu::seed_from_u64(2).build_module::<Gpt2<65, 128, 32, 4, 2>, f32>();
    let time = |cache| {
        let options = Generation {
            length: 60,
            cache,
            ..Generation::default()
        };
        let start = Instant::now();
        let text = generate::tokens(&net, &[1], &options).expect("writes");
        (text, start.elapsed())
    };
    let ((one, with), (other, without)) = (time(true), time(false));
    println!("60 tokens: {with:.1?} with a memory, {without:.1?} without");
    assert_eq!(one, other);
    assert!(with < without);
}

#[test]
fn a_text_ends() {
    let count = FromScores::new(6, usize::MAX, |tokens: &[usize]| {
        Ok((0..6)
            .map(|token| {
                if token == tokens[tokens.len() - 1] + 1 {
                    9.0
                } else {
                    0.0
                }
            })
            .collect())
    });
    let text = |end| generate::tokens(&count, &[0], &Generation { end, ..greedy(5) }).expect("writes");
    assert_eq!(text(None), [1, 2, 3, 4, 5]);
    assert_eq!(text(Some(4)), [1, 2, 3]);
    assert!(text(Some(1)).is_empty());
    let nothing = generate::tokens(&count, &[0], &greedy(0)).expect("writes");
    assert!(nothing.is_empty());
}

/// All continuations of three tokens, counted out: a search that is wide enough finds the best, in order.
#[test]
fn a_wide_search_finds_the_best_of_all() {
    let table = |tokens: &[usize]| -> Vec<f32> {
        (0..3)
            .map(|t| ((tokens.iter().sum::<usize>() * 7 + tokens.len() * 5 + t * 11) % 13) as f32 / 4.0)
            .collect()
    };
    let model = FromScores::new(3, 9, |tokens: &[usize]| Ok(table(tokens)));
    let logs = |tokens: &[usize]| {
        let scores = table(tokens);
        let sum = scores.iter().map(|s| f64::from(*s).exp()).sum::<f64>().ln();
        scores.iter().map(|s| f64::from(*s) - sum).collect::<Vec<_>>()
    };
    let mut all = Vec::new();
    for i in 0..27 {
        let (mut tokens, mut log) = (vec![0], 0.0);
        for token in [i / 9, i / 3 % 3, i % 3] {
            log += logs(&tokens)[token];
            tokens.push(token);
        }
        all.push((log, tokens.split_off(1)));
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let search = |width, length_penalty| {
        let options = BeamSearch {
            width,
            length: 3,
            length_penalty,
            ..BeamSearch::default()
        };
        generate::beams(&model, &[0], &options).expect("searches")
    };
    for (beam, (log, tokens)) in search(27, 0.0).iter().zip(&all) {
        assert!((beam.log_probability - log).abs() < 1e-9);
        assert_eq!(&beam.tokens, tokens);
    }
    assert_eq!(
        search(1, 1.0)[0].tokens,
        generate::tokens(&model, &[0], &greedy(3)).expect("writes")
    );
}

/// After 0 the end (2) has 0.6; what does not end goes on at 0.9 a token.
#[test]
fn length_is_weighed_against_probability() {
    let model = FromScores::new(3, 99, |tokens: &[usize]| {
        let shares: [f32; 3] = match tokens.last() {
            Some(0) => [0.01, 0.39, 0.6],
            _ => [0.05, 0.9, 0.05],
        };
        Ok(shares.map(f32::ln).to_vec())
    });
    let best = |length_penalty| {
        let options = BeamSearch {
            width: 2,
            length: 8,
            end: Some(2),
            length_penalty,
            ..BeamSearch::default()
        };
        generate::beams(&model, &[0], &options)
            .expect("searches")
            .swap_remove(0)
    };
    assert!(best(0.0).tokens.is_empty());
    assert!((best(0.0).log_probability - 0.6f64.ln()).abs() < 1e-6);
    assert_eq!(best(1.0).tokens, [1; 8]);
}

#[test]
fn what_cannot_be_gone_on_from_says_so() {
    let net = tiny();
    let words = |result: gradus::Result<Vec<usize>>| result.expect_err("refused").to_string();
    let error = words(generate::tokens(&net, &[], &greedy(3)));
    assert!(error.contains("prompt") && error.contains("start token"), "{error}");
    let error = words(generate::tokens(&net, &[3, 31], &greedy(3)));
    assert!(error.contains("0 to 30") && error.contains("31"), "{error}");
    let spoilt = FromScores::new(2, 9, |_: &[usize]| Ok(vec![0.0, f32::NAN]));
    let error = words(generate::tokens(&spoilt, &[0], &greedy(3)));
    assert!(error.contains("token 1") && error.contains("NaN"), "{error}");
    let short = FromScores::new(3, 9, |_: &[usize]| Ok(vec![0.0; 2]));
    let error = words(generate::tokens(&short, &[0], &greedy(3)));
    assert!(error.contains("3 tokens") && error.contains('2'), "{error}");
    let search = |options: BeamSearch| generate::beams(&net, &[1], &options).expect_err("refused").to_string();
    assert!(
        search(BeamSearch {
            width: 0,
            ..BeamSearch::default()
        })
        .contains("width")
    );
    assert!(
        search(BeamSearch {
            length_penalty: -1.0,
            ..BeamSearch::default()
        })
        .contains("length_penalty")
    );
    assert!(generate::beams(&spoilt, &[0], &BeamSearch::default()).is_err());
    assert!(net.read(&mut Memory::default(), &[0; 17]).is_err());
}

/// A text that repeats itself is learned, and goes on as it should.
#[test]
fn the_network_of_a_learner_writes() {
    type Net = Gpt2<5, 8, 16, 2, 1>;
    let text: Vec<usize> = (0..400).map(|i| [0, 3, 1, 1, 4, 2][i % 6]).collect();
    let data = Dataset::windows(&text, 8, 5).expect("windows");
    let adam = Adam {
        lr: 0.02,
        ..Adam::default()
    };
    let mut learner = Learner::classifier::<Net>(&device(3).expect("device"), adam).expect("net");
    learner
        .quiet()
        .set_batch_size(16)
        .fit(&data, &data, 12)
        .expect("trains");
    let net = learner.network::<Net>().expect("its type");
    let text = generate::tokens(&net, &[0, 3, 1], &greedy(20)).expect("writes");
    assert_eq!(text, (3..23).map(|i| [0, 3, 1, 1, 4, 2][i % 6]).collect::<Vec<_>>());
}
