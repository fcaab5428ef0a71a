//! The part of the crate's `ops` that the CUDA side needs, from the same files.

#[path = "../../../src/ops/cuda/mod.rs"]
pub mod cuda;
#[path = "../../../src/ops/geometry.rs"]
pub mod geometry;
#[path = "../../../src/ops/tensors.rs"]
pub mod tensors;

pub mod activation {
    pub mod kind {
        pub use gradus::ops::Activation;
    }
}

pub mod conv2d {
    #[path = "../../../../src/ops/conv2d/options.rs"]
    pub mod options;
}

pub mod embedding {
    #[path = "../../../../src/ops/embedding/places.rs"]
    pub mod places;
}

pub mod pool2d {
    #[path = "../../../../src/ops/pool2d/options.rs"]
    pub mod options;
}
