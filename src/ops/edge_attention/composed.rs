//! Attention along edges, composed of dfdx's operations: every pair of nodes gets a weight, and those without an edge a 0.

use dfdx::prelude::*;

use super::vectors::Vectors;
use crate::graph::Graph;
use crate::ops::tensors::{Tensor1, Tensor2, Tensor3};

/// Far below all scores, so that its softmax is 0 wherever a node has a neighbour.
const NEVER: f32 = -1e30;

/// See `EdgeAttention`.
pub(crate) fn edge_attention<D: Device<f32>, T: Tape<f32, D>>(
    graph: &Graph,
    h: Tensor2<D, T>,
    vectors: Vectors<D>,
    keep: Option<Tensor1<D>>,
) -> Result<Tensor2<D, T>, D::Err> {
    let (n, width) = *h.shape();
    let (heads, dev) = (vectors.heads, h.device().clone());
    let size = width / heads;
    let (seen, hidden) = masks(graph, heads, keep.map(|keep| keep.as_vec()));
    let seen = dev.try_tensor_from_vec(seen, (heads, n, n))?;
    let hidden: Tensor<_, f32, D> = dev.try_tensor_from_vec(hidden, (heads, n, n))?;
    let (h, tape) = h.split_tape();
    let h = h
        .put_tape(tape)
        .try_reshape_like(&(n, heads, size))?
        .try_permute::<_, Axes3<1, 0, 2>>()?;
    let (h, tape) = h.split_tape();
    let score = |h: Tensor<(usize, usize, usize), f32, D, T>, vector: Tensor1<D>| -> Result<_, D::Err> {
        let vector = vector.retaped::<T>().try_reshape_like(&(heads, size, 1))?;
        h.try_matmul(vector)?.try_reshape_like(&(heads, n))
    };
    let to: Tensor2<D, T> = score(h.clone().put_tape(tape), vectors.to)?;
    let from: Tensor2<D, T> = score(h.retaped::<T>(), vectors.from)?;
    let to: Tensor3<D, T> = to.try_broadcast_like::<_, Axis<2>>(&(heads, n, n))?;
    let from: Tensor3<D, T> = from.try_broadcast_like::<_, Axis<1>>(&(heads, n, n))?;
    let z = to.try_add(from)?;
    let (z, tape) = z.split_tape();
    // max(z, slope z), for a slope below 1.
    let low = z.clone().retaped::<T>().try_mul(vectors.slope)?;
    let z = z.put_tape(tape).try_maximum(low)?.try_add(hidden)?;
    let weights = z.try_softmax::<Axis<2>>()?.try_mul(seen)?;
    let y = weights.try_matmul(h.retaped::<T>())?;
    let y = y.try_permute::<_, Axes3<1, 0, 2>>()?.try_reshape_like(&(n, width))?;
    y.try_add(
        vectors
            .bias
            .retaped::<T>()
            .try_broadcast_like::<_, Axis<0>>(&(n, width))?,
    )
}

/// For each pair of nodes and head: what its weight is multiplied with, and what is added to its score.
fn masks(graph: &Graph, heads: usize, keep: Option<Vec<f32>>) -> (Vec<f32>, Vec<f32>) {
    let (n, a) = (graph.nodes(), graph.adjacency());
    let (mut seen, mut hidden) = (vec![0.0; heads * n * n], vec![NEVER; heads * n * n]);
    for i in 0..n {
        for edge in a.starts()[i]..a.starts()[i + 1] {
            for head in 0..heads {
                let at = (head * n + i) * n + a.places()[edge] as usize;
                seen[at] = keep.as_ref().map_or(1.0, |keep| keep[edge * heads + head]);
                hidden[at] = 0.0;
            }
        }
    }
    (seen, hidden)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::Result;
    use crate::ops::testing::close;

    #[test]
    fn compositions_equal_the_kernels() -> Result<()> {
        let dev = Cpu::seed_from_u64(5);
        let graph = Graph::directed(5, &[(0, 1), (2, 1), (1, 1), (3, 0), (4, 0), (1, 4), (0, 2), (4, 2)])?;
        let h: Tensor2<Cpu> = dev.sample_normal_like(&(5, 6));
        let [to, from, bias]: [Tensor1<Cpu>; 3] = std::array::from_fn(|_| dev.sample_normal_like(&(6,)));
        let vectors = || Vectors {
            heads: 2,
            to: to.clone(),
            from: from.clone(),
            bias: bias.clone(),
            slope: 0.2,
        };
        let drop: Tensor1<Cpu> = dev.tensor_from_vec((0..16).map(|i| (i % 3) as f32).collect(), (16,));
        for keep in [None, Some(drop)] {
            let k = cpu::edge_attention(&graph, h.leaky_trace(), vectors(), keep.clone())?;
            let c = edge_attention(&graph, h.leaky_trace(), vectors(), keep)?;
            close("y", &k.as_vec(), &c.as_vec());
            assert_eq!(k.as_vec()[18..24], bias.as_vec(), "a node that hears nobody");
            let [k, c] = [k, c].map(|y| y.square().sum::<Rank0, _>().backward());
            close("dh", &k.get(&h).as_vec(), &c.get(&h).as_vec());
            for (name, vector) in [("to", &to), ("from", &from), ("bias", &bias)] {
                close(name, &k.get(vector).as_vec(), &c.get(vector).as_vec());
            }
        }
        Ok(())
    }
}
