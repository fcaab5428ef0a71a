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

mod mobilenet;
mod resnet;
mod squeezenet;

pub use mobilenet::{MobileNetV2, MobileNetV2Tf, mobilenet_v2_quantized, mobilenet_v2_torchvision_names};
pub use resnet::{ResNet18, ResNet18Body, resnet18_torchvision_names};
pub use squeezenet::{
    CAFFE_MEAN, CAFFE_STD, SqueezeNet, SqueezeNetBody, SqueezeNetHead, SqueezeNetLayers, squeezenet_caffe,
    squeezenet_caffe_names, squeezenet_torchvision_names,
};

/// The name of a tensor in a published file, and its name in our network.
pub type Rename = (String, String);

/// `conv.weight` and `conv.bias` of a published file, ours at `to`.
fn weight_and_bias(names: &mut Vec<Rename>, from: &str, to: &str) {
    for tensor in ["weight", "bias"] {
        names.push((format!("{from}.{tensor}"), format!("{to}.{tensor}")));
    }
}
