//! Classes as numbers for a network.

use crate::{Error, Result};

/// One-hot rows: `(N, classes)`, row after row, 1 at the label and 0 elsewhere.
///
/// PyTorch: `torch.nn.functional.one_hot`. Taught in notebook 03.
///
/// # Errors
/// If a label is not below `classes`.
pub fn one_hot(labels: &[usize], classes: usize) -> Result<Vec<f32>> {
    let mut rows = vec![0.0; labels.len() * classes];
    for (i, &label) in labels.iter().enumerate() {
        if label >= classes {
            return Err(Error::Argument {
                what: format!("label {i}"),
                expected: format!("a number below {classes}"),
                got: label.to_string(),
            });
        }
        rows[i * classes + label] = 1.0;
    }
    Ok(rows)
}
