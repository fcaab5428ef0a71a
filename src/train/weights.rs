//! Weights in files: the safetensors format, checked on the way in, replaced in one move on the way out.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::network::Network;
use crate::{Error, Result};

/// Writes all tensors of `net` to `path`. A file that stood there is replaced only once the new one is complete.
pub(super) fn save(net: &dyn Network, path: &Path) -> Result<()> {
    let mut tensors = Vec::new();
    let mut problem = None;
    net.read(&mut |name, shape, values, _| {
        if let Some(value) = values.iter().find(|v| !v.is_finite()) {
            problem = problem.take().or_else(|| Some((name.clone(), *value)));
        }
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        tensors.push((name, shape, bytes));
    })?;
    if let Some((name, value)) = problem {
        // `load` would refuse such a file, and it might replace a good one.
        return Err(Error::NotFinite {
            what: format!("a number in tensor `{name}`"),
            value: f64::from(value),
            hint: format!("Nothing was written to {}", path.display()),
        });
    }
    let mut views = Vec::new();
    for (name, shape, bytes) in &tensors {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|e| Error::Dfdx(e.to_string()))?;
        views.push((name.as_str(), view));
    }
    let bytes = safetensors::serialize(views, &None).map_err(|e| Error::Dfdx(e.to_string()))?;
    replace(path, &bytes)
}

/// Writes next to `path` first, so that a full disk or a power cut leaves the old file as it was.
fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
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

/// Reads all tensors of `net` from `path`. The network is changed only when every tensor of the file fits.
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
    let mut values = HashMap::new();
    let mut problem = None;
    net.read(&mut |name, shape, _, _| match read(&file, &name, &shape) {
        Ok(tensor) => drop(values.insert(name, tensor)),
        Err((expected, got)) => problem = problem.take().or(Some(wrong(expected, got))),
    })?;
    if let Some(problem) = problem {
        return Err(problem);
    }
    if let Some(surplus) = file.names().into_iter().find(|name| !values.contains_key(*name)) {
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

/// The tensor `name` of a file, or what was expected and what came.
fn read(file: &SafeTensors, name: &str, shape: &[usize]) -> Result<Vec<f32>, (String, String)> {
    let expected = || format!("tensor `{name}` of shape {shape:?}");
    let tensor = file
        .tensor(name)
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
