//! The blocks of a transformer's encoder; causal, they are those of a decoder that has nothing to read.

use std::sync::Arc;

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::attention::MultiHeadAttention;
use super::layer_norm::LayerNorm;
use super::linear::Linear;
use super::padded::Padded;
use crate::ops::{Kernels, add_layer_norm, add_onto};

/// The structure of the blocks, without device and number type.
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

    /// One block of a transformer's encoder with its norms in front (*pre-norm*): attention, then two linear layers for
    /// each step by itself, each given normalized steps, and what it says *added*: `y = x + attention(norm1(x))`,
    /// `y + linear2(A(linear1(norm2(y))))`.
    ///
    /// Maps `(B, T, D)` to `(B, T, D)`, plain or [`Padded`](crate::nn::Padded), where no step looks behind the end of its
    /// sequence. `FF` features between the linear layers, the activation `A` behind the first, `HEADS` heads; with `CAUSAL`
    /// no step sees a later one, and the block is one of a decoder that has nothing to read, as GPT's are; there is no
    /// dropout. Sums are never normalized on their way, so gradients reach the first block undimmed; behind the last block
    /// stands one [`LayerNorm`](crate::nn::builders::LayerNorm).
    ///
    /// Xiong et al. 2020, *On layer normalization in the transformer architecture*, arXiv:2002.04745. PyTorch:
    /// `torch.nn.TransformerEncoderLayer(D, HEADS, FF, dropout=0.0, batch_first=True, norm_first=True)`. Taught in
    /// notebook 15.
    ///
    /// # Errors
    /// Forward fails where `HEADS` does not divide `D`.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct PreNormEncoderBlock<
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

/// `(B, T, N)`.
type Steps<B, S, const N: usize, D, T> = Tensor<(B, S, Const<N>), f32, D, T>;

macro_rules! block {
    ($(#[$doc:meta])* $Block:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $Block<
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
            /// The norm of the attention.
            pub norm1: LayerNorm<N, E, D>,
            /// The norm of the layers.
            pub norm2: LayerNorm<N, E, D>,
        }

        impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool, D: Device<E>, E: Dtype>
            BuildOnDevice<D, E> for builder::$Block<N, HEADS, FF, A, CAUSAL>
        where
            $Block<N, HEADS, FF, A, CAUSAL, E, D>: BuildModule<D, E>,
        {
            type Built = $Block<N, HEADS, FF, A, CAUSAL, E, D>;
        }

        impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool, E: Dtype, D: Storage<E>>
            NonMutableModule for $Block<N, HEADS, FF, A, CAUSAL, E, D>
        {
        }

        impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool, E, D: Device<E>> TensorCollection<E, D>
            for $Block<N, HEADS, FF, A, CAUSAL, E, D>
        where
            A: ZeroSizedModule,
            E: Dtype + Float + SampleUniform,
        {
            type To<E2: Dtype, D2: Device<E2>> = $Block<N, HEADS, FF, A, CAUSAL, E2, D2>;

            fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                visitor.visit_fields(
                    (
                        Self::module("self_attn", |s| &s.self_attn, |s| &mut s.self_attn),
                        Self::module("linear1", |s| &s.linear1, |s| &mut s.linear1),
                        Self::module("linear2", |s| &s.linear2, |s| &mut s.linear2),
                        Self::module("norm1", |s| &s.norm1, |s| &mut s.norm1),
                        Self::module("norm2", |s| &s.norm2, |s| &mut s.norm2),
                    ),
                    |(self_attn, linear1, linear2, norm1, norm2)| $Block {
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

        impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool, B, S, D, T>
            Module<Steps<B, S, N, D, T>> for $Block<N, HEADS, FF, A, CAUSAL, f32, D>
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
            Module<Padded<Steps<B, S, N, D, T>>> for $Block<N, HEADS, FF, A, CAUSAL, f32, D>
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
    };
}

block! {
    /// [`builder::TransformerEncoderBlock`] on a device. Has PyTorch's names in weight files.
    TransformerEncoderBlock
}
block! {
    /// [`builder::PreNormEncoderBlock`] on a device. Has PyTorch's names in weight files.
    PreNormEncoderBlock
}

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

impl<const N: usize, const HEADS: usize, const FF: usize, A, const CAUSAL: bool, D: Kernels>
    PreNormEncoderBlock<N, HEADS, FF, A, CAUSAL, f32, D>
{
    fn run<B: Dim, S: Dim, T: Tape<f32, D>>(
        &self,
        x: Steps<B, S, N, D, T>,
        lengths: Option<&Arc<[usize]>>,
    ) -> Result<Steps<B, S, N, D, T>, D::Err>
    where
        A: Module<Steps<B, S, FF, D, T>, Output = Steps<B, S, FF, D, T>, Error = D::Err>,
    {
        let seen = self
            .self_attn
            .look(self.norm1.try_forward(x.with_empty_tape())?, lengths)?;
        let y = add_onto(seen, x).map_err(D::to_device_error)?;
        let wide = self.linear1.try_forward(self.norm2.try_forward(y.with_empty_tape())?)?;
        let far = self.linear2.try_forward(self.activation.try_forward(wide)?)?;
        add_onto(far, y).map_err(D::to_device_error)
    }
}
