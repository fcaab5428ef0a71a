//! Published weights and class names, from the catalogue.

use std::path::PathBuf;

use gradus_data::{Cache, Catalogue, Lines};

use super::mobilenet::mobilenet_v2_quantized;
use super::squeezenet::squeezenet_caffe;
use crate::nn::StateDict;
use crate::{Error, Result};

/// The published weights of a [`SqueezeNet`](super::SqueezeNet), ready to be loaded, from the catalogue's set `squeezenet1-1`.
///
/// They are shown pictures as [`squeezenet_caffe`] says. Licence: BSD, two clauses.
///
/// # Errors
/// [`Error::Data`] where the file is not in the cache, which says how to come by it; as
/// [`StateDict::read`] where it is damaged.
pub fn pretrained_squeezenet() -> Result<StateDict> {
    let folder = fetched("squeezenet1-1")?;
    squeezenet_caffe(&StateDict::read(folder.join("squeezenet1_1_caffe.safetensors"))?)
}

/// The published weights of a [`MobileNetV2Tf`](super::MobileNetV2Tf), ready to be loaded, from the catalogue's set `mobilenet-v2-quant`.
///
/// Licence: Apache-2.0.
///
/// # Errors
/// As [`pretrained_squeezenet`].
pub fn pretrained_mobilenet_v2() -> Result<StateDict> {
    let folder = fetched("mobilenet-v2-quant")?;
    mobilenet_v2_quantized(&StateDict::read(
        folder.join("mobilenet_v2_1.0_224_quant_u8.safetensors"),
    )?)
}

/// The names of the 1000 classes of ImageNet, in the order of the scores, from the catalogue's set `imagenet-labels`.
///
/// # Errors
/// [`Error::Data`] where the file is not in the cache and cannot be fetched,
/// [`Error::File`] where it does not hold 1000 lines.
pub fn imagenet_labels() -> Result<Vec<String>> {
    let path = fetched("imagenet-labels")?.join("imagenet_classes.txt");
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Io {
        path: path.clone(),
        source,
    })?;
    let names: Vec<String> = text.lines().map(str::to_string).collect();
    if names.len() != 1000 {
        return Err(Error::File {
            path,
            expected: "1000 names, one on each line".into(),
            got: format!("{} lines", names.len()),
            hint: "Delete it and fetch it again: cargo course data fetch imagenet-labels".into(),
        });
    }
    Ok(names)
}

/// The folder of a set of the catalogue, fetched where that can be done.
fn fetched(name: &str) -> Result<PathBuf> {
    let set = Catalogue::load()?;
    Ok(set.get(name)?.fetch(&Cache::from_env()?, &mut Lines::default())?)
}
