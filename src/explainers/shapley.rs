//! Shapley values: how the worth of a team is shared out fairly among its players.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::solve::least_squares;
use crate::{Error, Result};

/// Players for whom all coalitions can be tried at most.
const EXACT: usize = 16;

/// The Shapley value of each of `players`: what the player adds to the worth of a coalition, averaged over all orders in
/// which the players may join. `worth` says what a coalition is worth; it is asked for each of the `2^players`.
///
/// The values sum to `worth(all) - worth(none)` (efficiency), and players who add the same everywhere get the same
/// (symmetry). Shapley 1953, *A value for n-person games*. Taught in notebook 22.
///
/// ```
/// use gradus::explain::shapley_values;
/// # fn main() -> gradus::Result<()> {
/// // A left glove (player 0) and two right ones: only pairs are worth something.
/// let values = shapley_values(3, &mut |has| f64::from(u8::from(has[0] && (has[1] || has[2]))))?;
/// assert!((values[0] - 2.0 / 3.0).abs() < 1e-12 && (values[1] - 1.0 / 6.0).abs() < 1e-12);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Argument`] for no players or more than 16, [`Error::NotFinite`] where a worth is.
pub fn shapley_values(players: usize, worth: &mut dyn FnMut(&[bool]) -> f64) -> Result<Vec<f64>> {
    if players == 0 || players > EXACT {
        return Err(Error::Argument {
            what: "players of an exact Shapley value".into(),
            expected: format!("1 to {EXACT}; use kernel_shap for more"),
            got: players.to_string(),
        });
    }
    let coalition = |bits: usize| (0..players).map(|i| bits >> i & 1 == 1).collect::<Vec<bool>>();
    let worths: Vec<f64> = (0..1 << players).map(|bits| worth(&coalition(bits))).collect();
    check(&worths)?;
    // s! (n - s - 1)! / n! for each size s of a coalition without the player.
    let mut share = vec![1.0 / players as f64; players];
    for s in 1..players {
        share[s] = share[s - 1] * s as f64 / (players - s) as f64;
    }
    let value = |i: usize| {
        let without = (0..1usize << players).filter(|bits| bits >> i & 1 == 0);
        without
            .map(|bits| share[bits.count_ones() as usize] * (worths[bits | 1 << i] - worths[bits]))
            .sum()
    };
    Ok((0..players).map(value).collect())
}

/// Shapley values by Kernel SHAP: a weighted linear regression on coalitions, whose coefficients are the Shapley values. All
/// coalitions are tried where `samples` allows it, and the result is then exact; else so many are drawn, each together with
/// its opposite.
///
/// Lundberg & Lee 2017, *A Unified Approach to Interpreting Model Predictions*, arXiv:1705.07874. shap: `KernelExplainer`.
/// Taught in notebook 22.
///
/// # Errors
/// [`Error::Argument`] for no players or too few samples, [`Error::NotFinite`] where a worth is.
pub fn kernel_shap(
    players: usize,
    samples: usize,
    seed: u64,
    worth: &mut dyn FnMut(&[bool]) -> f64,
) -> Result<Vec<f64>> {
    let coalitions = Coalitions::new(players, samples, seed)?;
    let worths: Vec<f64> = coalitions.all.iter().map(|has| worth(has)).collect();
    coalitions.values(&worths)
}

/// Coalitions with their weights: none, all, and those between.
pub(super) struct Coalitions {
    pub all: Vec<Vec<bool>>,
    weights: Vec<f64>,
}

impl Coalitions {
    pub fn new(players: usize, samples: usize, seed: u64) -> Result<Self> {
        if players == 0 || samples < players + 2 {
            return Err(Error::Argument {
                what: "coalitions of Kernel SHAP".into(),
                expected: format!("at least one player, and {} samples for {players}", players + 2),
                got: format!("{players} players, {samples} samples"),
            });
        }
        let mut coalitions = Self {
            all: vec![vec![false; players], vec![true; players]],
            weights: vec![0.0; 2],
        };
        if players < usize::BITS as usize - 1 && (1usize << players) - 2 <= samples {
            coalitions.enumerate(players);
        } else {
            coalitions.draw(players, samples, seed);
        }
        Ok(coalitions)
    }

    /// Every coalition, with the weight `(n - 1) / (choose(n, s) s (n - s))`.
    fn enumerate(&mut self, players: usize) {
        let mut choose = vec![1.0; players + 1];
        for s in 1..=players {
            choose[s] = choose[s - 1] * (players + 1 - s) as f64 / s as f64;
        }
        for bits in 1..(1usize << players) - 1 {
            let s = bits.count_ones() as usize;
            self.all.push((0..players).map(|i| bits >> i & 1 == 1).collect());
            self.weights
                .push((players - 1) as f64 / (choose[s] * (s * (players - s)) as f64));
        }
    }

    /// Random coalitions, drawn as often as their weight says, in pairs of opposites.
    fn draw(&mut self, players: usize, samples: usize, seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let size = |s: usize| 1.0 / (s * (players - s)) as f64;
        let total: f64 = (1..players).map(size).sum();
        let mut order: Vec<usize> = (0..players).collect();
        while self.all.len() + 1 < samples {
            let mut left = rng.gen_range(0.0..total);
            let mut s = 1;
            while s + 1 < players && left >= size(s) {
                left -= size(s);
                s += 1;
            }
            order.shuffle(&mut rng);
            let mut has = vec![false; players];
            order[..s].iter().for_each(|i| has[*i] = true);
            self.all.push(has.iter().map(|h| !h).collect());
            self.all.push(has);
            self.weights.extend([1.0; 2]);
        }
    }

    /// The Shapley values for the worths of all these coalitions: the regression whose line goes through none and all.
    pub fn values(&self, worths: &[f64]) -> Result<Vec<f64>> {
        check(worths)?;
        let (none, difference) = (worths[0], worths[1] - worths[0]);
        let players = self.all[0].len();
        if players == 1 {
            return Ok(vec![difference]);
        }
        // The last value is what the others leave of the difference; that leaves a regression without conditions.
        let number = |has: bool| f64::from(u8::from(has));
        let row = |has: &Vec<bool>| -> Vec<f64> {
            let last = number(has[players - 1]);
            has[..players - 1].iter().map(|h| number(*h) - last).collect()
        };
        let rows: Vec<Vec<f64>> = self.all[2..].iter().map(row).collect();
        let target = |(has, worth): (&Vec<bool>, &f64)| worth - none - number(has[players - 1]) * difference;
        let y: Vec<f64> = self.all[2..].iter().zip(&worths[2..]).map(target).collect();
        let mut values = least_squares(&rows, &y, &self.weights[2..], 0.0)?;
        values.push(difference - values.iter().sum::<f64>());
        Ok(values)
    }
}

fn check(worths: &[f64]) -> Result<()> {
    match worths.iter().find(|w| !w.is_finite()) {
        None => Ok(()),
        Some(worth) => Err(Error::NotFinite {
            what: "the worth of a coalition".into(),
            value: *worth,
            hint: "Shapley values need a finite worth for each".into(),
        }),
    }
}
