//! Sequences of different lengths in one block of numbers.
//!
//! A tensor is a block: each of its sequences has as many steps as the longest. The shorter ones are filled up behind
//! their end (*padding*), and what comes after a layer must not depend on the filling. So the lengths travel with the
//! numbers: layers that work step by step hand them on, recurrent layers stop at them, attention does not look past
//! them, and whatever makes one row of a sequence leaves the filling out.

use std::sync::Arc;

/// A block of sequences, and how many steps of each are real.
///
/// PyTorch: `torch.nn.utils.rnn.PackedSequence`, or the pair of a padded tensor and its lengths that it is made of.
/// Taught in notebook 14.
#[derive(Clone, Debug)]
pub struct Padded<X> {
    /// The steps: a tensor `(B, T, N)`. What stands behind the end of a sequence means nothing.
    pub steps: X,
    /// How many steps of each sequence are real: `B` numbers, each from 0 to `T`.
    pub lengths: Arc<[usize]>,
}

impl<X> Padded<X> {
    /// Other steps of the same lengths: what a layer makes of these.
    pub fn with<Y>(&self, steps: Y) -> Padded<Y> {
        Padded {
            steps,
            lengths: self.lengths.clone(),
        }
    }
}
