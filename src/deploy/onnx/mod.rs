//! ONNX files.

mod messages;
mod write;
