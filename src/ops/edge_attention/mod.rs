//! Attention along the edges of a graph.

pub(super) mod composed;
pub(super) mod cpu;
pub(super) mod vectors;

use dfdx::prelude::*;

use self::vectors::Vectors;
use super::dropout::dropout;
use super::kernels::Kernels;
use super::tensors::Tensor1;
use crate::graph::Graph;
use crate::{Error, Result};

/// What attention along edges looks at, besides the nodes' numbers: `N` numbers, as many for each head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EdgeAttention<'a, const N: usize, D: Storage<f32>> {
    pub heads: usize,
    /// What the node that hears is weighed with.
    pub to: &'a Tensor<Rank1<N>, f32, D>,
    /// What the node that is heard is weighed with.
    pub from: &'a Tensor<Rank1<N>, f32, D>,
    pub bias: &'a Tensor<Rank1<N>, f32, D>,
    /// The slope of the leaky ReLU where its argument is negative.
    pub slope: f32,
}

impl<const N: usize, D: Kernels> EdgeAttention<'_, N, D> {
    /// For each node and head `sum over j of weight(i, j) h[j]`, where the weights of a node's neighbours are the softmax of
    /// `leaky_relu(to . h[i] + from . h[j])`. `(nodes, N)` to the same. A node without neighbours gets the bias alone. While a
    /// tape records, each weight is dropped with probability `rate`.
    pub fn run<B: Dim, T: Tape<f32, D>>(
        &self,
        graph: &Graph,
        h: Tensor<(B, Const<N>), f32, D, T>,
        rate: f32,
    ) -> Result<Tensor<(B, Const<N>), f32, D, T>> {
        let n = h.shape().0;
        self.check(graph, n.size())?;
        let keep = if T::OWNS_TAPE && rate > 0.0 {
            Some(self.kept(graph, rate)?)
        } else {
            None
        };
        let run = || -> Result<_, D::Err> {
            let h = h.try_reshape_like(&(n.size(), N))?;
            D::edge_attention(graph, h, self.vectors()?, keep)?.try_reshape_like(&(n, Const))
        };
        run().map_err(|error| Error::Dfdx(error.to_string()))
    }

    /// The weights: a row for each edge, in the order of [`Graph::edges`], with one number for each head.
    pub fn weights<B: Dim>(&self, graph: &Graph, h: &Tensor<(B, Const<N>), f32, D>) -> Result<Vec<Vec<f32>>> {
        let n = h.shape().0.size();
        self.check(graph, n)?;
        if n == 0 {
            return Ok(Vec::new());
        }
        let [to, from] = [self.to.as_vec(), self.from.as_vec()];
        let weights = cpu::weights(graph, &h.as_vec(), [&to, &from], self.heads, self.slope);
        Ok(weights.chunks(self.heads).map(<[f32]>::to_vec).collect())
    }

    fn check(&self, graph: &Graph, rows: usize) -> Result<()> {
        super::sparse::square(graph.adjacency(), rows)?;
        if self.heads == 0 || !N.is_multiple_of(self.heads) {
            return Err(Error::Argument {
                what: "heads of an attention layer".into(),
                expected: format!("a number that divides its {N} features"),
                got: self.heads.to_string(),
            });
        }
        Ok(())
    }

    /// A factor for each edge and head: 0, or what makes up for those that are.
    fn kept(&self, graph: &Graph, rate: f32) -> Result<Tensor1<D>> {
        let n = graph.adjacency().entries() * self.heads;
        let ones = self.bias.device().try_ones_like(&(n,));
        dropout(ones.map_err(|error| Error::Dfdx(error.to_string()))?, rate)
    }

    fn vectors(&self) -> Result<Vectors<D>, D::Err> {
        let flat = |t: &Tensor<Rank1<N>, f32, D>| t.clone().try_reshape_like(&(N,));
        Ok(Vectors {
            heads: self.heads,
            to: flat(self.to)?,
            from: flat(self.from)?,
            bias: flat(self.bias)?,
            slope: self.slope,
        })
    }
}
