//! Text: its way to the ids that a network takes, and back.
//!
//! [`characters`] and [`words`] cut a text into tokens, a [`Vocabulary`] gives each token its id. [`PAD`](super::PAD) is 0
//! and fills short sequences up, [`UNKNOWN`] is 1 and stands for whatever the vocabulary does not know; behind them come
//! `<bos>` and `<eos>`, the begin and the end of a sequence, where asked for. A [`Bpe`] learns its tokens, parts of words,
//! from a text, and knows no unknown ones.
//!
//! [`Texts`] are texts with a class each, [`Pairs`] are sentences with their translation, [`WordVectors`] are words with
//! their numbers.
//!
//! Hugging Face: `tokenizers`; torchtext: `vocab`. Taught in notebooks 14 and 15.

mod bpe;
mod bpe_file;
mod bpe_learn;
mod bpe_word;
mod pairs;
mod pieces;
mod split;
mod texts;
mod vectors;
mod vocabulary;
mod vocabulary_builder;
mod vocabulary_file;

pub use bpe::Bpe;
pub use pairs::Pairs;
pub use split::{characters, words};
pub use texts::Texts;
pub use vectors::WordVectors;
pub use vocabulary::{UNKNOWN, Vocabulary};
pub use vocabulary_builder::VocabularyBuilder;
