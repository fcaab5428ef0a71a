//! A layer that decides by attention which neighbours a node hears.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::graph_conv::{glorot, mapped};
use crate::Result;
use crate::graph::{Graph, SparseMatrix};
use crate::ops::{EdgeAttention, Kernels, sparse_linear};

/// The structure of the layer, without device and number type.
pub mod builder {
    /// Graph attention from `I` numbers a node to `O`, `O / HEADS` of them from each head, side by side: each head makes
    /// `h = x W^T`, weighs the neighbours of node `i` with the softmax of `leaky_relu(to . h[i] + from . h[j])`, and sums them
    /// up, plus a bias.
    ///
    /// It maps `(nodes, I)` to `(nodes, O)`, and needs the graph beside `x`: give it
    /// [`Graph::with_self_loops`](crate::graph::Graph::with_self_loops), or no node hears itself. The leaky ReLU's slope is 0.2.
    /// Heads that are averaged, as in a last layer with several of them, are not here. Velickovic et al. 2018, *Graph attention
    /// networks*, arXiv:1710.10903. PyTorch Geometric: `GATConv(I, O / HEADS, HEADS)`. Taught in notebook 20.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let layer = dev.build_module::<GatConv<3, 8, 2>, f32>();
    /// let graph = Graph::undirected(4, &[(0, 1), (1, 2), (2, 3)])?.with_self_loops();
    /// let x: Tensor<Rank2<4, 3>, f32, _> = dev.sample_normal();
    /// let weights = layer.attention(&graph, &x)?;
    /// assert!((weights[0][1] + weights[1][1] - 1.0).abs() < 1e-6, "node 0 hears itself and node 1");
    /// assert_eq!(layer.try_forward(&graph, x, 0.0)?.shape().concrete(), [4, 8]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Forward fails where `HEADS` does not divide `O`.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct GatConv<const I: usize, const O: usize, const HEADS: usize>;
}

/// [`builder::GatConv`] on a device. Starts as Glorot & Bengio's rule says, with a bias of 0.
#[derive(Clone, Debug)]
pub struct GatConv<const I: usize, const O: usize, const HEADS: usize, E: Dtype, D: Storage<E>> {
    /// One row of weights per output.
    pub weight: Tensor<Rank2<O, I>, E, D>,
    /// What a node that is heard is weighed with, head after head.
    pub att_src: Tensor<Rank1<O>, E, D>,
    /// What the node that hears is weighed with.
    pub att_dst: Tensor<Rank1<O>, E, D>,
    /// One number per output.
    pub bias: Tensor<Rank1<O>, E, D>,
}

impl<const I: usize, const O: usize, const HEADS: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E>
    for builder::GatConv<I, O, HEADS>
where
    GatConv<I, O, HEADS, E, D>: BuildModule<D, E>,
{
    type Built = GatConv<I, O, HEADS, E, D>;
}

impl<const I: usize, const O: usize, const HEADS: usize, E: Dtype + Float + SampleUniform, D: Device<E>>
    TensorCollection<E, D> for GatConv<I, O, HEADS, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = GatConv<I, O, HEADS, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let weight = TensorOptions::reset_with(|t| t.try_fill_with_distr(glorot::<E>(I, O)));
        let src = TensorOptions::reset_with(|t| t.try_fill_with_distr(glorot::<E>(HEADS, O / HEADS.max(1))));
        let dst = TensorOptions::reset_with(|t| t.try_fill_with_distr(glorot::<E>(HEADS, O / HEADS.max(1))));
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, weight),
                Self::tensor("att_src", |s| &s.att_src, |s| &mut s.att_src, src),
                Self::tensor("att_dst", |s| &s.att_dst, |s| &mut s.att_dst, dst),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, TensorOptions::reset_to_zeros()),
            ),
            |(weight, att_src, att_dst, bias)| GatConv {
                weight,
                att_src,
                att_dst,
                bias,
            },
        )
    }
}

impl<const I: usize, const O: usize, const HEADS: usize, D: Kernels> GatConv<I, O, HEADS, f32, D> {
    /// `(nodes, I)` to `(nodes, O)`. While a tape records, each weight of an edge is dropped with probability `rate`, as in the
    /// paper.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape) where the graph has not a node for each row of `x`;
    /// [`Error::Argument`](crate::Error::Argument) where `HEADS` does not divide `O`, and for a rate outside `[0, 1)`.
    pub fn try_forward<N: Dim, T: Tape<f32, D>>(
        &self,
        graph: &Graph,
        x: Tensor<(N, Const<I>), f32, D, T>,
        rate: f32,
    ) -> Result<Tensor<(N, Const<O>), f32, D, T>> {
        self.heads().run(graph, mapped(x, &self.weight)?, rate)
    }

    /// The same for numbers that are mostly zeros: the entries of `x` are `values`, which carry the tape. See
    /// [`sparse_linear`].
    ///
    /// # Errors
    /// As above, and where there is not one value for each entry.
    pub fn try_forward_sparse<E: Dim, T: Tape<f32, D>>(
        &self,
        graph: &Graph,
        x: &SparseMatrix,
        values: Tensor<(E,), f32, D, T>,
        rate: f32,
    ) -> Result<Tensor<(usize, Const<O>), f32, D, T>> {
        self.heads().run(graph, sparse_linear(x, values, &self.weight)?, rate)
    }

    /// The weight of each edge, in the order of [`Graph::edges`], by each head. Those by which a node hears sum to 1.
    ///
    /// # Errors
    /// As [`GatConv::try_forward`].
    pub fn attention<N: Dim>(&self, graph: &Graph, x: &Tensor<(N, Const<I>), f32, D>) -> Result<Vec<Vec<f32>>> {
        self.heads().weights(graph, &mapped(x.clone(), &self.weight)?)
    }

    /// The same for numbers that are mostly zeros.
    ///
    /// # Errors
    /// As [`GatConv::try_forward_sparse`].
    pub fn attention_sparse<E: Dim>(
        &self,
        graph: &Graph,
        x: &SparseMatrix,
        values: &Tensor<(E,), f32, D>,
    ) -> Result<Vec<Vec<f32>>> {
        self.heads()
            .weights(graph, &sparse_linear(x, values.clone(), &self.weight)?)
    }

    fn heads(&self) -> EdgeAttention<'_, O, D> {
        EdgeAttention {
            heads: HEADS,
            to: &self.att_dst,
            from: &self.att_src,
            bias: &self.bias,
            slope: 0.2,
        }
    }
}
