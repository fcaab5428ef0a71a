//! Many numbers a sample, seen in two: principal components, t-SNE.

mod pca;
mod tsne;

pub use pca::Pca;
pub use tsne::Tsne;
