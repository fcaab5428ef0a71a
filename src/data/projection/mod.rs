//! Many numbers a sample, seen in two: principal components.

mod eigen;
mod pca;

pub use pca::Pca;
