//! Layers that pass messages along the edges of a graph, each neighbour with a fixed weight.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::{Uniform, uniform::SampleUniform};

use super::linear::Linear;
use crate::graph::SparseMatrix;
use crate::ops::{Kernels, add_onto, aggregate, aggregate_biased, linear, sparse_linear};
use crate::{Error, Result};

/// The structure of the layers, without device and number type.
pub mod builder {
    /// A graph convolution from `I` numbers a node to `O`: `y = A (x W^T) + b`, with `A` the normalized adjacency matrix,
    /// [`Graph::normalized`](crate::graph::Graph::normalized).
    ///
    /// It maps `(nodes, I)` to `(nodes, O)`, and needs `A` beside `x`: it has a `try_forward` of its own, and its place is in a
    /// tuple whose forward pass you write. Kipf & Welling 2017, *Semi-supervised classification with graph convolutional
    /// networks*, arXiv:1609.02907. PyTorch Geometric: `GCNConv(I, O)`. Taught in notebook 20.
    ///
    /// ```
    /// use gradus::prelude::*;
    ///
    /// # fn main() -> gradus::Result<()> {
    /// let dev = device(0)?;
    /// let net = dev.build_module::<(GraphConv<3, 8>, GraphConv<8, 2>), f32>();
    /// let a = Graph::undirected(4, &[(0, 1), (1, 2), (2, 3)])?.normalized();
    /// let x: Tensor<Rank2<4, 3>, f32, _> = dev.sample_normal();
    /// let y = net.1.try_forward(&a, net.0.try_forward(&a, x)?.relu())?;
    /// assert_eq!(y.shape().concrete(), [4, 2]);
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    pub struct GraphConv<const I: usize, const O: usize>;

    /// A GraphSAGE layer from `I` numbers a node to `O`: one linear map for what the node is, one for the mean of its
    /// neighbours, `y = x R^T + mean L^T + b`, with [`Graph::mean`](crate::graph::Graph::mean).
    ///
    /// It maps `(nodes, I)` to `(nodes, O)`. It works for nodes that training never saw, and, with
    /// [`Graph::sampled`](crate::graph::Graph::sampled), on graphs of any size. Hamilton, Ying & Leskovec 2017, *Inductive
    /// representation learning on large graphs*, arXiv:1706.02216. PyTorch Geometric: `SAGEConv(I, O)`. Taught in notebook 20.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct SageConv<const I: usize, const O: usize>;
}

/// [`builder::GraphConv`] on a device. Starts as Glorot & Bengio's rule says, with a bias of 0.
#[derive(Clone, Debug)]
pub struct GraphConv<const I: usize, const O: usize, E: Dtype, D: Storage<E>> {
    /// One row of weights per output.
    pub weight: Tensor<Rank2<O, I>, E, D>,
    /// One number per output, added behind the messages.
    pub bias: Tensor<Rank1<O>, E, D>,
}

/// [`builder::SageConv`] on a device. Starts as [`Linear`] does.
#[derive(Clone, Debug)]
pub struct SageConv<const I: usize, const O: usize, E: Dtype, D: Storage<E>> {
    /// The map of the neighbours' mean, with the bias.
    pub lin_l: Linear<I, O, E, D>,
    /// The map of the node's own numbers, one row per output.
    pub root: Tensor<Rank2<O, I>, E, D>,
}

/// Uniform within `sqrt(6 / (a + b))`: Glorot & Bengio 2010.
pub(super) fn glorot<E: Dtype + Float + SampleUniform>(a: usize, b: usize) -> Uniform<E> {
    let bound = E::from_f64((6.0 / (a + b).max(1) as f64).sqrt()).unwrap_or(E::ONE);
    Uniform::new(-bound, bound)
}

/// `x W^T`.
pub(super) fn mapped<const I: usize, const O: usize, N: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(N, Const<I>), f32, D, T>,
    weight: &Tensor<Rank2<O, I>, f32, D>,
) -> Result<Tensor<(N, Const<O>), f32, D, T>> {
    let none = x.device().try_zeros().map_err(|error| Error::Dfdx(error.to_string()))?;
    linear(x, weight, &none)
}

impl<const I: usize, const O: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::GraphConv<I, O>
where
    GraphConv<I, O, E, D>: BuildModule<D, E>,
{
    type Built = GraphConv<I, O, E, D>;
}

impl<const I: usize, const O: usize, D: Device<E>, E: Dtype> BuildOnDevice<D, E> for builder::SageConv<I, O>
where
    SageConv<I, O, E, D>: BuildModule<D, E>,
{
    type Built = SageConv<I, O, E, D>;
}

impl<const I: usize, const O: usize, E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D>
    for GraphConv<I, O, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = GraphConv<I, O, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let weight = TensorOptions::reset_with(|t| t.try_fill_with_distr(glorot::<E>(I, O)));
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, weight),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, TensorOptions::reset_to_zeros()),
            ),
            |(weight, bias)| GraphConv { weight, bias },
        )
    }
}

impl<const I: usize, const O: usize, E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D>
    for SageConv<I, O, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = SageConv<I, O, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let root = TensorOptions::reset_with(|t| t.try_fill_with_distr(super::conv::uniform::<E>(I)));
        visitor.visit_fields(
            (
                Self::module("lin_l", |s| &s.lin_l, |s| &mut s.lin_l),
                Self::tensor("lin_r.weight", |s| &s.root, |s| &mut s.root, root),
            ),
            |(lin_l, root)| SageConv { lin_l, root },
        )
    }
}

impl<const I: usize, const O: usize, D: Kernels> GraphConv<I, O, f32, D> {
    /// `A (x W^T) + b`: `(nodes, I)` to `(nodes, O)`.
    ///
    /// # Errors
    /// [`Error::Shape`] where `A` is not the matrix of a graph with a node for each row of `x`.
    pub fn try_forward<N: Dim, T: Tape<f32, D>>(
        &self,
        a: &SparseMatrix,
        x: Tensor<(N, Const<I>), f32, D, T>,
    ) -> Result<Tensor<(N, Const<O>), f32, D, T>> {
        aggregate_biased(a, mapped(x, &self.weight)?, &self.bias)
    }

    /// The same for numbers that are mostly zeros: the entries of `x` are `values`, which carry the tape. See
    /// [`sparse_linear`].
    ///
    /// # Errors
    /// [`Error::Shape`] as above, and where there is not one value for each entry.
    pub fn try_forward_sparse<E: Dim, T: Tape<f32, D>>(
        &self,
        a: &SparseMatrix,
        x: &SparseMatrix,
        values: Tensor<(E,), f32, D, T>,
    ) -> Result<Tensor<(usize, Const<O>), f32, D, T>> {
        aggregate_biased(a, sparse_linear(x, values, &self.weight)?, &self.bias)
    }
}

impl<const I: usize, const O: usize, D: Kernels> SageConv<I, O, f32, D> {
    /// `x R^T + (A x) L^T + b`, with `A` the mean over the neighbours: `(nodes, I)` to `(nodes, O)`.
    ///
    /// # Errors
    /// [`Error::Shape`] where `A` is not the matrix of a graph with a node for each row of `x`.
    pub fn try_forward<N: Dim, T: Tape<f32, D>>(
        &self,
        a: &SparseMatrix,
        x: Tensor<(N, Const<I>), f32, D, T>,
    ) -> Result<Tensor<(N, Const<O>), f32, D, T>> {
        let wrong = |error: D::Err| Error::Dfdx(error.to_string());
        let nodes = x.shape().0;
        crate::ops::same_nodes(a, nodes.size())?;
        let around = aggregate(a, x.with_empty_tape())?;
        let around = around.try_reshape_like(&(nodes, Const::<I>)).map_err(wrong)?;
        let around = self.lin_l.try_forward(around).map_err(wrong)?;
        add_onto(around, mapped(x, &self.root)?)
    }
}
