//! Several graphs as one.

use super::edges::Graph;
use super::sparse::SparseMatrix;

/// Several graphs as one large graph without an edge between them, so that one product serves all; and which node belongs
/// where.
///
/// PyTorch Geometric: `Batch`. Taught in notebook 20.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let (pair, one) = (Graph::undirected(2, &[(0, 1)])?, Graph::undirected(1, &[])?);
/// let batch = GraphBatch::new(&[one, pair]);
/// assert_eq!(batch.graph.edges(), [(2, 1), (1, 2)]);
/// assert_eq!(batch.mean_pool().to_dense(), [[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]].concat());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct GraphBatch {
    /// All nodes: those of the first graph, then those of the second, and so on.
    pub graph: Graph,
    /// Where each graph's nodes begin, and where the last one's end.
    starts: Vec<usize>,
}

impl GraphBatch {
    /// The graphs side by side. A graph without nodes keeps its place.
    pub fn new(graphs: &[Graph]) -> Self {
        let (mut starts, mut rows, mut places) = (vec![0], vec![0], Vec::new());
        for graph in graphs {
            let first = starts[starts.len() - 1];
            for i in 0..graph.nodes() {
                places.extend(graph.neighbors(i).iter().map(|j| j + first as u32));
                rows.push(places.len());
            }
            starts.push(first + graph.nodes());
        }
        let graph = Graph::of_rows(rows, places);
        Self { graph, starts }
    }

    /// How many graphs there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no graph.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The matrix whose product with the nodes' numbers is the sum over each graph's nodes: `(graphs, nodes)`. PyTorch
    /// Geometric: `global_add_pool`.
    pub fn sum_pool(&self) -> SparseMatrix {
        let nodes = self.graph.nodes();
        SparseMatrix::of_parts(
            nodes,
            self.starts.clone(),
            (0..nodes as u32).collect(),
            vec![1.0; nodes],
        )
    }

    /// The same for the mean; 0 for a graph without nodes. With [`aggregate_max`](crate::ops::aggregate_max) this matrix gives
    /// the largest number of each graph. PyTorch Geometric: `global_mean_pool`, `global_max_pool`.
    pub fn mean_pool(&self) -> SparseMatrix {
        self.sum_pool().row_normalized()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphs_stay_apart() {
        let ring = Graph::undirected(3, &[(0, 1), (1, 2), (2, 0)]).expect("edges");
        let nothing = Graph::undirected(0, &[]).expect("no nodes");
        let batch = GraphBatch::new(&[ring.clone(), nothing, ring]);
        assert_eq!((batch.len(), batch.graph.nodes()), (3, 6));
        assert_eq!(batch.graph.neighbors(4), [3, 5]);
        let sums = batch.sum_pool();
        assert_eq!(
            (sums.shape(), sums.row(1).0.len(), sums.row(2).0),
            ((3, 6), 0, &[3, 4, 5][..])
        );
        let means = batch.mean_pool();
        assert_eq!((means.row(1).0.len(), means.row(2).0), (0, &[3, 4, 5][..]));
        assert_eq!(means.row(2).1, [1.0 / 3.0; 3]);
        assert!(GraphBatch::new(&[]).is_empty());
    }
}
