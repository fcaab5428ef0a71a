//! Writing with a language model: from scores to tokens, one after the other.
//!
//! [`probabilities`] and [`sample`] turn the scores of any source into a token: greedily, by temperature, among the `k` most
//! probable (*top-k*), among those that share most of the probability (*top-p*). [`tokens`] continues a prompt by a
//! [`LanguageModel`] that way; [`beams`] looks for the continuation that is most probable as a whole. A [`Memory`] lets a
//! model read each token once (the *key-value cache* of a transformer, the state of a recurrent network): the text is the
//! same as without it. Everything is seeded.
//!
//! ```
//! use gradus::prelude::*;
//!
//! # fn main() -> gradus::Result<()> {
//! // 5 tokens, at most 8 at a time, 16 features, 2 heads, 2 blocks; untrained.
//! let gpt = device(3)?.build_module::<Gpt2<5, 8, 16, 2, 2>, f32>();
//! let options = Generation { length: 12, seed: 7, ..Generation::default() };
//! let text = generate::tokens(&gpt, &[0, 1], &options)?;
//! assert_eq!(text, generate::tokens(&gpt, &[0, 1], &Generation { cache: false, ..options })?);
//! assert_eq!(text.len(), 12);
//! # Ok(())
//! # }
//! ```

mod beam;
mod continuation;
mod gpt2;
mod model;
mod sampling;

pub use beam::{Beam, BeamSearch, beams};
pub use continuation::{Generation, tokens};
pub use model::{FromScores, LanguageModel, Memory};
pub use sampling::{SampleRng, Sampling, probabilities, sample, seeded};
