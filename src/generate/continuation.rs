//! Token after token.

use super::model::{LanguageModel, Writer};
use super::sampling::{Sampling, sample, seeded};
use crate::Result;

/// How [`tokens`] writes. Taught in notebook 15.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Generation {
    /// How many tokens at most.
    pub length: usize,
    /// How each is chosen.
    pub sampling: Sampling,
    /// The seed of the choices.
    pub seed: u64,
    /// The token that ends the text. It is not part of it.
    pub end: Option<usize>,
    /// Whether the model remembers what it has read. The text is the same, and comes faster.
    pub cache: bool,
}

impl Default for Generation {
    /// 100 tokens by their probabilities, with the seed 0, no end, and a cache.
    fn default() -> Self {
        Self {
            length: 100,
            sampling: Sampling::default(),
            seed: 0,
            end: None,
            cache: true,
        }
    }
}

/// Goes on after `prompt`: the new tokens, without the prompt.
///
/// Of a prompt that is longer than the model's context the last tokens count. When the context is full, its first half is
/// forgotten and the rest read again. Hugging Face: `model.generate`. Taught in notebook 15.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) for an empty prompt, and for tokens outside the vocabulary; as [`sample`]; as
/// the model.
pub fn tokens(model: &dyn LanguageModel, prompt: &[usize], options: &Generation) -> Result<Vec<usize>> {
    let mut writer = Writer::new(model, prompt, options.cache)?;
    let (mut rng, mut text) = (seeded(options.seed), Vec::new());
    while text.len() < options.length {
        let token = sample(&writer.scores()?, &options.sampling, &mut rng)?;
        if options.end == Some(token) {
            break;
        }
        text.push(token);
        writer.push(token);
    }
    Ok(text)
}
