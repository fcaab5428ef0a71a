//! What a network eats.
//!
//! A [`Learner`](crate::train::Learner) reads batches of plain numbers and must know which tensor to make of them. The
//! first layer of a network says so.

use dfdx::nn::builders::UnbiasedLinear;
use dfdx::prelude::*;

use super::bidirectional::Bidirectional;
use super::builders::{
    BatchNorm1D, BatchNorm2D, Conv2D, ConvTranspose2D, DepthwiseConv2D, Embedding, Fire, Flatten, Gpt2, GroupNorm, Gru,
    Linear, Lstm, MultiHeadAttention, PaddedEmbedding, PatchEmbedding, Positions, PreNormEncoderBlock, Residual,
    ResidualBlock, Rnn, SinusoidalPositions, TransformerEncoderBlock,
};
use super::padded::Padded;
use crate::{Error, Result};

/// A kind of tensor that batches of samples can be turned into.
pub trait InputKind: 'static {
    /// The shape of a batch.
    type Shape: Shape;

    /// The shape of a batch of `batch` samples of shape `sample`.
    ///
    /// # Errors
    /// [`Error::Shape`] where samples of this shape do not fit the network.
    fn shape(batch: usize, sample: &[usize]) -> Result<Self::Shape>;

    /// The tensor of a batch, for a loop of your own: `Tokens::tensor(&dev, batch.inputs, &batch.sample_shape)`.
    ///
    /// # Errors
    /// As [`InputKind::shape`].
    fn tensor<D: Device<f32>>(dev: &D, values: Vec<f32>, sample: &[usize]) -> Result<Tensor<Self::Shape, f32, D>> {
        let shape = Self::shape(values.len() / sample.iter().product::<usize>().max(1), sample)?;
        dev.try_tensor_from_vec(values, shape)
            .map_err(|error| Error::Dfdx(error.to_string()))
    }
}

/// Rows of `N` features: batches are `(B, N)`.
#[derive(Clone, Copy, Debug)]
pub struct Features<const N: usize>;

/// Images of `C` channels: batches are `(B, C, H, W)`.
#[derive(Clone, Copy, Debug)]
pub struct Images<const C: usize>;

/// Images of any number of channels: batches are `(B, C, H, W)`.
#[derive(Clone, Copy, Debug)]
pub struct AnyImages;

/// Sequences of `N` numbers per step: batches are `(B, T, N)`. A picture of one channel, `(1, H, N)`, is a sequence of its
/// rows.
#[derive(Clone, Copy, Debug)]
pub struct Sequences<const N: usize>;

/// Token ids: batches are `(B, T)`, filled up with zeros behind the ends of shorter sequences.
#[derive(Clone, Copy, Debug)]
pub struct Tokens;

/// Pairs of sequences of token ids: batches are `(B, 2, T)`. Row 0 is the source, row 1 the target as the decoder sees it;
/// both are filled up with zeros.
#[derive(Clone, Copy, Debug)]
pub struct TokenPairs;

impl<const N: usize> InputKind for Features<N> {
    type Shape = (usize, Const<N>);

    fn shape(batch: usize, sample: &[usize]) -> Result<Self::Shape> {
        if sample.iter().product::<usize>() == N {
            return Ok((batch, Const));
        }
        Err(mismatch(format!("samples of {N} features"), sample))
    }
}

impl<const C: usize> InputKind for Images<C> {
    type Shape = (usize, Const<C>, usize, usize);

    fn shape(batch: usize, sample: &[usize]) -> Result<Self::Shape> {
        match *sample {
            [c, h, w] if c == C => Ok((batch, Const, h, w)),
            _ => Err(mismatch(format!("images of {C} channels, ({C}, H, W)"), sample)),
        }
    }
}

impl InputKind for AnyImages {
    type Shape = (usize, usize, usize, usize);

    fn shape(batch: usize, sample: &[usize]) -> Result<Self::Shape> {
        match *sample {
            [c, h, w] => Ok((batch, c, h, w)),
            _ => Err(mismatch("images, (C, H, W)".to_string(), sample)),
        }
    }
}

impl<const N: usize> InputKind for Sequences<N> {
    type Shape = (usize, usize, Const<N>);

    fn shape(batch: usize, sample: &[usize]) -> Result<Self::Shape> {
        match *sample {
            [steps, n] | [1, steps, n] if n == N => Ok((batch, steps, Const)),
            _ => Err(mismatch(format!("sequences of {N} numbers per step, (T, {N})"), sample)),
        }
    }
}

impl InputKind for Tokens {
    type Shape = (usize, usize);

    fn shape(batch: usize, sample: &[usize]) -> Result<Self::Shape> {
        match *sample {
            [steps] => Ok((batch, steps)),
            _ => Err(mismatch("sequences of token ids, (T)".to_string(), sample)),
        }
    }
}

impl InputKind for TokenPairs {
    type Shape = (usize, Const<2>, usize);

    fn shape(batch: usize, sample: &[usize]) -> Result<Self::Shape> {
        match *sample {
            [2, steps] => Ok((batch, Const, steps)),
            _ => Err(mismatch("pairs of sequences of token ids, (2, T)".to_string(), sample)),
        }
    }
}

fn mismatch(expected: String, sample: &[usize]) -> Error {
    Error::Shape {
        layer: "the first layer of the network".into(),
        expected,
        got: format!("samples of shape {sample:?}"),
    }
}

/// Hands images of `C` channels on as they are. In front of a layer that takes any number of channels, it says how many come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Channels<const C: usize>;

impl<const C: usize> ZeroSizedModule for Channels<C> {}
impl<const C: usize> NonMutableModule for Channels<C> {}

impl<const C: usize, B: Dim, H: Dim, W: Dim, D: Storage<f32>, T> Module<Tensor<(B, Const<C>, H, W), f32, D, T>>
    for Channels<C>
{
    type Output = Tensor<(B, Const<C>, H, W), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Self::Output) -> Result<Self::Output, D::Err> {
        Ok(x)
    }
}

/// Hands sequences of `N` numbers per step on as they are. In front of a layer that takes rows as well, such as
/// [`Linear`], it says that sequences come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Steps<const N: usize>;

impl<const N: usize> ZeroSizedModule for Steps<N> {}
impl<const N: usize> NonMutableModule for Steps<N> {}

impl<const N: usize, B: Dim, S: Dim, D: Storage<f32>, T> Module<Tensor<(B, S, Const<N>), f32, D, T>> for Steps<N> {
    type Output = Tensor<(B, S, Const<N>), f32, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Self::Output) -> Result<Self::Output, D::Err> {
        Ok(x)
    }
}

/// Finds the lengths of sequences of `N` numbers per step: `(B, T, N)` to a [`Padded`](super::Padded) of the same size.
///
/// In batches of a [`Dataset::series`](crate::data::Dataset::series) the steps behind the end of a sequence are NaN; here
/// they become 0. PyTorch: `torch.nn.utils.rnn.pack_padded_sequence`, which is told the lengths. Taught in notebook 14.
#[derive(Clone, Copy, Debug, Default)]
pub struct PaddedSteps<const N: usize>;

impl<const N: usize> ZeroSizedModule for PaddedSteps<N> {}
impl<const N: usize> NonMutableModule for PaddedSteps<N> {}

impl<const N: usize, B: Dim, S: Dim, D: Device<f32>, T: Tape<f32, D>> Module<Tensor<(B, S, Const<N>), f32, D, T>>
    for PaddedSteps<N>
{
    type Output = Padded<Tensor<(B, S, Const<N>), f32, D, T>>;
    type Error = D::Err;

    fn try_forward(&self, x: Tensor<(B, S, Const<N>), f32, D, T>) -> Result<Self::Output, D::Err> {
        let lengths = real_steps(&x.as_vec(), x.shape().1.size(), N).into();
        let steps = x.try_nans_to(0.0)?;
        Ok(Padded { steps, lengths })
    }
}

/// How many steps each sequence has up to the last one with a number. Not generic, so that it is not compiled in a cell.
fn real_steps(values: &[f32], steps: usize, width: usize) -> Vec<usize> {
    let real = |step: &[f32]| step.iter().any(|x| !x.is_nan());
    let length = |values: &[f32]| values.chunks(width.max(1)).rposition(real).map_or(0, |last| last + 1);
    values.chunks((steps * width).max(1)).map(length).collect()
}

/// A network, written as a builder type, that knows the kind of its input.
///
/// Tuples take it from their first layer. A network type of your own needs one line:
/// `impl HasInput for MyNet { type Input = Images<3>; }`.
#[diagnostic::on_unimplemented(
    message = "the first layer of `{Self}` does not say what the network eats",
    note = "begin the network with Linear, Conv2D, Flatten or Embedding, or implement `HasInput` for it"
)]
pub trait HasInput {
    /// The kind of the input.
    type Input: InputKind;
}

impl<const I: usize, const O: usize> HasInput for Linear<I, O> {
    type Input = Features<I>;
}

impl<const I: usize, const O: usize> HasInput for UnbiasedLinear<I, O> {
    type Input = Features<I>;
}

impl<const N: usize> HasInput for Flatten<N> {
    type Input = AnyImages;
}

impl<const C: usize> HasInput for BatchNorm1D<C> {
    type Input = Features<C>;
}

impl<const C: usize> HasInput for BatchNorm2D<C> {
    type Input = Images<C>;
}

impl<const GROUPS: usize, const C: usize> HasInput for GroupNorm<GROUPS, C> {
    type Input = Images<C>;
}

impl<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize, const L: usize> HasInput
    for Conv2D<I, O, K, S, P, L>
{
    type Input = Images<I>;
}

impl<const C: usize, const K: usize, const S: usize, const P: usize, const L: usize> HasInput
    for DepthwiseConv2D<C, K, S, P, L>
{
    type Input = Images<C>;
}

impl<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize, const Q: usize> HasInput
    for ConvTranspose2D<I, O, K, S, P, Q>
{
    type Input = Images<I>;
}

impl<const I: usize, const O: usize, const S: usize> HasInput for ResidualBlock<I, O, S> {
    type Input = Images<I>;
}

impl<const I: usize, const S: usize, const E: usize, const O: usize> HasInput for Fire<I, S, E, O> {
    type Input = Images<I>;
}

impl<const I: usize, const H: usize> HasInput for Rnn<I, H> {
    type Input = Sequences<I>;
}

impl<const I: usize, const H: usize> HasInput for Gru<I, H> {
    type Input = Sequences<I>;
}

impl<const I: usize, const H: usize> HasInput for Lstm<I, H> {
    type Input = Sequences<I>;
}

impl<L: HasInput> HasInput for Bidirectional<L> {
    type Input = L::Input;
}

impl<const N: usize, const HEADS: usize, const CAUSAL: bool> HasInput for MultiHeadAttention<N, HEADS, CAUSAL> {
    type Input = Sequences<N>;
}

impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool> HasInput
    for TransformerEncoderBlock<N, HEADS, FF, A, CAUSAL>
{
    type Input = Sequences<N>;
}

impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool> HasInput
    for PreNormEncoderBlock<N, HEADS, FF, A, CAUSAL>
{
    type Input = Sequences<N>;
}

impl<const L: usize, const N: usize> HasInput for Positions<L, N> {
    type Input = Sequences<N>;
}

impl<const N: usize> HasInput for SinusoidalPositions<N> {
    type Input = Sequences<N>;
}

impl<const V: usize, const N: usize> HasInput for Embedding<V, N> {
    type Input = Tokens;
}

impl<const V: usize, const N: usize> HasInput for PaddedEmbedding<V, N> {
    type Input = Tokens;
}

impl<const V: usize, const L: usize, const N: usize, const HEADS: usize, const LAYERS: usize> HasInput
    for Gpt2<V, L, N, HEADS, LAYERS>
{
    type Input = Tokens;
}

impl<const C: usize, const P: usize, const N: usize> HasInput for PatchEmbedding<C, P, N> {
    type Input = Images<C>;
}

impl<const N: usize> HasInput for Steps<N> {
    type Input = Sequences<N>;
}

impl<const N: usize> HasInput for PaddedSteps<N> {
    type Input = Sequences<N>;
}

impl<const C: usize> HasInput for Channels<C> {
    type Input = Images<C>;
}

impl<F: HasInput> HasInput for Residual<F> {
    type Input = F::Input;
}

macro_rules! tuples {
    ($($Rest:ident)*) => {
        impl<First: HasInput, $($Rest),*> HasInput for (First, $($Rest,)*) {
            type Input = First::Input;
        }
    };
}

tuples!();
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
