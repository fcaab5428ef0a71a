//! Networks as graphs, ONNX files, weights of few bits.

mod exported;
mod files;
mod graphs;
mod networks;
mod quantized;
