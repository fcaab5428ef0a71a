//! Files of tensors: the safetensors format, checked on the way in.

use std::collections::HashMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensors};

use crate::{Error, Result};

/// The mark and the version of the format of checkpoints.
pub(in crate::train) const FORMAT: &str = "gradus checkpoint 1";
/// Where the tensors of the network stand in a checkpoint.
pub(in crate::train) const NET: &str = "net.";

/// Refuses numbers that `load` would refuse in a file, and which might replace good ones.
pub(in crate::train) fn finite(name: &str, values: &[f32], path: &Path) -> Result<()> {
    match values.iter().find(|v| !v.is_finite()) {
        None => Ok(()),
        Some(value) => Err(Error::NotFinite {
            what: format!("a number in tensor `{name}`"),
            value: f64::from(*value),
            hint: format!("Nothing was written to {}", path.display()),
        }),
    }
}

/// The tensor `name` of a file, where it stands as `prefix` and `name`, or what was expected and what came.
pub(in crate::train) fn read(
    file: &SafeTensors,
    prefix: &str,
    name: &str,
    shape: &[usize],
) -> Result<Vec<f32>, (String, String)> {
    let expected = || format!("tensor `{name}` of shape {shape:?}");
    let tensor = file
        .tensor(&format!("{prefix}{name}"))
        .map_err(|_| (expected(), "none of that name".to_string()))?;
    if tensor.shape() != shape || tensor.dtype() != Dtype::F32 {
        return Err((
            expected(),
            format!("{:?} of shape {:?}", tensor.dtype(), tensor.shape()),
        ));
    }
    let values: Vec<f32> = tensor
        .data()
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    match values.iter().find(|v| !v.is_finite()) {
        Some(value) => Err((format!("finite numbers in tensor `{name}`"), value.to_string())),
        None => Ok(values),
    }
}

/// Whether this is PyTorch's count of the batches that a batch norm has seen, which no network here has a place for.
pub(in crate::train) fn is_counter(name: &str) -> bool {
    name == "num_batches_tracked" || name.ends_with(".num_batches_tracked")
}

/// The text settings of a safetensors file.
pub(in crate::train) fn settings(bytes: &[u8]) -> Option<HashMap<String, String>> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    metadata.metadata().clone()
}

/// Whether a file is a checkpoint, of whatever version, not just weights. (Other libraries write a `format` too: `pt`.)
pub(in crate::train) fn is_checkpoint(bytes: &[u8]) -> bool {
    let format = |settings: HashMap<String, String>| settings.get("format").cloned();
    settings(bytes)
        .and_then(format)
        .is_some_and(|format| format.starts_with("gradus "))
}
