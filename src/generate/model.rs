//! What writes: something that has a score for each token that may come next.

use crate::{Error, Result};

/// What a [`LanguageModel`] remembers of the tokens that it has read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// How many tokens were read.
    pub tokens: usize,
    /// The model's own numbers: keys and values of each block, the state of a recurrent layer. Empty at the start.
    pub parts: Vec<Vec<f32>>,
}

/// A model that reads tokens and has a score (logit) for each that may come next.
///
/// [`Gpt2`](crate::nn::zoo::Gpt2) is one. A model of your own needs [`read`](Self::read); where it is a function of all
/// tokens so far, [`FromScores`] makes one of it.
pub trait LanguageModel {
    /// The number of tokens.
    fn vocabulary(&self) -> usize;

    /// How many tokens it can look back to, `usize::MAX` where there is no end.
    fn context(&self) -> usize;

    /// Reads tokens after those that `memory` remembers, and returns the scores of what follows the last. `tokens` holds at
    /// least one, and with those in the memory at most [`context`](Self::context).
    ///
    /// # Errors
    /// As the network behind it.
    fn read(&self, memory: &mut Memory, tokens: &[usize]) -> Result<Vec<f32>>;
}

/// A [`LanguageModel`] made of a function from all tokens so far to the scores of the next.
///
/// ```
/// use gradus::generate::{self, FromScores, Generation, Sampling};
///
/// # fn main() -> gradus::Result<()> {
/// // After each token comes the next one.
/// let count = FromScores::new(4, 16, |tokens: &[usize]| {
///     let next = tokens.last().map_or(0, |last| (last + 1) % 4);
///     Ok((0..4).map(|token| if token == next { 5.0 } else { 0.0 }).collect())
/// });
/// let greedy = Generation { length: 5, sampling: Sampling::greedy(), ..Generation::default() };
/// assert_eq!(generate::tokens(&count, &[2], &greedy)?, [3, 0, 1, 2, 3]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FromScores<F> {
    vocabulary: usize,
    context: usize,
    scores: F,
}

impl<F: Fn(&[usize]) -> Result<Vec<f32>>> FromScores<F> {
    /// A model of so many tokens that looks back to at most `context` of them.
    pub fn new(vocabulary: usize, context: usize, scores: F) -> Self {
        Self {
            vocabulary,
            context,
            scores,
        }
    }
}

impl<F: Fn(&[usize]) -> Result<Vec<f32>>> LanguageModel for FromScores<F> {
    fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    fn context(&self) -> usize {
        self.context
    }

    fn read(&self, memory: &mut Memory, tokens: &[usize]) -> Result<Vec<f32>> {
        memory.parts.resize(1, Vec::new());
        memory.parts[0].extend(tokens.iter().map(|token| *token as f32));
        memory.tokens += tokens.len();
        let all: Vec<usize> = memory.parts[0].iter().map(|token| *token as usize).collect();
        (self.scores)(&all)
    }
}

/// A model in the middle of a text: the tokens that it can still see, and what it remembers of them.
///
/// When the context is full, the first half of it is forgotten, and the rest is read again: with and without a memory
/// alike, so that both write the same.
#[derive(Clone)]
pub(super) struct Writer<'a> {
    model: &'a dyn LanguageModel,
    memory: Option<Memory>,
    window: Vec<usize>,
}

impl<'a> Writer<'a> {
    /// In front of what follows `prompt`, of which it sees the last tokens that fit the context.
    pub fn new(model: &'a dyn LanguageModel, prompt: &[usize], remembers: bool) -> Result<Self> {
        let (vocabulary, context) = (model.vocabulary(), model.context());
        let wrong = |expected: String, got: String| Error::Argument {
            what: "prompt of the generation".into(),
            expected,
            got,
        };
        if prompt.is_empty() || context == 0 {
            let expected = "at least one token to go on from: a start token, or a line break";
            return Err(wrong(expected.into(), "none".into()));
        }
        if let Some(token) = prompt.iter().find(|token| **token >= vocabulary) {
            let expected = format!(
                "tokens from 0 to {}, for a vocabulary of {vocabulary}",
                vocabulary.saturating_sub(1)
            );
            return Err(wrong(expected, token.to_string()));
        }
        Ok(Self {
            model,
            memory: remembers.then(Memory::default),
            window: prompt[prompt.len().saturating_sub(context)..].to_vec(),
        })
    }

    /// The scores of the next token, one for each of the vocabulary.
    pub fn scores(&mut self) -> Result<Vec<f32>> {
        let scores = match &mut self.memory {
            Some(memory) => self.model.read(memory, &self.window[memory.tokens..])?,
            None => self.model.read(&mut Memory::default(), &self.window)?,
        };
        if scores.len() == self.model.vocabulary() {
            return Ok(scores);
        }
        Err(Error::Shape {
            layer: "scores of a language model".into(),
            expected: format!("one for each of {} tokens", self.model.vocabulary()),
            got: scores.len().to_string(),
        })
    }

    /// Adds the token that was chosen.
    pub fn push(&mut self, token: usize) {
        let context = self.model.context();
        if self.window.len() >= context {
            self.window.drain(..context.div_ceil(2));
            self.memory = self.memory.as_ref().map(|_| Memory::default());
        }
        self.window.push(token);
    }
}
