//! Graphs: nodes, the edges between them, and matrices that are mostly zeros.
//!
//! | type | what it is |
//! |---|---|
//! | [`Graph`] | nodes and edges; who hears whom |
//! | [`SparseMatrix`] | a matrix that keeps only what is not zero, row after row |
//! | [`GraphBatch`] | several graphs as one, without an edge between them |
//!
//! What computes with them lies above: [`aggregate`](crate::ops::aggregate) and its relatives, and the layers
//! [`GraphConv`](crate::nn::builders::GraphConv), [`SageConv`](crate::nn::builders::SageConv) and
//! [`GatConv`](crate::nn::builders::GatConv).

mod edges;
mod layout;
mod many;
mod sparse;

pub use edges::Graph;
pub use many::GraphBatch;
pub use sparse::SparseMatrix;
