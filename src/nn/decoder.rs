//! The blocks of a transformer's decoder, which writes while it reads another sequence.

use std::sync::Arc;

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::attention::MultiHeadAttention;
use super::cross_attention::CrossAttention;
use super::layer_norm::LayerNorm;
use super::linear::Linear;
use super::maybe_padded::MaybePadded;
use crate::ops::{Kernels, add_layer_norm, add_onto};

/// The structure of the blocks, without device and number type.
pub mod builder {
    use crate::nn::builders::ReLU;

    /// One block of a transformer's decoder: causal attention to itself, attention to the *memory* (what the encoder made),
    /// then two linear layers for each step by itself; each is *added* to what it was given, and the sum normalized
    /// (*post-norm*).
    ///
    /// Maps a pair of `(B, S, D)` and the memory `(B, L, D)` to `(B, S, D)`; either may be [`Padded`](crate::nn::Padded). `FF`
    /// features between the linear layers, the activation `A` behind the first, `HEADS` heads; no dropout. Vaswani et al.
    /// 2017, arXiv:1706.03762. PyTorch: `torch.nn.TransformerDecoderLayer(D, HEADS, FF, dropout=0.0, batch_first=True)` with a
    /// causal `tgt_mask`. Taught in notebook 15.
    ///
    /// Several blocks share a memory that has a tape: the first takes it, the others read it without.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// type Block = PostNormDecoderBlock<16, 4, 32>;
    /// let dev = device(0)?;
    /// let (first, second) = dev.build_module::<(Block, Block), f32>();
    /// let target: Tensor<Rank3<2, 5, 16>, f32, _> = dev.sample_normal();
    /// let memory: Tensor<Rank3<2, 9, 16>, f32, _> = dev.sample_normal();
    /// let (memory, tape) = memory.leaky_trace().split_tape();
    /// let y = first.try_forward((target.retaped(), memory.clone().put_tape(tape)))?;
    /// let y = second.try_forward((y, memory.clone()))?;
    /// assert_eq!(y.shape().concrete(), [2, 5, 16]);
    /// assert_eq!(y.square().mean().backward().get(&memory).shape().concrete(), [2, 9, 16]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Forward fails where `HEADS` does not divide `D`, where the batches differ in size, and for a memory without steps.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct PostNormDecoderBlock<const D: usize, const HEADS: usize, const FF: usize, A = ReLU> {
        /// The activation.
        pub activation: A,
    }

    /// [`PostNormDecoderBlock`] with its norms in front of each part (*pre-norm*), where sums stay as they are.
    ///
    /// Xiong et al. 2020, arXiv:2002.04745. PyTorch: `TransformerDecoderLayer(..., norm_first=True)`. Taught in notebook 15.
    ///
    /// # Errors
    /// As [`PostNormDecoderBlock`].
    #[derive(Clone, Copy, Debug, Default)]
    pub struct PreNormDecoderBlock<const D: usize, const HEADS: usize, const FF: usize, A = ReLU> {
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
        pub struct $Block<const N: usize, const HEADS: usize, const FF: usize, A, E: Dtype, D: Storage<E>> {
            /// Attention of the steps to those before them.
            pub self_attn: MultiHeadAttention<N, HEADS, true, E, D>,
            /// Attention of the steps to the memory.
            pub multihead_attn: CrossAttention<N, HEADS, E, D>,
            /// The first layer for each step.
            pub linear1: Linear<N, FF, E, D>,
            /// Behind the first layer.
            pub activation: A,
            /// The second layer for each step.
            pub linear2: Linear<FF, N, E, D>,
            /// The norm of the attention to itself.
            pub norm1: LayerNorm<N, E, D>,
            /// The norm of the attention to the memory.
            pub norm2: LayerNorm<N, E, D>,
            /// The norm of the layers.
            pub norm3: LayerNorm<N, E, D>,
        }

        impl<const N: usize, const HEADS: usize, const FF: usize, A, D: Device<E>, E: Dtype> BuildOnDevice<D, E>
            for builder::$Block<N, HEADS, FF, A>
        where
            $Block<N, HEADS, FF, A, E, D>: BuildModule<D, E>,
        {
            type Built = $Block<N, HEADS, FF, A, E, D>;
        }

        impl<const N: usize, const HEADS: usize, const FF: usize, A, E: Dtype, D: Storage<E>> NonMutableModule
            for $Block<N, HEADS, FF, A, E, D>
        {
        }

        impl<const N: usize, const HEADS: usize, const FF: usize, A: ZeroSizedModule, E, D: Device<E>>
            TensorCollection<E, D> for $Block<N, HEADS, FF, A, E, D>
        where
            E: Dtype + Float + SampleUniform,
        {
            type To<E2: Dtype, D2: Device<E2>> = $Block<N, HEADS, FF, A, E2, D2>;

            fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                visitor.visit_fields(
                    (
                        (
                            Self::module("self_attn", |s| &s.self_attn, |s| &mut s.self_attn),
                            Self::module("multihead_attn", |s| &s.multihead_attn, |s| &mut s.multihead_attn),
                            Self::module("linear1", |s| &s.linear1, |s| &mut s.linear1),
                            Self::module("linear2", |s| &s.linear2, |s| &mut s.linear2),
                        ),
                        (
                            Self::module("norm1", |s| &s.norm1, |s| &mut s.norm1),
                            Self::module("norm2", |s| &s.norm2, |s| &mut s.norm2),
                            Self::module("norm3", |s| &s.norm3, |s| &mut s.norm3),
                        ),
                    ),
                    |((self_attn, multihead_attn, linear1, linear2), (norm1, norm2, norm3))| $Block {
                        self_attn,
                        multihead_attn,
                        linear1,
                        activation: A::default(),
                        linear2,
                        norm1,
                        norm2,
                        norm3,
                    },
                )
            }
        }

        impl<const N: usize, const HEADS: usize, const FF: usize, A, B: Dim, S: Dim, L: Dim, D: Kernels, T, R, X, M>
            Module<(X, M)> for $Block<N, HEADS, FF, A, f32, D>
        where
            T: Tape<f32, D> + Merge<R>,
            R: Tape<f32, D>,
            X: MaybePadded<Steps = Steps<B, S, N, D, T>>,
            M: MaybePadded<Steps = Steps<B, L, N, D, R>>,
            A: Module<Steps<B, S, FF, D, T>, Output = Steps<B, S, FF, D, T>, Error = D::Err>,
        {
            type Output = X;
            type Error = D::Err;

            fn try_forward(&self, (x, memory): (X, M)) -> Result<X, D::Err> {
                let ((x, own), (memory, lengths)) = (x.split(), memory.split());
                let y = self.run(x, own.as_ref(), memory, lengths.as_ref())?;
                Ok(X::join(y, own))
            }
        }

        impl<const N: usize, const HEADS: usize, const FF: usize, A, D: Kernels> $Block<N, HEADS, FF, A, f32, D> {
            /// The two linear layers.
            fn layers<B: Dim, S: Dim, T: Tape<f32, D>>(
                &self,
                x: Steps<B, S, N, D, T>,
            ) -> Result<Steps<B, S, N, D, T>, D::Err>
            where
                A: Module<Steps<B, S, FF, D, T>, Output = Steps<B, S, FF, D, T>, Error = D::Err>,
            {
                let wide = self.linear1.try_forward(x)?;
                self.linear2.try_forward(self.activation.try_forward(wide)?)
            }
        }
    };
}

block! {
    /// [`builder::PostNormDecoderBlock`] on a device. Has PyTorch's names in weight files.
    PostNormDecoderBlock
}
block! {
    /// [`builder::PreNormDecoderBlock`] on a device. Has PyTorch's names in weight files.
    PreNormDecoderBlock
}

/// `norm(x + y)`.
fn normalized<const N: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Steps<B, S, N, D, T>,
    y: Steps<B, S, N, D, T>,
    norm: &LayerNorm<N, f32, D>,
) -> Result<Steps<B, S, N, D, T>, D::Err> {
    add_layer_norm(x, y, &norm.weight, &norm.bias, norm.eps).map_err(D::to_device_error)
}

impl<const N: usize, const HEADS: usize, const FF: usize, A, D: Kernels> PostNormDecoderBlock<N, HEADS, FF, A, f32, D> {
    fn run<B: Dim, S: Dim, L: Dim, T: Tape<f32, D> + Merge<R>, R: Tape<f32, D>>(
        &self,
        x: Steps<B, S, N, D, T>,
        own: Option<&Arc<[usize]>>,
        memory: Steps<B, L, N, D, R>,
        lengths: Option<&Arc<[usize]>>,
    ) -> Result<Steps<B, S, N, D, T>, D::Err>
    where
        A: Module<Steps<B, S, FF, D, T>, Output = Steps<B, S, FF, D, T>, Error = D::Err>,
    {
        let seen = self.self_attn.look(x.with_empty_tape(), own)?;
        let x = normalized(x, seen, &self.norm1)?;
        let read = self.multihead_attn.look(x.with_empty_tape(), memory, lengths)?;
        let x = normalized(x, read, &self.norm2)?;
        let far = self.layers(x.with_empty_tape())?;
        normalized(x, far, &self.norm3)
    }
}

impl<const N: usize, const HEADS: usize, const FF: usize, A, D: Kernels> PreNormDecoderBlock<N, HEADS, FF, A, f32, D> {
    fn run<B: Dim, S: Dim, L: Dim, T: Tape<f32, D> + Merge<R>, R: Tape<f32, D>>(
        &self,
        x: Steps<B, S, N, D, T>,
        own: Option<&Arc<[usize]>>,
        memory: Steps<B, L, N, D, R>,
        lengths: Option<&Arc<[usize]>>,
    ) -> Result<Steps<B, S, N, D, T>, D::Err>
    where
        A: Module<Steps<B, S, FF, D, T>, Output = Steps<B, S, FF, D, T>, Error = D::Err>,
    {
        let seen = self.self_attn.look(self.norm1.try_forward(x.with_empty_tape())?, own)?;
        let x = add_onto(seen, x).map_err(D::to_device_error)?;
        let normal = self.norm2.try_forward(x.with_empty_tape())?;
        let x = add_onto(self.multihead_attn.look(normal, memory, lengths)?, x).map_err(D::to_device_error)?;
        let far = self.layers(self.norm3.try_forward(x.with_empty_tape())?)?;
        add_onto(far, x).map_err(D::to_device_error)
    }
}
