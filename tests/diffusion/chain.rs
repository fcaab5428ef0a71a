//! Schedules and chains against PyTorch's numbers, and what can be said of them without.
//!
//! `tests/diffusion/chain.py` made `chain.json`, which names the version.

use std::collections::HashMap;

use gradus::diffusion::{self, Guided, NoiseSchedule, Sampler, guide, normal};
use gradus_tests::{close, in_threads, load};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    linear: HashMap<String, Betas>,
    cosine: HashMap<String, Betas>,
    start: Vec<f32>,
    noise: Vec<f32>,
    visits: Vec<usize>,
    ddpm: Vec<f32>,
    ddpm_clipped: Vec<f32>,
    ddim: Vec<f32>,
    ddim_clipped: Vec<f32>,
}

#[derive(Deserialize)]
struct Betas {
    betas: Vec<f64>,
    bars: Vec<f64>,
}

/// The network of the golden chains.
fn model(x: &[f32], t: usize) -> gradus::Result<Vec<f32>> {
    let noise = |x: &f32| 0.4 * x + 0.2 * (3.0 * x).sin() + 0.003 * t as f32;
    Ok(x.iter().map(noise).collect())
}

#[test]
fn schedules_are_pytorchs() {
    let golden: Golden = load("diffusion/chain");
    let all = golden
        .linear
        .iter()
        .map(|(n, b)| (NoiseSchedule::linear(n.parse().expect("n")), b));
    let all: Vec<_> = all
        .chain(
            golden
                .cosine
                .iter()
                .map(|(n, b)| (NoiseSchedule::cosine(n.parse().expect("n")), b)),
        )
        .collect();
    assert_eq!(all.len(), 4);
    for (schedule, wanted) in all {
        let schedule = schedule.expect("a schedule");
        assert_eq!(schedule.steps(), wanted.betas.len());
        assert_eq!(
            (schedule.alpha_bar(0), schedule.signal(0), schedule.noise(0)),
            (1.0, 1.0, 0.0)
        );
        for t in 1..=schedule.steps() {
            let (beta, bar) = (wanted.betas[t - 1], wanted.bars[t - 1]);
            assert!(
                (schedule.beta(t) - beta).abs() <= 1e-7 * beta,
                "beta({t}): {}, not {beta}",
                schedule.beta(t)
            );
            assert!(
                (schedule.alpha_bar(t) - bar).abs() <= 1e-7 * bar.max(1e-3),
                "alpha_bar({t})"
            );
            let whole = schedule.signal(t).powi(2) + schedule.noise(t).powi(2);
            assert!((whole - 1.0).abs() < 1e-6, "variance at {t}: {whole}");
        }
    }
}

#[test]
fn chains_are_pytorchs() {
    let golden: Golden = load("diffusion/chain");
    let schedule = NoiseSchedule::cosine(30).expect("a schedule");
    for (clip, wanted) in [(None, &golden.ddpm), (Some(0.5), &golden.ddpm_clipped)] {
        let mut x = golden.start.clone();
        for t in (1..=30).rev() {
            let z = &golden.noise[6 * (t - 1)..][..6];
            x = schedule
                .ddpm_step(&x, t, &model(&x, t).expect("noise"), z, clip)
                .expect("fits");
        }
        close("DDPM", &x, wanted, 1e-4);
    }
    for (clip, wanted) in [(None, &golden.ddim), (Some(0.5), &golden.ddim_clipped)] {
        let mut x = golden.start.clone();
        for leap in golden.visits.windows(2) {
            let noise = model(&x, leap[0]).expect("noise");
            x = schedule.ddim_step(&x, leap[0], leap[1], &noise, clip).expect("fits");
        }
        close("DDIM", &x, wanted, 1e-4);
    }
}

/// `sample` does these steps, from the noise of its seed.
#[test]
fn a_sampler_takes_all_steps() {
    let schedule = NoiseSchedule::cosine(30).expect("a schedule");
    let sampler = Sampler {
        seed: 4,
        clip: Some(2.0),
        keep_every: 3,
        ..Sampler::ddim(7)
    };
    let visits = sampler.visits(&schedule).expect("leaps");
    assert_eq!(visits, [30, 26, 21, 17, 13, 9, 4, 0]);
    let chain = diffusion::sample(&schedule, &model, [2, 3], &sampler).expect("samples");
    let mut x = normal(6, 4);
    for leap in visits.windows(2) {
        x = schedule
            .ddim_step(&x, leap[0], leap[1], &model(&x, leap[0]).expect("noise"), Some(2.0))
            .expect("fits");
    }
    assert_eq!((&chain.samples, chain.calls), (&x, 7));
    let kept: Vec<usize> = chain.kept.iter().map(|(t, _)| *t).collect();
    assert_eq!((kept, &chain.kept[3].1), (vec![30, 17, 4, 0], &x));
    let full = Sampler {
        keep_every: 1,
        ..Sampler::ddpm()
    };
    let chain = diffusion::sample(&schedule, &model, [2, 3], &full).expect("samples");
    let kept: Vec<usize> = chain.kept.iter().map(|(t, _)| *t).collect();
    assert_eq!((chain.calls, kept), (30, (0..=30).rev().collect()));
    assert_eq!(chain.kept[0].1, normal(6, 0));
}

/// If all data are one normal distribution, the noise is known exactly, and what is drawn must be of that distribution.
#[test]
fn samples_have_the_distribution_of_the_data() {
    let (mean, spread) = (1.5f32, 0.5f32);
    let schedule = NoiseSchedule::cosine(200).expect("a schedule");
    let noise = |x: &[f32], t: usize| {
        let (a, b) = (schedule.signal(t), schedule.noise(t));
        let all = (a * spread).powi(2) + b * b;
        Ok(x.iter().map(|x| b * (x - a * mean) / all).collect())
    };
    for sampler in [Sampler::ddpm(), Sampler::ddim(50)] {
        let x = diffusion::sample(&schedule, &noise, [8000, 1], &sampler)
            .expect("samples")
            .samples;
        let got = x.iter().sum::<f32>() / 8000.0;
        let deviation = (x.iter().map(|x| (x - got).powi(2)).sum::<f32>() / 8000.0).sqrt();
        assert!(
            (got - mean).abs() < 0.03 && (deviation - spread).abs() < 0.025,
            "{got} ± {deviation} by {sampler:?}"
        );
    }
}

/// Step by step and in one formula: the same mean and variance.
#[test]
fn one_formula_does_what_all_steps_do() {
    let schedule = NoiseSchedule::linear(40).expect("a schedule");
    let mut x = vec![2.0f32; 20_000];
    for t in 1..=15 {
        let (keep, new) = ((1.0 - schedule.beta(t)).sqrt() as f32, schedule.beta(t).sqrt() as f32);
        for (x, z) in x.iter_mut().zip(normal(20_000, t as u64)) {
            *x = keep * *x + new * z;
        }
    }
    let at_once = schedule
        .add_noise(&[2.0; 20_000], 15, &normal(20_000, 99))
        .expect("fits");
    let figures = |x: &[f32]| {
        let mean = x.iter().sum::<f32>() / x.len() as f32;
        (mean, x.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / x.len() as f32)
    };
    let ((a, b), (c, d)) = (figures(&x), figures(&at_once));
    assert!((a - c).abs() < 0.03 && (b - d).abs() < 0.03, "{a} {b}, {c} {d}");
    assert!((c - 2.0 * schedule.signal(15)).abs() < 0.02, "{c}");
}

#[test]
fn noised_samples_hold_the_noise_that_they_say() {
    let schedule = NoiseSchedule::cosine(12).expect("a schedule");
    let clean: Vec<f32> = (0..3000).map(|i| (i % 7) as f32 - 3.0).collect();
    let noised = schedule.noised(&clean, 3, 8).expect("fits");
    assert_eq!(noised, schedule.noised(&clean, 3, 8).expect("fits"));
    assert_ne!(noised, schedule.noised(&clean, 3, 9).expect("fits"));
    for (i, t) in noised.steps.iter().enumerate() {
        let row = 3 * i..3 * i + 3;
        let again = schedule
            .add_noise(&clean[row.clone()], *t, &noised.noise[row.clone()])
            .expect("fits");
        assert_eq!(noised.inputs[row], again);
    }
    let count = |t: usize| noised.steps.iter().filter(|step| **step == t).count();
    assert!(
        (1..=12).all(|t| (50..120).contains(&count(t))),
        "every step as often as another"
    );
}

#[test]
fn guidance_goes_beyond_the_class() {
    assert_eq!(guide(&[1.0, 3.0], &[0.5, 4.0], 0.0).expect("fits"), [0.5, 4.0]);
    assert_eq!(guide(&[1.0, 3.0], &[0.5, 4.0], 1.0).expect("fits"), [1.0, 3.0]);
    assert_eq!(guide(&[1.0, 3.0], &[0.5, 4.0], 3.0).expect("fits"), [2.0, 1.0]);
    let (one, none) = (
        |x: &[f32], _| Ok(vec![1.0; x.len()]),
        |x: &[f32], _| Ok(vec![0.0; x.len()]),
    );
    let guided = Guided {
        with: &one,
        without: &none,
        weight: 2.5,
    };
    assert_eq!(
        diffusion::NoiseModel::noise(&guided, &[0.0; 3], 1).expect("fits"),
        [2.5; 3]
    );
}

#[test]
fn errors_say_what_came() {
    let text = |error: gradus::Result<NoiseSchedule>| error.expect_err("wrong").to_string();
    assert!(text(NoiseSchedule::linear(20)).contains("at least 21, got 20"));
    assert!(text(NoiseSchedule::cosine(0)).contains("at least 1, got 0"));
    for beta in [0.0, 1.0, -0.1, f64::NAN] {
        let error = text(NoiseSchedule::from_betas(vec![0.1, beta]));
        assert!(
            error.contains("beta of step 2") && error.contains(&beta.to_string()),
            "{error}"
        );
    }
    let schedule = NoiseSchedule::cosine(10).expect("a schedule");
    let of = |error: gradus::Result<Vec<f32>>| error.expect_err("wrong").to_string();
    assert!(of(schedule.add_noise(&[1.0], 11, &[0.0])).contains("0 to 10, the steps of the schedule, got 11"));
    assert!(of(schedule.add_noise(&[1.0], 3, &[0.0; 2])).contains("expected 1 numbers"));
    assert!(of(schedule.ddpm_step(&[1.0], 0, &[0.0], &[0.0], None)).contains("at least 1, got 0"));
    assert!(of(schedule.ddpm_step(&[1.0], 2, &[0.0], &[0.0; 3], None)).contains("got 3"));
    assert!(of(schedule.ddim_step(&[1.0], 4, 4, &[0.0], None)).contains("below 4"));
    assert!(of(guide(&[1.0], &[], 2.0)).contains("got 0"));
    assert!(
        schedule
            .noised(&[1.0; 5], 2, 0)
            .expect_err("ragged")
            .to_string()
            .contains("samples of 2 numbers")
    );
    let drawn = |model: &dyn diffusion::NoiseModel, sampler: &Sampler| {
        diffusion::sample(&schedule, model, [2, 1], sampler)
            .expect_err("wrong")
            .to_string()
    };
    assert!(drawn(&model, &Sampler::ddim(11)).contains("1 to 10, the steps of the schedule, got 11"));
    assert!(drawn(&model, &Sampler::ddim(0)).contains("got 0"));
    let short = |_: &[f32], _: usize| Ok(vec![0.0]);
    assert!(drawn(&short, &Sampler::ddpm()).contains("at step 10: expected 2 numbers"));
    let broken = |_: &[f32], t: usize| Ok(vec![if t == 4 { f32::NAN } else { 0.0 }; 2]);
    assert!(drawn(&broken, &Sampler::ddpm()).contains("at step 4 is NaN"));
}

#[test]
fn any_number_of_threads_draws_the_same() {
    let schedule = NoiseSchedule::cosine(10).expect("a schedule");
    let run = || diffusion::sample(&schedule, &model, [50, 9], &Sampler::ddpm()).expect("samples");
    let one = in_threads(1, run);
    assert!([2, 4].into_iter().all(|threads| in_threads(threads, run) == one));
}
