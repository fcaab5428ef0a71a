//! Nodes and edges.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::layout;
use super::sparse::{SparseMatrix, refuse};
use crate::Result;

/// Nodes, numbered from 0, and the edges between them: row `i` of its adjacency matrix says whom node `i` hears.
///
/// A node may be alone, and a graph may have no nodes. Taught in notebook 20.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let path = Graph::undirected(4, &[(0, 1), (1, 2)])?;
/// assert_eq!((path.neighbors(1), path.degree(3)), (&[0, 2][..], 0));
/// assert_eq!(path.normalized().row(3), (&[3][..], &[1.0][..]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    adjacency: SparseMatrix,
}

impl Graph {
    /// A graph whose edges go both ways. An edge that is named twice, or once from each end, is one edge; `(i, i)` is a loop.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) for an edge of a node that is not there.
    pub fn undirected(nodes: usize, edges: &[(usize, usize)]) -> Result<Self> {
        let both: Vec<_> = edges.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]).collect();
        Self::directed(nodes, &both)
    }

    /// A graph of edges `(from, to)`: `to` hears `from`. An edge that is named twice is one edge.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) for an edge of a node that is not there.
    pub fn directed(nodes: usize, edges: &[(usize, usize)]) -> Result<Self> {
        if let Some((from, to)) = edges.iter().find(|(from, to)| *from >= nodes || *to >= nodes) {
            let expected = match nodes {
                0 => "no edge, for a graph without nodes".into(),
                _ => format!("nodes from 0 to {}, for a graph of {nodes}", nodes - 1),
            };
            return refuse("edge of a graph", &expected, format!("({from}, {to})"));
        }
        let mut edges = edges.to_vec();
        edges.sort_unstable();
        edges.dedup();
        let entries: Vec<_> = edges.iter().map(|(from, to)| (*to, *from, 1.0)).collect();
        let adjacency = SparseMatrix::new(nodes, nodes, &entries)?;
        Ok(Self { adjacency })
    }

    /// The graph of a square matrix: an edge where it has an entry.
    pub(crate) fn of_rows(starts: Vec<usize>, places: Vec<u32>) -> Self {
        let (nodes, values) = (starts.len() - 1, vec![1.0; places.len()]);
        let adjacency = SparseMatrix::of_parts(nodes, starts, places, values);
        Self { adjacency }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.adjacency.shape().0
    }

    /// The edges `(from, to)`; one that goes both ways is there twice, as two.
    pub fn edges(&self) -> Vec<(usize, usize)> {
        let of = |to| self.neighbors(to).iter().map(move |from| (*from as usize, to));
        (0..self.nodes()).flat_map(of).collect()
    }

    /// The nodes that node `i` hears, in order.
    ///
    /// # Panics
    /// Where there is no such node, as with a slice.
    pub fn neighbors(&self, i: usize) -> &[u32] {
        self.adjacency.row(i).0
    }

    /// How many nodes node `i` hears; itself counts where it has a loop.
    ///
    /// # Panics
    /// Where there is no such node, as with a slice.
    pub fn degree(&self, i: usize) -> usize {
        self.neighbors(i).len()
    }

    /// The adjacency matrix, `A`: a 1 at row `i`, column `j` where `i` hears `j`.
    pub fn adjacency(&self) -> &SparseMatrix {
        &self.adjacency
    }

    /// The same graph where each node hears itself too: `A + I`, with a 1 also where there was a loop already.
    #[must_use]
    pub fn with_self_loops(&self) -> Self {
        let (mut starts, mut places) = (vec![0], Vec::new());
        for i in 0..self.nodes() {
            let neighbors = self.neighbors(i);
            let own = neighbors.partition_point(|j| (*j as usize) < i);
            places.extend_from_slice(&neighbors[..own]);
            places.push(i as u32);
            places.extend(neighbors[own..].iter().filter(|j| **j as usize != i));
            starts.push(places.len());
        }
        Self::of_rows(starts, places)
    }

    /// `D^-1/2 (A + I) D^-1/2`, with `D` the degrees in `A + I`: what [`GraphConv`](crate::nn::builders::GraphConv) passes
    /// messages by. A node that is alone hears itself in full.
    ///
    /// Kipf & Welling 2017, *Semi-supervised classification with graph convolutional networks*, arXiv:1609.02907, equation
    /// 2. PyTorch Geometric: `gcn_norm`.
    pub fn normalized(&self) -> SparseMatrix {
        let looped = self.with_self_loops();
        let roots: Vec<f64> = (0..self.nodes()).map(|i| (looped.degree(i) as f64).sqrt()).collect();
        let of = |(from, to): (usize, usize)| (1.0 / (roots[from] * roots[to])) as f32;
        looped
            .adjacency
            .with_values(looped.edges().into_iter().map(of).collect())
    }

    /// `D^-1 A`: the mean over the neighbours, for [`SageConv`](crate::nn::builders::SageConv). The row of a node that hears
    /// nobody is empty, and its mean 0.
    pub fn mean(&self) -> SparseMatrix {
        self.adjacency.row_normalized()
    }

    /// The same graph with other numbers: node `order[i]` becomes node `i`.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) unless `order` names each node once.
    pub fn permuted(&self, order: &[usize]) -> Result<Self> {
        let mut place = vec![usize::MAX; self.nodes()];
        for (i, node) in order.iter().enumerate() {
            if place.get(*node) != Some(&usize::MAX) {
                return refuse("order of nodes", "each node once", format!("{node} at place {i}"));
            }
            place[*node] = i;
        }
        if order.len() < self.nodes() {
            let got = format!("{} of {} nodes", order.len(), self.nodes());
            return refuse("order of nodes", "each node once", got);
        }
        let moved: Vec<_> = self.edges().iter().map(|(a, b)| (place[*a], place[*b])).collect();
        Self::directed(self.nodes(), &moved)
    }

    /// The same nodes, each of which hears at most `most` of its neighbours, drawn without putting back: the way to train on
    /// graphs too large for the memory. Same seed, same edges.
    ///
    /// Hamilton, Ying & Leskovec 2017, *Inductive representation learning on large graphs*, arXiv:1706.02216. PyTorch
    /// Geometric: `NeighborSampler`.
    #[must_use]
    pub fn sampled(&self, most: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut starts, mut places) = (vec![0], Vec::new());
        for i in 0..self.nodes() {
            let mut kept: Vec<u32> = self.neighbors(i).choose_multiple(&mut rng, most).copied().collect();
            kept.sort_unstable();
            places.extend(kept);
            starts.push(places.len());
        }
        Self::of_rows(starts, places)
    }

    /// A place in the plane for each node, from -1 to 1: the second and third eigenvector of `D^-1/2 A D^-1/2`, where nodes
    /// that hear the same nodes come near each other. For small graphs: the work grows with the cube of the nodes.
    ///
    /// Belkin & Niyogi 2003, *Laplacian eigenmaps*. NetworkX: `spectral_layout`.
    pub fn spectral_layout(&self) -> Vec<[f64; 2]> {
        layout::spectral(self.nodes(), &self.edges())
    }

    /// A place in the plane for each node, from -1 to 1: edges pull as springs do, and all nodes push each other away, from
    /// [`Graph::spectral_layout`] on. For graphs of some hundreds of nodes.
    ///
    /// Fruchterman & Reingold 1991, *Graph drawing by force-directed placement*. NetworkX: `spring_layout`.
    pub fn spring_layout(&self) -> Vec<[f64; 2]> {
        layout::springs(self.nodes(), &self.edges())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_merged_or_refused() {
        let graph = Graph::undirected(4, &[(0, 1), (1, 0), (0, 1), (2, 2)]).expect("edges");
        assert_eq!(graph.edges(), [(1, 0), (0, 1), (2, 2)]);
        assert_eq!((graph.degree(3), graph.mean().row(3).0.len()), (0, 0));
        assert_eq!(
            graph.with_self_loops().edges(),
            [(0, 0), (1, 0), (0, 1), (1, 1), (2, 2), (3, 3)]
        );
        let error = Graph::undirected(4, &[(0, 4)]).expect_err("no node 4").to_string();
        assert!(error.contains("0 to 3") && error.contains("(0, 4)"), "{error}");
        let nothing = Graph::undirected(0, &[]).expect("no nodes");
        assert_eq!((nothing.nodes(), nothing.normalized().entries()), (0, 0));
        assert!(nothing.spectral_layout().is_empty() && nothing.spring_layout().is_empty());
        assert!(Graph::directed(0, &[(0, 0)]).is_err());
    }

    #[test]
    fn normalized_by_hand() {
        // A path of three: degrees with loops are 2, 3, 2.
        let path = Graph::undirected(3, &[(0, 1), (1, 2)]).expect("edges").normalized();
        let (half, third, mixed) = (0.5, 1.0 / 3.0, 1.0 / 6f32.sqrt());
        let expected = [half, mixed, 0.0, mixed, third, mixed, 0.0, mixed, half];
        for (a, b) in path.to_dense().iter().zip(expected) {
            assert!((a - b).abs() < 1e-7, "{a} against {b}");
        }
    }

    #[test]
    fn other_numbers_and_fewer_neighbors() {
        let star = Graph::directed(4, &[(1, 0), (2, 0), (3, 0), (0, 1)]).expect("edges");
        let moved = star.permuted(&[3, 2, 1, 0]).expect("order");
        assert_eq!(moved.edges(), [(3, 2), (0, 3), (1, 3), (2, 3)]);
        for wrong in [&[0, 1, 2][..], &[0, 1, 2, 2], &[0, 1, 2, 4], &[0, 1, 2, 3, 3]] {
            assert!(star.permuted(wrong).is_err(), "{wrong:?}");
        }
        let few = star.sampled(2, 5);
        assert_eq!((few.degree(0), few.degree(1), few.degree(2)), (2, 1, 0));
        assert_eq!(few, star.sampled(2, 5));
        assert!((0..20).any(|seed| star.sampled(2, seed) != few));
        assert_eq!(star.sampled(9, 1), star);
    }
}
