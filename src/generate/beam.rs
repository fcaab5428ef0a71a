//! Beam search: the continuation that is most probable as a whole.

use super::model::{LanguageModel, Writer};
use super::sampling::log_probabilities;
use crate::{Error, Result};

/// How [`beams`] searches. Taught in notebook 15.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeamSearch {
    /// How many continuations are followed side by side. 1 is the greedy choice.
    pub width: usize,
    /// How many tokens at most.
    pub length: usize,
    /// The token that ends a continuation. It is not part of it, but its probability counts.
    pub end: Option<usize>,
    /// Continuations are ranked by their log-probability divided by their length (the end counts) to this power: 0 prefers
    /// short ones, 1 is the mean of the tokens, more prefers long ones. Hugging Face: `length_penalty`.
    pub length_penalty: f32,
    /// Whether the model remembers what it has read.
    pub cache: bool,
}

impl Default for BeamSearch {
    /// 4 beams, 50 tokens, no end, ranked by the mean of the tokens, with a cache.
    fn default() -> Self {
        Self {
            width: 4,
            length: 50,
            end: None,
            length_penalty: 1.0,
            cache: true,
        }
    }
}

/// A continuation that [`beams`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Beam {
    /// The new tokens.
    pub tokens: Vec<usize>,
    /// The logarithm of its probability, the end included.
    pub log_probability: f64,
    /// What it is ranked by.
    pub score: f64,
}

/// A continuation that goes on.
struct Live<'a> {
    writer: Writer<'a>,
    tokens: Vec<usize>,
    log_probability: f64,
}

/// The most probable continuations of `prompt` that a search of this width finds, the best first: at most `width`.
///
/// Nothing is left to chance; of equal continuations the one with the smaller token wins. Hugging Face:
/// `model.generate(num_beams=width)`. Taught in notebook 15.
///
/// # Errors
/// [`Error::Argument`] for an empty prompt, for tokens outside the vocabulary, for a width of 0, and for a penalty that is
/// negative or not finite; [`Error::NotFinite`] for scores that are NaN or infinite; as the model.
pub fn beams(model: &dyn LanguageModel, prompt: &[usize], options: &BeamSearch) -> Result<Vec<Beam>> {
    check(options)?;
    let mut live = vec![Live {
        writer: Writer::new(model, prompt, options.cache)?,
        tokens: Vec::new(),
        log_probability: 0.0,
    }];
    let mut done: Vec<Beam> = Vec::new();
    for step in 0..options.length {
        live = grown(live, options, &mut done)?;
        let best = live.iter().map(|beam| beam.log_probability).max_by(f64::total_cmp);
        let Some(best) = best else { break };
        // What still runs can only become less probable; where length is rewarded it is judged at its longest.
        let longest = options.length.max(step + 1) as f64;
        let hope = best / longest.powf(f64::from(options.length_penalty));
        if done.len() >= options.width && hope <= done[options.width - 1].score {
            live.clear();
            break;
        }
    }
    done.extend(
        live.into_iter()
            .map(|beam| finished(beam.tokens, beam.log_probability, 0, options)),
    );
    done.sort_by(|a, b| b.score.total_cmp(&a.score));
    done.truncate(options.width);
    Ok(done)
}

fn check(options: &BeamSearch) -> Result<()> {
    let wrong = |what: &str, expected: &str, got: String| {
        Err(Error::Argument {
            what: format!("{what} of the beam search"),
            expected: expected.into(),
            got,
        })
    };
    if options.width == 0 {
        return wrong("width", "at least 1 beam", "0".into());
    }
    if !(options.length_penalty >= 0.0 && options.length_penalty.is_finite()) {
        let expected = "0 or more, 1 for the mean of the tokens";
        return wrong("length_penalty", expected, options.length_penalty.to_string());
    }
    Ok(())
}

/// A continuation with its rank; `end` tokens count to its length beside those that it has.
fn finished(tokens: Vec<usize>, log_probability: f64, end: usize, options: &BeamSearch) -> Beam {
    let length = (tokens.len() + end).max(1) as f64;
    Beam {
        score: log_probability / length.powf(f64::from(options.length_penalty)),
        tokens,
        log_probability,
    }
}

/// Every continuation by one more token: the most probable go on, those that end are `done`, ordered by their rank.
fn grown<'a>(mut live: Vec<Live<'a>>, options: &BeamSearch, done: &mut Vec<Beam>) -> Result<Vec<Live<'a>>> {
    let mut choices = Vec::new();
    for (i, beam) in live.iter_mut().enumerate() {
        let next = log_probabilities(&beam.writer.scores()?)?;
        let to = |(token, log): (usize, f64)| (beam.log_probability + log, i, token);
        choices.extend(next.into_iter().enumerate().map(to));
    }
    choices.retain(|(log, ..)| *log > f64::NEG_INFINITY);
    // A stable sort: equal choices stay in the order of beams and tokens.
    choices.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut next = Vec::new();
    for (rank, (log, i, token)) in choices.into_iter().enumerate() {
        if next.len() == options.width {
            break;
        }
        if options.end == Some(token) {
            // An end that is less probable than `width` other choices is none.
            if rank < options.width {
                done.push(finished(live[i].tokens.clone(), log, 1, options));
            }
            continue;
        }
        let mut beam = Live {
            writer: live[i].writer.clone(),
            tokens: live[i].tokens.clone(),
            log_probability: log,
        };
        beam.tokens.push(token);
        beam.writer.push(token);
        next.push(beam);
    }
    done.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(next)
}
