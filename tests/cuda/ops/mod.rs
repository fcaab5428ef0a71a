//! The part of the crate's `ops` that the CUDA side needs, from the same files.

// The names of the functions, as they are written in papers.
#[allow(clippy::upper_case_acronyms)]
#[path = "../../../src/ops/activation/kind.rs"]
pub mod activation_kind;
#[path = "../../../src/ops/conv2d/options.rs"]
pub mod conv_options;
#[path = "../../../src/ops/cuda/mod.rs"]
pub mod cuda;
#[path = "../../../src/ops/geometry.rs"]
pub mod geometry;
#[path = "../../../src/ops/pool2d/options.rs"]
pub mod pool_options;
#[path = "../../../src/ops/embedding/places.rs"]
pub mod table_places;
#[path = "../../../src/ops/tensors.rs"]
pub mod tensors;

pub mod activation {
    pub use super::activation_kind as kind;
}

pub mod conv2d {
    pub use super::conv_options as options;
}

pub mod embedding {
    pub use super::table_places as places;
}

pub mod pool2d {
    pub use super::pool_options as options;
}
