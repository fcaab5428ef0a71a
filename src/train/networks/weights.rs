//! The weights of a network in a file of their own.

use std::collections::HashMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::network::Network;
use super::tensor_file::{NET, finite, is_checkpoint, is_counter, read, replace};
use crate::{Error, Result};

/// Writes all tensors of `net` to `path`. A file that stood there is replaced only once the new one is complete.
pub(in crate::train) fn save(net: &dyn Network, path: &Path) -> Result<()> {
    let mut tensors = Vec::new();
    let mut problem = None;
    net.read(&mut |name, shape, values, _| {
        problem = problem.take().or_else(|| finite(&name, &values, path).err());
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        tensors.push((name, shape, bytes));
    })?;
    if let Some(problem) = problem {
        return Err(problem);
    }
    let mut views = Vec::new();
    for (name, shape, bytes) in &tensors {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|e| Error::Dfdx(e.to_string()))?;
        views.push((name.as_str(), view));
    }
    let bytes = safetensors::serialize(views, &None).map_err(|e| Error::Dfdx(e.to_string()))?;
    replace(path, &bytes)
}

/// Reads all tensors of `net` from `path`, a file of weights or a checkpoint. The network is changed only when every tensor of the file fits.
pub(in crate::train) fn load(net: &mut dyn Network, path: &Path) -> Result<()> {
    let bytes = std::fs::read(path).map_err(|source| Error::Io {
        path: path.to_path_buf(),
        source,
    })?;
    let wrong = |expected: String, got: String| Error::File {
        path: path.to_path_buf(),
        expected,
        got,
        hint: "Load a file that `save` wrote for the same network type".into(),
    };
    let file = SafeTensors::deserialize(&bytes).map_err(|e| {
        wrong(
            "a complete safetensors file".into(),
            format!("{e:?} ({} bytes)", bytes.len()),
        )
    })?;
    let prefix = if is_checkpoint(&bytes) { NET } else { "" };
    let mut values = HashMap::new();
    let mut problem = None;
    net.read(&mut |name, shape, _, _| match read(&file, prefix, &name, &shape) {
        Ok(tensor) => drop(values.insert(name, tensor)),
        Err((expected, got)) => problem = problem.take().or(Some(wrong(expected, got))),
    })?;
    if let Some(problem) = problem {
        return Err(problem);
    }
    let mut names = file.names().into_iter().filter_map(|name| name.strip_prefix(prefix));
    if let Some(surplus) = names.find(|name| !values.contains_key(*name) && !is_counter(name)) {
        return Err(wrong(
            "only tensors of this network".into(),
            format!("tensor `{surplus}` too"),
        ));
    }
    net.edit(&mut |parameter| {
        parameter.values.copy_from_slice(&values[&parameter.name]);
        Ok(())
    })
}
