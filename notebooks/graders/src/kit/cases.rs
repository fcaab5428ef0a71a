//! Random cases, the same on every machine.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of random cases: a constant, or a list of answers learned by heart, cannot pass them.
#[derive(Clone, Debug)]
pub struct Cases(ChaCha8Rng);

impl Cases {
    /// The stream of this seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number from `low` to `high`, rounded to two decimals so that it reads well in a message.
    pub fn number(&mut self, low: f32, high: f32) -> f32 {
        (self.0.gen_range(low..=high) * 100.0).round() / 100.0
    }

    /// `n` such numbers.
    pub fn numbers(&mut self, n: usize, low: f32, high: f32) -> Vec<f32> {
        (0..n).map(|_| self.number(low, high)).collect()
    }

    /// A whole number from `low` to `high`, both included.
    pub fn whole(&mut self, low: usize, high: usize) -> usize {
        self.0.gen_range(low..=high)
    }

    /// `n` such whole numbers.
    pub fn wholes(&mut self, n: usize, low: usize, high: usize) -> Vec<usize> {
        (0..n).map(|_| self.whole(low, high)).collect()
    }

    /// A seed for something else that is random.
    pub fn seed(&mut self) -> u64 {
        self.0.r#gen()
    }
}
