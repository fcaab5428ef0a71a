//! The weights of a network in a file of their own.

use std::collections::HashMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::network::Network;
use super::tensor_file::{NET, finite, is_checkpoint, is_counter, read, settings};
use crate::{Error, Result, files};

/// The setting of a file that holds what it [knows](Known).
const NAMES: &str = "gradus names";

/// What the weights of a file know, besides the numbers: the classes of the set that they were trained on and what the
/// numbers of a sample meant; empty where nobody said it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::train) struct Known {
    pub classes: Vec<String>,
    pub meanings: Vec<String>,
}

impl Known {
    /// As a text setting of a safetensors file: classes, meanings, and a mark by which a changed letter is noticed. None where
    /// nothing is known.
    pub fn setting(&self) -> Option<(String, String)> {
        if *self == Self::default() {
            return None;
        }
        let lists = serde_json::json!([self.classes, self.meanings]).to_string();
        Some((NAMES.to_string(), format!("{} {lists}", mark(&lists))))
    }

    /// What a file says; a file of another library says nothing. None where the lists are not as they were written.
    fn of(bytes: &[u8]) -> Option<Self> {
        let settings = settings(bytes).unwrap_or_default();
        let marked = |text: &&String| text.split_once(' ').is_some_and(|(said, lists)| said == mark(lists));
        let Some(text) = settings.get(NAMES) else {
            // Marked lists under another name: a letter of the name is wrong.
            return (!settings.values().any(|text| marked(&text))).then(Self::default);
        };
        let (_, lists) = Some(text).filter(marked)?.split_once(' ')?;
        let (classes, meanings) = serde_json::from_str(lists).ok()?;
        Some(Self { classes, meanings })
    }
}

/// A text in 64 bits: FNV-1a, by Fowler, Noll and Vo.
fn mark(text: &str) -> String {
    let hash = text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    format!("{hash:016x}")
}

/// Writes all tensors of `net` to `path`, and what they know. A file that stood there is replaced only once the new one is
/// complete.
pub(in crate::train) fn save(net: &dyn Network, known: &Known, path: &Path) -> Result<()> {
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
    let settings = known.setting().map(|setting| [setting].into());
    let bytes = safetensors::serialize(views, &settings).map_err(|e| Error::Dfdx(e.to_string()))?;
    files::replace(path, &bytes)
}

/// Reads all tensors of `net` from `path`, a file of weights or a checkpoint, and what the file knows. The network is changed
/// only when every tensor of the file fits.
pub(in crate::train) fn load(net: &mut dyn Network, path: &Path) -> Result<Known> {
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
    let known = Known::of(&bytes).ok_or_else(|| {
        wrong(
            "the names of classes and features as they were written".into(),
            "others: the file has been changed".into(),
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
    })?;
    Ok(known)
}
