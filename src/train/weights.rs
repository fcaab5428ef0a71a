//! Weights in files: the safetensors format, checked on the way in, replaced in one move on the way out.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::checkpoint_file;
use super::network::Network;
use crate::{Error, Result};

/// Writes all tensors of `net` to `path`. A file that stood there is replaced only once the new one is complete.
pub(super) fn save(net: &dyn Network, path: &Path) -> Result<()> {
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

/// Refuses numbers that `load` would refuse in a file, and which might replace good ones.
pub(super) fn finite(name: &str, values: &[f32], path: &Path) -> Result<()> {
    match values.iter().find(|v| !v.is_finite()) {
        None => Ok(()),
        Some(value) => Err(Error::NotFinite {
            what: format!("a number in tensor `{name}`"),
            value: f64::from(*value),
            hint: format!("Nothing was written to {}", path.display()),
        }),
    }
}

/// Writes next to `path` first, so that a full disk or a power cut leaves the old file as it was.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let io = |source| Error::Io {
        path: path.to_path_buf(),
        source,
    };
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    let partial = Path::new(&partial);
    let write = || {
        let mut file = std::fs::File::create(partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(partial, path)
    };
    write().map_err(|error| {
        // The cause is in `error`; that the remains could not be removed adds nothing to it.
        let _ = std::fs::remove_file(partial);
        io(error)
    })
}

/// Reads all tensors of `net` from `path`, a file of weights or a checkpoint. The network is changed only when every tensor of the file fits.
pub(super) fn load(net: &mut dyn Network, path: &Path) -> Result<()> {
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
    let checkpoint = checkpoint_file::is_checkpoint(&bytes);
    let prefix = if checkpoint { checkpoint_file::NET } else { "" };
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
    if let Some(surplus) = names.find(|name| !values.contains_key(*name)) {
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

/// The tensor `name` of a file, where it stands as `prefix` and `name`, or what was expected and what came.
pub(super) fn read(
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
