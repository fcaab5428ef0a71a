//! The block of a vision graph network: patches that look for others like themselves.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::curves::GELU;
use super::layer_norm::LayerNorm;
use super::linear::Linear;
use crate::graph::Graph;
use crate::ops::{Kernels, add_onto, max_relative, nearest_neighbors};
use crate::{Error, Result};

/// The structure of the block, without device and number type.
pub mod builder {
    /// One block of a vision graph network on the patches of pictures. Each patch hears the `K` patches of its picture whose
    /// numbers are nearest to its own, wherever they lie, and learns how far the largest of them stands above it, number by
    /// number; then two linear layers with `FF` numbers between them work on each patch by itself. Both are *added* to what
    /// comes in.
    ///
    /// Maps `(B, T, N)` to `(B, T, N)`: behind [`PatchEmbedding`](crate::nn::builders::PatchEmbedding) and
    /// [`Positions`](crate::nn::builders::Positions), as a block of a transformer. The graph is made anew for each picture and
    /// in each block; the choice of neighbours has no gradient. Han et al. 2022, *Vision GNN: an image is worth graph of
    /// nodes*, arXiv:2206.00272. Theirs has batch norms where this has layer norms in front of each half, and looks for
    /// neighbours at growing distances. Taught in notebook 20.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// type Vig = (PatchEmbedding<1, 7, 16>, Positions<16, 16>, VisionGraphBlock<16, 4, 32>, MeanSteps, Linear<16, 10>);
    /// let dev = device(0)?;
    /// let digits: Tensor<Rank4<3, 1, 28, 28>, f32, _> = dev.sample_normal();
    /// assert_eq!(dev.build_module::<Vig, f32>().try_forward(digits)?.shape().concrete(), [3, 10]);
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    pub struct VisionGraphBlock<const N: usize, const K: usize, const FF: usize>;
}

/// [`builder::VisionGraphBlock`] on a device.
#[derive(Clone, Debug)]
pub struct VisionGraphBlock<const N: usize, const K: usize, const FF: usize, E: Dtype, D: Storage<E>> {
    /// In front of the neighbours.
    pub norm1: LayerNorm<N, E, D>,
    /// What the neighbours are found and heard by.
    pub fc1: Linear<N, N, E, D>,
    /// The map of a patch's own numbers, and that of how far its neighbours stand above it.
    pub maps: (Linear<N, N, E, D>, Linear<N, N, E, D>),
    /// Behind both.
    pub fc2: Linear<N, N, E, D>,
    /// In front of the linear layers.
    pub norm2: LayerNorm<N, E, D>,
    /// The layers for each patch by itself.
    pub mlp: (Linear<N, FF, E, D>, GELU, Linear<FF, N, E, D>),
}

impl<const N: usize, const K: usize, const FF: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E>
    for builder::VisionGraphBlock<N, K, FF>
where
    VisionGraphBlock<N, K, FF, E, D>: BuildModule<D, E>,
{
    type Built = VisionGraphBlock<N, K, FF, E, D>;
}

impl<const N: usize, const K: usize, const FF: usize, E: Dtype, D: Storage<E>> NonMutableModule
    for VisionGraphBlock<N, K, FF, E, D>
{
}

impl<const N: usize, const K: usize, const FF: usize, E: Dtype + Float + SampleUniform, D: Device<E>>
    TensorCollection<E, D> for VisionGraphBlock<N, K, FF, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = VisionGraphBlock<N, K, FF, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("norm1", |s| &s.norm1, |s| &mut s.norm1),
                Self::module("fc1", |s| &s.fc1, |s| &mut s.fc1),
                Self::module("maps", |s| &s.maps, |s| &mut s.maps),
                Self::module("fc2", |s| &s.fc2, |s| &mut s.fc2),
                Self::module("norm2", |s| &s.norm2, |s| &mut s.norm2),
                Self::module("mlp", |s| &s.mlp, |s| &mut s.mlp),
            ),
            |(norm1, fc1, maps, fc2, norm2, mlp)| VisionGraphBlock {
                norm1,
                fc1,
                maps,
                fc2,
                norm2,
                mlp,
            },
        )
    }
}

/// The numbers of a tensor, which may have none: dfdx cannot walk such a one.
fn numbers<S: Shape, D: Kernels, T: Tape<f32, D>>(h: &Tensor<S, f32, D, T>) -> Vec<f32> {
    if h.shape().num_elements() == 0 {
        Vec::new()
    } else {
        h.as_vec()
    }
}

/// `(B, T, N)`.
type Patches<B, S, const N: usize, D, T> = Tensor<(B, S, Const<N>), f32, D, T>;

impl<const N: usize, const K: usize, const FF: usize, B: Dim, S: Dim, D: Kernels, T: Tape<f32, D>>
    Module<Patches<B, S, N, D, T>> for VisionGraphBlock<N, K, FF, f32, D>
{
    type Output = Patches<B, S, N, D, T>;
    type Error = D::Err;

    fn try_forward(&self, x: Patches<B, S, N, D, T>) -> Result<Self::Output, D::Err> {
        let (b, s, n) = *x.shape();
        let h = self.fc1.try_forward(self.norm1.try_forward(x.with_empty_tape())?)?;
        let h = h.try_reshape_like(&(b.size() * s.size(), n))?;
        let graph = nearest_neighbors(&numbers(&h), N, s.size(), K).map_err(D::to_device_error)?;
        let above = max_relative(&graph, h.with_empty_tape()).map_err(D::to_device_error)?;
        let heard =
            add_onto(self.maps.1.try_forward(above)?, self.maps.0.try_forward(h)?).map_err(D::to_device_error)?;
        let heard = self.fc2.try_forward(GELU.try_forward(heard)?)?;
        let x = add_onto(heard.try_reshape_like(&(b, s, n))?, x).map_err(D::to_device_error)?;
        let far = self.mlp.try_forward(self.norm2.try_forward(x.with_empty_tape())?)?;
        add_onto(far, x).map_err(D::to_device_error)
    }
}

impl<const N: usize, const K: usize, const FF: usize, D: Kernels> VisionGraphBlock<N, K, FF, f32, D> {
    /// Whom each patch hears, for a batch of patches as they come into this block: all pictures as one graph, whose node
    /// `b * T + t` is patch `t` of picture `b`.
    ///
    /// # Errors
    /// [`Error::Argument`] where a number is not finite.
    pub fn neighbors<B: Dim, S: Dim>(&self, x: &Patches<B, S, N, D, NoneTape>) -> Result<Graph> {
        let steps = x.shape().1.size();
        let h = self.norm1.try_forward(x.clone()).and_then(|x| self.fc1.try_forward(x));
        let h = h.map_err(|error| Error::Dfdx(error.to_string()))?;
        nearest_neighbors(&numbers(&h), N, steps, K)
    }
}
