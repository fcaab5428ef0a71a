//! Towards a class.

use super::sampler::NoiseModel;
use super::schedule::same_length;
use crate::Result;

/// `without + weight (with - without)`, number by number: 0 forgets the class, 1 is the class as the network knows it, more goes
/// beyond.
///
/// `with` is the noise that a network sees when it is told the class, `without` when it is not. Ho & Salimans 2022,
/// *Classifier-Free Diffusion Guidance*, arXiv:2207.12598, whose `w` is this `weight` less 1. diffusers: `guidance_scale`. Taught
/// in notebook 19.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) where the numbers of the two differ.
pub fn guide(with: &[f32], without: &[f32], weight: f32) -> Result<Vec<f32>> {
    same_length("noise without a class", with, without)?;
    let pairs = with.iter().zip(without);
    Ok(pairs
        .map(|(with, without)| without + weight * (with - without))
        .collect())
}

/// A [`NoiseModel`] made of two, one that knows the class and one that does not: see [`guide`]. Taught in notebook 19.
#[derive(Clone, Copy)]
pub struct Guided<'a> {
    /// What is told the class.
    pub with: &'a dyn NoiseModel,
    /// What is not.
    pub without: &'a dyn NoiseModel,
    /// How far: 1 is `with` alone.
    pub weight: f32,
}

impl NoiseModel for Guided<'_> {
    fn noise(&self, x: &[f32], step: usize) -> Result<Vec<f32>> {
        guide(&self.with.noise(x, step)?, &self.without.noise(x, step)?, self.weight)
    }
}
