//! Networks that others have trained: their structure as types, and where each of their tensors goes.
//!
//! Each network comes with a list of names that translates a published file to the names of ours, so that
//! [`StateDict::renamed`](crate::train::StateDict::renamed) turns one into the other.
//!
//! | network | weights for it |
//! |---|---|
//! | [`SqueezeNet`] | Caffe's original, torchvision's `squeezenet1_1` |
//! | [`ResNet18`] | torchvision's `resnet18` |
//! | [`MobileNetV2`] | torchvision's `mobilenet_v2`, TensorFlow's quantized `mobilenet_v2_1.0_224_quant` |

use std::path::PathBuf;

use gradus_data::{Cache, Catalogue, Lines};

use crate::train::StateDict;
use crate::{Error, Result};

mod mobilenet;
mod resnet;
mod squeezenet;

pub use mobilenet::{MobileNetV2, MobileNetV2Tf, mobilenet_v2_quantized, mobilenet_v2_torchvision_names};
pub use resnet::{ResNet18, ResNet18Body, resnet18_torchvision_names};
pub use squeezenet::{
    CAFFE_MEAN, CAFFE_STD, SqueezeNet, SqueezeNetBody, SqueezeNetHead, SqueezeNetLayers, squeezenet_caffe,
    squeezenet_caffe_names, squeezenet_torchvision_names,
};

/// The published weights of a [`SqueezeNet`], ready to be loaded, from the catalogue's set `squeezenet1-1`.
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

/// The published weights of a [`MobileNetV2Tf`], ready to be loaded, from the catalogue's set `mobilenet-v2-quant`.
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

/// The name of a tensor in a published file, and its name in our network.
pub type Rename = (String, String);

/// `conv.weight` and `conv.bias` of a published file, ours at `to`.
fn weight_and_bias(names: &mut Vec<Rename>, from: &str, to: &str) {
    for tensor in ["weight", "bias"] {
        names.push((format!("{from}.{tensor}"), format!("{to}.{tensor}")));
    }
}
