//! Networks as graphs, ONNX files, weights of few bits.

mod files;
mod graphs;
mod networks;
mod onnx;
mod quantized;
