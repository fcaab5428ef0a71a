//! Networks that leave the notebook: as a graph, as an ONNX file, in 8 bits.
//!
//! [`Graph::of`] asks a network for its structure and its weights and gets a list of operations, the tensors that go into
//! them and the shapes between them. On such a list one can do what a network that runs layer by layer cannot: look ahead.
//! [`Graph::optimized`] computes what does not depend on the input, works batch normalization into the layer in front of it and
//! lets a ReLU run together with the layer in front of it. [`Graph::run`] computes the scores, [`Graph::save_onnx`] writes a file
//! that other programs read, and [`Quantized`] computes with weights and activations of 8 bits. Taught in notebook 23.
//!
//! Only what evaluation does is exported: dropout and penalties do nothing, batch normalization uses its running statistics.

mod blocks;
mod draft;
mod export;
mod graph;
mod kernels;
mod moves;
mod node;
mod of;
mod onnx;
mod passes;
mod quantize;
mod run;
mod shapes;
mod size;
mod text;
mod threads;
mod tuples;
mod value;

pub use draft::Draft;
pub use export::Export;
pub use graph::Graph;
pub use node::{Node, Op};
pub use passes::Changes;
pub use quantize::{Affine, Bits, Quantized, symmetric_rows};
pub use size::Size;
pub use threads::with_threads;
