//! A set of samples, and what is done with it on its way to a network.
//!
//! [`Dataset`] keeps samples with their targets and gives views of them: splits, folds, balanced classes. [`Batches`]
//! are one epoch of it, [`Batch`] is what one step sees; pixels become numbers, and are augmented and normalized, only when
//! a batch is made.
//!
//! # Batches that are not one block of numbers
//!
//! A batch carries its inputs as one list of f32, and says the shape of a sample. Texts and other sequences fit into that by
//! four rules, which hold everywhere in the crate:
//!
//! 1. **Token ids travel as f32**, exact below 2^24, and [`PAD`], which is 0, is padding. A batch of sequences is `(B, T)`, one
//!    of pairs `(B, 2, T)`: the source, and the target as a decoder sees it. `T` is the longest of *this* batch. Rows of
//!    numbers, `(B, T, N)`, are filled up with NaN.
//! 2. **Lengths are found, not carried**: [`PaddedEmbedding`](crate::nn::builders::PaddedEmbedding) sees the zeros at the end,
//!    [`PaddedSteps`](crate::nn::PaddedSteps) the NaN. What they hand on is a [`Padded`](crate::nn::Padded), the block of
//!    numbers with its lengths. Layers that work step by step pass the lengths on, recurrent ones stop at them, and
//!    [`LastStep`](crate::nn::builders::LastStep) and [`MeanSteps`](crate::nn::builders::MeanSteps) make one row of the real
//!    steps.
//! 3. **A target per step** is a [`Targets::Steps`], with [`IGNORE`] where nothing is asked. The network answers with
//!    `(B, T, classes)`. The loss is the mean over the steps that count: of a batch, of an accumulated step, of an epoch.
//!    A batch in which nothing counts costs 0.
//! 4. [`Batch::len`] is the number of samples, whatever they are: batch sizes, splits and folds mean what they mean for
//!    pictures.
//!
//! | what there is | what is asked | set | begin of the network |
//! |---|---|---|---|
//! | texts | a class for each | [`Dataset::from_sequences`] | `PaddedEmbedding` |
//! | texts | values for each | [`Dataset::sequence_regression`] | `PaddedEmbedding` |
//! | texts | a class for every token | [`Dataset::tagged`] | `PaddedEmbedding` |
//! | sentences | the next token | [`Dataset::next_tokens`] | `PaddedEmbedding` |
//! | one long text | the next token | [`Dataset::windows`] | `Embedding` |
//! | texts and their translations | the translation, step by step | [`Dataset::pairs`] | [`EncoderDecoder`](crate::nn::builders::EncoderDecoder) |
//! | measurements over time | a class, or values | [`Dataset::series`], [`Dataset::series_regression`] | `PaddedSteps` |
//!
//! ```
//! use gradus::prelude::*;
//!
//! # fn main() -> gradus::Result<()> {
//! // What comes after a, b, c is the next letter; after c comes a.
//! let text: Vec<usize> = (0..200).map(|i| i % 3).collect();
//! let (train, valid) = (Dataset::windows(&text[..150], 10, 3)?, Dataset::windows(&text[150..], 10, 3)?);
//! let adam = Adam { lr: 0.1, ..Adam::default() };
//! let mut learner = Learner::classifier::<(Embedding<3, 4>, Linear<4, 3>)>(&device(0)?, adam)?;
//! learner.quiet().set_batch_size(4).set_metric(Metric::PERPLEXITY);
//! let history = learner.fit(&train, &valid, 10)?;
//! // It knows what comes next: as good as no choice at all.
//! assert!(history.last().unwrap().metric < 1.2);
//! # Ok(())
//! # }
//! ```

mod augmented;
mod balance;
mod batch;
mod batches;
mod build;
mod classes;
mod encode;
mod features;
mod folds;
mod gather;
mod lists;
mod normalize;
mod ragged;
mod sequences;
mod set;
mod split;
mod steps;
mod store;

pub use batch::{Batch, IGNORE, PAD, Targets};
pub use batches::Batches;
pub(crate) use classes::same_classes;
pub use encode::one_hot;
pub use normalize::Normalization;
pub use set::Dataset;
pub(in crate::data) use split::{permutation, two_parts};
