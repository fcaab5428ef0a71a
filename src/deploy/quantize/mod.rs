//! Weights and activations of 8 bits and fewer.

mod affine;
mod file;
mod int8;
mod layer;
mod network;

pub use affine::{Affine, Bits, symmetric_rows};
pub use network::Quantized;
