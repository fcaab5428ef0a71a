//! Networks that others have trained: their structure as types, and where each of their tensors goes.
//!
//! Each network comes with a list of names that translates a published file to the names of ours, so that
//! [`StateDict::renamed`](crate::nn::StateDict::renamed) turns one into the other.
//!
//! | network | weights for it |
//! |---|---|
//! | [`SqueezeNet`] | Caffe's original, torchvision's `squeezenet1_1` |
//! | [`Gpt2`] | Hugging Face's `gpt2` and its like |
//! | [`ResNet18`] | torchvision's `resnet18` |
//! | [`MobileNetV2`] | torchvision's `mobilenet_v2`, TensorFlow's quantized `mobilenet_v2_1.0_224_quant` |

pub(super) mod gpt2;
pub(super) mod gpt2_layers;
mod mobilenet;
mod names;
mod published;
mod resnet;
mod squeezenet;

pub use gpt2::{builder::Gpt2, gpt2_huggingface};
pub use mobilenet::{MobileNetV2, MobileNetV2Tf, mobilenet_v2_quantized, mobilenet_v2_torchvision_names};
pub use names::Rename;
pub use published::{imagenet_labels, pretrained_mobilenet_v2, pretrained_squeezenet};
pub use resnet::{ResNet18, ResNet18Body, resnet18_torchvision_names};
pub use squeezenet::{
    CAFFE_MEAN, CAFFE_STD, SqueezeNet, SqueezeNetBody, SqueezeNetHead, SqueezeNetLayers, squeezenet_caffe,
    squeezenet_caffe_names, squeezenet_torchvision_names,
};
