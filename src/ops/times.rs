//! A size in a type that is a multiple of another.

use dfdx::prelude::{ConstDim, Dim};

/// An axis of `K` blocks of `N`: the rows of a matrix that stands for `K` matrices, one below the other, as PyTorch keeps
/// the weights of all gates of a recurrent layer, and of queries, keys and values.
///
/// `Const<{ K * N }>` would say the same, but stable Rust does not multiply in types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times<const K: usize, const N: usize>;

impl<const K: usize, const N: usize> Dim for Times<K, N> {
    fn size(&self) -> usize {
        K * N
    }

    fn from_size(size: usize) -> Option<Self> {
        (size == K * N).then_some(Self)
    }
}

impl<const K: usize, const N: usize> ConstDim for Times<K, N> {
    const SIZE: usize = K * N;
}
