//! Token ids to vectors.

use dfdx::prelude::*;
use rand_distr::{Distribution, StandardNormal};

use super::padded::Padded;
use crate::ops::{Kernels, embedding};

/// The structure of the layers, without device and number type.
pub mod builder {
    /// A vector of `N` numbers for each of `V` tokens, which are learned: `(B, T)` ids from 0 to `V - 1` to `(B, T, N)`.
    ///
    /// For sequences of one length, such as the windows of a long text; ids are then all alike, 0 too. Sequences of different
    /// lengths begin with [`PaddedEmbedding`]. PyTorch: `torch.nn.Embedding(V, N)`. Bengio et al. 2003, *A Neural
    /// Probabilistic Language Model*, JMLR 3. Taught in notebook 14.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let layer = dev.build_module::<Embedding<10, 4>, f32>();
    /// let ids = dev.tensor_from_vec(vec![3.0, 1.0, 2.0, 3.0, 0.0, 9.0], (2, 3));
    /// assert_eq!(layer.try_forward(ids)?.shape().concrete(), [2, 3, 4]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Forward fails for an id that is not in the vocabulary, and says which.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Embedding<const V: usize, const N: usize>;

    /// A vector of `N` numbers for each of `V` tokens, of which token 0 is padding: `(B, T)` ids to a
    /// [`Padded`](crate::nn::Padded) `(B, T, N)`.
    ///
    /// The length of a sequence is what is left of it without the zeros at its end. The vector of token 0 begins as zeros
    /// and is not learned. PyTorch: `torch.nn.Embedding(V, N, padding_idx=0)`, followed by `pack_padded_sequence`. Taught in
    /// notebook 14.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let layer = dev.build_module::<PaddedEmbedding<10, 4>, f32>();
    /// let ids = dev.tensor_from_vec(vec![3.0, 1.0, 2.0, 4.0, 0.0, 0.0], (2, 3));
    /// assert_eq!(*layer.try_forward(ids)?.lengths, [3, 1]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Forward fails for an id that is not in the vocabulary, and says which.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct PaddedEmbedding<const V: usize, const N: usize>;
}

/// `layer!(doc, Name, rows of padding)`: a layer of one table.
macro_rules! layer {
    ($(#[$doc:meta])* $Layer:ident, $padding:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $Layer<const V: usize, const N: usize, E: Dtype, D: Storage<E>> {
            /// One row per token.
            pub weight: Tensor<Rank2<V, N>, E, D>,
        }

        impl<const V: usize, const N: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::$Layer<V, N>
        where
            $Layer<V, N, E, D>: BuildModule<D, E>,
        {
            type Built = $Layer<V, N, E, D>;
        }

        impl<const V: usize, const N: usize, E: Dtype, D: Storage<E>> NonMutableModule for $Layer<V, N, E, D> {}

        impl<const V: usize, const N: usize, E: Dtype, D: Device<E>> TensorCollection<E, D> for $Layer<V, N, E, D>
        where
            StandardNormal: Distribution<E>,
        {
            type To<E2: Dtype, D2: Device<E2>> = $Layer<V, N, E2, D2>;

            fn iter_tensors<W: ModuleVisitor<Self, E, D>>(
                visitor: &mut W,
            ) -> Result<Option<Self::To<W::E2, W::D2>>, W::Err> {
                let weight = TensorOptions::reset_with(|t| begin(t, $padding));
                visitor.visit_fields(
                    Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, weight),
                    |weight| $Layer { weight },
                )
            }
        }
    };
}

layer! {
    /// [`builder::Embedding`] on a device. Starts normal with mean 0 and standard deviation 1, PyTorch's default.
    Embedding, 0
}
layer! {
    /// [`builder::PaddedEmbedding`] on a device. Starts normal with mean 0 and standard deviation 1, PyTorch's default, with
    /// zeros for token 0.
    PaddedEmbedding, 1
}

/// Normal numbers, and zeros in the first `padding` rows.
fn begin<const V: usize, const N: usize, E: Dtype, D: Device<E>>(
    t: &mut Tensor<Rank2<V, N>, E, D>,
    padding: usize,
) -> Result<(), D::Err>
where
    StandardNormal: Distribution<E>,
{
    t.try_fill_with_distr(StandardNormal)?;
    if padding > 0 {
        let mut numbers = t.as_vec();
        numbers.iter_mut().take(padding * N).for_each(|x| *x = E::default());
        t.copy_from(&numbers);
    }
    Ok(())
}

impl<const V: usize, const N: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>> Module<Tensor<(B, S), f32, D, T>>
    for Embedding<V, N, f32, D>
{
    type Output = Tensor<(B, S, Const<N>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, ids: Tensor<(B, S), f32, D, T>) -> Result<Self::Output, D::Err> {
        embedding(ids, &self.weight, None).map_err(D::to_device_error)
    }
}

impl<const V: usize, const N: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>> Module<Tensor<(B, S), f32, D, T>>
    for PaddedEmbedding<V, N, f32, D>
{
    type Output = Padded<Tensor<(B, S, Const<N>), f32, D, T>>;
    type Error = D::Err;

    fn try_forward(&self, ids: Tensor<(B, S), f32, D, T>) -> Result<Self::Output, D::Err> {
        let lengths = lengths(&ids.as_vec(), ids.shape().1.size()).into();
        let steps = embedding(ids, &self.weight, Some(0)).map_err(D::to_device_error)?;
        Ok(Padded { steps, lengths })
    }
}

/// How long each sequence is without the zeros at its end. Not generic, so that it is not compiled in a cell.
fn lengths(ids: &[f32], steps: usize) -> Vec<usize> {
    let length = |ids: &[f32]| ids.iter().rposition(|id| *id != 0.0).map_or(0, |last| last + 1);
    ids.chunks(steps.max(1)).map(length).collect()
}

#[cfg(test)]
mod tests {
    use super::lengths;

    #[test]
    fn zeros_at_the_end_are_no_steps() {
        let ids = [1.0, 2.0, 3.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(lengths(&ids, 3), [3, 1, 2, 0]);
    }
}
