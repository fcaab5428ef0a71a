//! A network of two parts: one reads a sequence, the other writes another one.

use dfdx::prelude::*;

use super::input::{HasInput, TokenPairs};

/// An encoder `E` that reads a source, and a decoder `D` that writes a target while it looks at what the encoder made (the
/// *memory*). Eats batches of [`TokenPairs`], as [`Dataset::pairs`](crate::data::Dataset::pairs) has them.
///
/// `(B, 2, T)` is taken apart: the source `(B, T)` goes through `E`, and `D` gets the target `(B, T)` together with what came
/// out, as a pair. [`OnTarget`] is for layers that know nothing of a memory. Sutskever et al. 2014, *Sequence to Sequence
/// Learning with Neural Networks*, arXiv:1409.3215. Taught in notebook 15.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// // Source and target have vocabularies of their own, 12 and 10 ids.
/// type Encoder = PaddedEmbedding<12, 16>;
/// type Decoder = (OnTarget<PaddedEmbedding<10, 16>>, PreNormDecoderBlock<16, 2, 32>, Linear<16, 10>);
/// let pairs = Dataset::pairs(&[vec![7, 8, 11], vec![9]], &[vec![5, 6], vec![3]], 1, 2, 10)?;
/// let mut learner = Learner::classifier::<EncoderDecoder<Encoder, Decoder>>(&device(0)?, Adam::default())?;
/// learner.quiet().fit(&pairs, &pairs, 1)?;
/// // Three tokens of the first target and two of the second, with the ends.
/// assert_eq!(learner.predict(&pairs)?.len(), 5);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct EncoderDecoder<E, D> {
    /// What reads.
    pub encoder: E,
    /// What writes.
    pub decoder: D,
}

/// Applies `F` to the target of a pair `(target, memory)`, and hands the memory on: for the layers of a decoder that do not
/// look at the memory, such as an embedding.
#[derive(Clone, Debug, Default)]
pub struct OnTarget<F>(pub F);

impl<E, D> HasInput for EncoderDecoder<E, D> {
    type Input = TokenPairs;
}

impl<E: BuildOnDevice<V, N>, D: BuildOnDevice<V, N>, V: Device<N>, N: Dtype> BuildOnDevice<V, N>
    for EncoderDecoder<E, D>
where
    EncoderDecoder<E::Built, D::Built>: BuildModule<V, N>,
{
    type Built = EncoderDecoder<E::Built, D::Built>;
}

impl<F: BuildOnDevice<V, N>, V: Device<N>, N: Dtype> BuildOnDevice<V, N> for OnTarget<F>
where
    OnTarget<F::Built>: BuildModule<V, N>,
{
    type Built = OnTarget<F::Built>;
}

impl<E: TensorCollection<N, V>, D: TensorCollection<N, V>, N: Dtype, V: Device<N>> TensorCollection<N, V>
    for EncoderDecoder<E, D>
{
    type To<N2: Dtype, V2: Device<N2>> = EncoderDecoder<E::To<N2, V2>, D::To<N2, V2>>;

    fn iter_tensors<W: ModuleVisitor<Self, N, V>>(visitor: &mut W) -> Result<Option<Self::To<W::E2, W::D2>>, W::Err> {
        visitor.visit_fields(
            (
                Self::module("encoder", |s| &s.encoder, |s| &mut s.encoder),
                Self::module("decoder", |s| &s.decoder, |s| &mut s.decoder),
            ),
            |(encoder, decoder)| EncoderDecoder { encoder, decoder },
        )
    }
}

impl<F: TensorCollection<N, V>, N: Dtype, V: Device<N>> TensorCollection<N, V> for OnTarget<F> {
    type To<N2: Dtype, V2: Device<N2>> = OnTarget<F::To<N2, V2>>;

    fn iter_tensors<W: ModuleVisitor<Self, N, V>>(visitor: &mut W) -> Result<Option<Self::To<W::E2, W::D2>>, W::Err> {
        visitor.visit_fields(Self::module("0", |s| &s.0, |s| &mut s.0), OnTarget)
    }
}

/// A batch of pairs.
type Pairs<B, S, V, T> = Tensor<(B, Const<2>, S), f32, V, T>;
/// A batch of sequences.
type Ids<B, S, V, T> = Tensor<(B, S), f32, V, T>;

impl<B: Dim, S: Dim, V: Device<f32>, T: Tape<f32, V>, E, D> Module<Pairs<B, S, V, T>> for EncoderDecoder<E, D>
where
    E: Module<Ids<B, S, V, T>, Error = V::Err>,
    D: Module<(Ids<B, S, V, T>, E::Output), Error = V::Err>,
{
    type Output = D::Output;
    type Error = V::Err;

    fn try_forward(&self, pairs: Pairs<B, S, V, T>) -> Result<Self::Output, V::Err> {
        let (source, target) = apart(pairs)?;
        let memory = self.encoder.try_forward(source)?;
        self.decoder.try_forward((target, memory))
    }
}

impl<B: Dim, S: Dim, V: Device<f32>, E, D> ModuleMut<Pairs<B, S, V, OwnedTape<f32, V>>> for EncoderDecoder<E, D>
where
    E: ModuleMut<Ids<B, S, V, OwnedTape<f32, V>>, Error = V::Err>,
    D: ModuleMut<(Ids<B, S, V, OwnedTape<f32, V>>, E::Output), Error = V::Err>,
{
    type Output = D::Output;
    type Error = V::Err;

    fn try_forward_mut(&mut self, pairs: Pairs<B, S, V, OwnedTape<f32, V>>) -> Result<Self::Output, V::Err> {
        let (source, target) = apart(pairs)?;
        let memory = self.encoder.try_forward_mut(source)?;
        self.decoder.try_forward_mut((target, memory))
    }
}

impl<X, M, F: Module<X>> Module<(X, M)> for OnTarget<F> {
    type Output = (F::Output, M);
    type Error = F::Error;

    fn try_forward(&self, (target, memory): (X, M)) -> Result<Self::Output, F::Error> {
        Ok((self.0.try_forward(target)?, memory))
    }
}

impl<X, M, F: ModuleMut<X>> ModuleMut<(X, M)> for OnTarget<F> {
    type Output = (F::Output, M);
    type Error = F::Error;

    fn try_forward_mut(&mut self, (target, memory): (X, M)) -> Result<Self::Output, F::Error> {
        Ok((self.0.try_forward_mut(target)?, memory))
    }
}

/// The source, with the tape, and the target. Ids have no gradients, so nothing is recorded.
fn apart<B: Dim, S: Dim, V: Device<f32>, T: Tape<f32, V>>(
    pairs: Pairs<B, S, V, T>,
) -> Result<(Ids<B, S, V, T>, Ids<B, S, V, T>), V::Err> {
    let (pairs, tape) = pairs.split_tape();
    let (batch, _, steps) = *pairs.shape();
    let [source, target] = sides(&pairs.as_vec(), steps.size());
    let dev = pairs.device();
    let source = dev.try_tensor_from_vec(source, (batch, steps))?;
    let target = dev.try_tensor_from_vec(target, (batch, steps))?;
    Ok((source.put_tape(tape), target.put_tape(T::default())))
}

/// Every first, and every second run of `steps` numbers. Not generic, so that it is not compiled in a cell.
fn sides(pairs: &[f32], steps: usize) -> [Vec<f32>; 2] {
    [0, 1].map(|side| {
        pairs
            .chunks(steps.max(1))
            .skip(side)
            .step_by(2)
            .flatten()
            .copied()
            .collect()
    })
}
