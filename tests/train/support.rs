//! What several test files need.

use std::path::Path;

use safetensors::{Dtype, tensor::TensorView};

/// A tensor of a weights file: name, shape, numbers.
#[derive(Clone, Debug)]
pub struct Stored(pub String, pub Vec<usize>, pub Vec<f32>);

/// Writes a safetensors file by other means than `Learner::save`.
pub fn write_tensors(path: &Path, tensors: &[Stored]) {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|t| t.2.iter().flat_map(|v| v.to_le_bytes()).collect())
        .collect();
    let views = tensors.iter().zip(&bytes).map(|(t, bytes)| {
        let view = TensorView::new(Dtype::F32, t.1.clone(), bytes).expect("a shape that fits the numbers");
        (t.0.as_str(), view)
    });
    std::fs::write(path, safetensors::serialize(views, &None).expect("serialize")).expect("write");
}
