//! Series of the form of known ones. All numbers are this project's own.

use std::f64::consts::TAU;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::data::series::dates_from;

/// Random numbers around 0, with spread 1.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// Growth by per cent, and a season that grows with it: two humps a year, the larger in summer.
pub(super) fn passengers() -> (Vec<String>, Vec<f32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(401);
    let value = |month: usize| {
        let year = month as f64 / 12.0;
        let season = -0.17 * (TAU * (year - 0.05)).cos() + 0.06 * (2.0 * TAU * (year - 0.12)).sin();
        (4.75 + 0.115 * year + season + 0.03 * normal(&mut rng)).exp().round() as f32
    };
    (dates_from("1949-01", 144), (0..144).map(value).collect())
}

/// Warm Januaries, as in the south, and weather that lasts for some days.
pub(super) fn temperatures() -> (Vec<String>, Vec<f32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(402);
    let mut weather = 0.0;
    let value = |day: usize| {
        weather = 0.6 * weather + 2.0 * normal(&mut rng);
        let season = 11.2 + 4.3 * (TAU * (day as f64 - 25.0) / 365.25).cos();
        ((season + weather).max(0.0) * 10.0).round() as f32 / 10.0
    };
    (dates_from("1981-01-01", 3652), (0..3652).map(value).collect())
}

/// Cycles of nine to thirteen years, of different heights, that rise faster than they fall.
pub(super) fn sunspots() -> (Vec<String>, Vec<f32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(403);
    let mut values = Vec::new();
    while values.len() < 2820 {
        let months = (132.0 + 12.0 * normal(&mut rng)).clamp(108.0, 156.0).round();
        let height = (100.0 + 35.0 * normal(&mut rng)).clamp(40.0, 190.0);
        for month in 0..months as usize {
            let part = (month as f64 / months).powf(0.75);
            let cycle = height * (TAU / 2.0 * part).sin().powi(2);
            let noise = (4.0 + 0.15 * cycle) * normal(&mut rng);
            values.push(((cycle + noise).max(0.0) * 10.0).round() as f32 / 10.0);
        }
    }
    values.truncate(2820);
    (dates_from("1749-01", 2820), values)
}
