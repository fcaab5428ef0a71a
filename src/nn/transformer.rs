//! The block that transformers are made of.

use std::sync::Arc;

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::attention::MultiHeadAttention;
use super::layer_norm::LayerNorm;
use super::linear::Linear;
use super::padded::Padded;
use crate::ops::{Kernels, add_layer_norm};

/// The structure of the block, without device and number type.
pub mod builder {
    use crate::nn::builders::ReLU;

    /// One block of a transformer's encoder: attention, then two linear layers for each step by itself, each *added* to what
    /// it was given and normalized: `y = norm1(x + attention(x))`, `norm2(y + linear2(A(linear1(y))))`.
    ///
    /// Maps `(B, T, D)` to `(B, T, D)`, plain or [`Padded`](crate::nn::Padded), where no step looks behind the end of its
    /// sequence. `FF` features between the linear layers, the activation `A` behind the first, `HEADS`
    /// heads; with `CAUSAL` no step sees a later one. The norm comes behind the sum (*post-norm*), as in the paper and by
    /// default in PyTorch; there is no dropout.
    ///
    /// Vaswani et al. 2017, *Attention is all you need*, arXiv:1706.03762. PyTorch:
    /// `torch.nn.TransformerEncoderLayer(D, HEADS, FF, dropout=0.0, batch_first=True)`. Taught in notebook 15.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let block = dev.build_module::<TransformerEncoderBlock<16, 4, 32, GELU>, f32>();
    /// let tokens: Tensor<Rank3<2, 9, 16>, f32, _> = dev.sample_normal();
    /// assert_eq!(block.try_forward(tokens)?.shape().concrete(), [2, 9, 16]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Forward fails where `HEADS` does not divide `D`.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct TransformerEncoderBlock<
        const D: usize,
        const HEADS: usize,
        const FF: usize,
        A = ReLU,
        const CAUSAL: bool = false,
    > {
        /// The activation.
        pub activation: A,
    }
}

/// [`builder::TransformerEncoderBlock`] on a device. Has PyTorch's names in weight files.
#[derive(Clone, Debug)]
pub struct TransformerEncoderBlock<
    const N: usize,
    const HEADS: usize,
    const FF: usize,
    A,
    const CAUSAL: bool,
    E: Dtype,
    D: Storage<E>,
> {
    /// Attention of the steps to each other.
    pub self_attn: MultiHeadAttention<N, HEADS, CAUSAL, E, D>,
    /// The first layer for each step.
    pub linear1: Linear<N, FF, E, D>,
    /// Behind the first layer.
    pub activation: A,
    /// The second layer for each step.
    pub linear2: Linear<FF, N, E, D>,
    /// Behind the attention's sum.
    pub norm1: LayerNorm<N, E, D>,
    /// Behind the layers' sum.
    pub norm2: LayerNorm<N, E, D>,
}

impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool, D: Device<E>, E: Dtype>
    BuildOnDevice<D, E> for builder::TransformerEncoderBlock<N, HEADS, FF, A, CAUSAL>
where
    TransformerEncoderBlock<N, HEADS, FF, A, CAUSAL, E, D>: BuildModule<D, E>,
{
    type Built = TransformerEncoderBlock<N, HEADS, FF, A, CAUSAL, E, D>;
}

impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool, E: Dtype, D: Storage<E>>
    NonMutableModule for TransformerEncoderBlock<N, HEADS, FF, A, CAUSAL, E, D>
{
}

impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool, E, D: Device<E>> TensorCollection<E, D>
    for TransformerEncoderBlock<N, HEADS, FF, A, CAUSAL, E, D>
where
    A: ZeroSizedModule,
    E: Dtype + Float + SampleUniform,
{
    type To<E2: Dtype, D2: Device<E2>> = TransformerEncoderBlock<N, HEADS, FF, A, CAUSAL, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("self_attn", |s| &s.self_attn, |s| &mut s.self_attn),
                Self::module("linear1", |s| &s.linear1, |s| &mut s.linear1),
                Self::module("linear2", |s| &s.linear2, |s| &mut s.linear2),
                Self::module("norm1", |s| &s.norm1, |s| &mut s.norm1),
                Self::module("norm2", |s| &s.norm2, |s| &mut s.norm2),
            ),
            |(self_attn, linear1, linear2, norm1, norm2)| TransformerEncoderBlock {
                self_attn,
                linear1,
                activation: A::default(),
                linear2,
                norm1,
                norm2,
            },
        )
    }
}

/// `(B, T, N)`.
type Steps<B, S, const N: usize, D, T> = Tensor<(B, S, Const<N>), f32, D, T>;

impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool, D: Kernels>
    TransformerEncoderBlock<N, HEADS, FF, A, CAUSAL, f32, D>
{
    fn run<B: Dim, S: Dim, T: Tape<f32, D>>(
        &self,
        x: Steps<B, S, N, D, T>,
        lengths: Option<&Arc<[usize]>>,
    ) -> Result<Steps<B, S, N, D, T>, D::Err>
    where
        A: Module<Steps<B, S, FF, D, T>, Output = Steps<B, S, FF, D, T>, Error = D::Err>,
    {
        let (x, tape) = x.split_tape();
        let seen = self.self_attn.look(x.retaped::<T>(), lengths)?;
        let (weight, bias) = (&self.norm1.weight, &self.norm1.bias);
        let y = add_layer_norm(x.put_tape(tape), seen, weight, bias, self.norm1.eps).map_err(D::to_device_error)?;
        let (y, tape) = y.split_tape();
        let wide = self
            .activation
            .try_forward(self.linear1.try_forward(y.retaped::<T>())?)?;
        let far = self.linear2.try_forward(wide)?;
        let (weight, bias) = (&self.norm2.weight, &self.norm2.bias);
        add_layer_norm(y.put_tape(tape), far, weight, bias, self.norm2.eps).map_err(D::to_device_error)
    }
}

impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool, B, S, D, T>
    Module<Steps<B, S, N, D, T>> for TransformerEncoderBlock<N, HEADS, FF, A, CAUSAL, f32, D>
where
    B: Dim,
    S: Dim,
    D: Kernels,
    T: Tape<f32, D>,
    A: Module<Steps<B, S, FF, D, T>, Output = Steps<B, S, FF, D, T>, Error = D::Err>,
{
    type Output = Steps<B, S, N, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Steps<B, S, N, D, T>) -> Result<Self::Output, D::Err> {
        self.run(x, None)
    }
}

impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool, B, S, D, T>
    Module<Padded<Steps<B, S, N, D, T>>> for TransformerEncoderBlock<N, HEADS, FF, A, CAUSAL, f32, D>
where
    B: Dim,
    S: Dim,
    D: Kernels,
    T: Tape<f32, D>,
    A: Module<Steps<B, S, FF, D, T>, Output = Steps<B, S, FF, D, T>, Error = D::Err>,
{
    type Output = Padded<Steps<B, S, N, D, T>>;
    type Error = D::Err;

    fn try_forward(&self, Padded { steps, lengths }: Padded<Steps<B, S, N, D, T>>) -> Result<Self::Output, D::Err> {
        let steps = self.run(steps, Some(&lengths))?;
        Ok(Padded { steps, lengths })
    }
}
