//! MobileNetV2, as torchvision and as TensorFlow build it.

use super::names::{Rename, weight_and_bias};
use super::resnet::conv_and_norm;
use crate::nn::Channels;
use crate::nn::StateDict;
use crate::nn::builders::*;
use crate::{Error, Result};

/// From `I` channels to `E`, a filter for each, and down to `O`: an inverted residual block with stride `S`.
type Block<const I: usize, const E: usize, const O: usize, const S: usize> = (
    (Conv2D<I, E, 1>, BatchNorm2D<E>, ReLU6),
    (DepthwiseConv2D<E, 3, S, 1>, BatchNorm2D<E>, ReLU6),
    (Conv2D<E, O, 1>, BatchNorm2D<O>),
);

/// The block with its input added to its result.
type Same<const C: usize, const E: usize> = Residual<Block<C, E, C, 1>>;

/// MobileNetV2 for the 1000 classes of ImageNet: `(B, 3, H, W)` to `(B, 1000)`.
///
/// Its convolutions have a bias where torchvision's have none; it is zero in weights that come from there, and the batch
/// norm behind it takes it away again. Sandler et al. 2018, *MobileNetV2: inverted residuals and linear bottlenecks*,
/// arXiv:1801.04381. torchvision: `models.mobilenet_v2`. Taught in notebook 13.
pub type MobileNetV2 = (
    (
        (
            (Conv2D<3, 32, 3, 2, 1>, BatchNorm2D<32>, ReLU6),
            (DepthwiseConv2D<32, 3, 1, 1>, BatchNorm2D<32>, ReLU6),
            (Conv2D<32, 16, 1>, BatchNorm2D<16>),
        ),
        (Block<16, 96, 24, 2>, Same<24, 144>),
        (Block<24, 144, 32, 2>, Same<32, 192>, Same<32, 192>),
        (Block<32, 192, 64, 2>, Same<64, 384>, Same<64, 384>, Same<64, 384>),
        (
            (Block<64, 384, 96, 1>, Same<96, 576>, Same<96, 576>),
            (Block<96, 576, 160, 2>, Same<160, 960>, Same<160, 960>),
        ),
        (
            Block<160, 960, 320, 1>,
            (Conv2D<320, 1280, 1>, BatchNorm2D<1280>, ReLU6),
        ),
    ),
    (AvgPoolGlobal, Dropout<20>, Linear<1280, 1000>),
);

/// A block without batch norms, which were folded into the convolutions.
type TfBlock<const I: usize, const E: usize, const O: usize> = (
    (Conv2D<I, E, 1>, ReLU6),
    (DepthwiseConv2D<E, 3, 1, 1>, ReLU6),
    Conv2D<E, O, 1>,
);

/// The block with stride 2, padded as TensorFlow does for pictures of even size: on the right and below only.
type TfDown<const I: usize, const E: usize, const O: usize> = (
    (Conv2D<I, E, 1>, ReLU6),
    (ZeroPad2D<0, 1, 0, 1>, DepthwiseConv2D<E, 3, 2>, ReLU6),
    Conv2D<E, O, 1>,
);

type TfSame<const C: usize, const E: usize> = Residual<TfBlock<C, E, C>>;

/// MobileNetV2 as TensorFlow publishes it for inference: batch norms folded away, 1001 classes (class 0 is "background"), made
/// for pictures of 224 x 224.
///
/// `(B, 3, 224, 224)` to `(B, 1001)`; a pixel from 0 to 255 goes in as `(pixel - 128) / 128`. The paper is that of
/// [`MobileNetV2`]. Taught in notebook 13.
pub type MobileNetV2Tf = (
    (
        (
            (Channels<3>, ZeroPad2D<0, 1, 0, 1>, Conv2D<3, 32, 3, 2>, ReLU6),
            (DepthwiseConv2D<32, 3, 1, 1>, ReLU6),
            Conv2D<32, 16, 1>,
        ),
        (TfDown<16, 96, 24>, TfSame<24, 144>),
        (TfDown<24, 144, 32>, TfSame<32, 192>, TfSame<32, 192>),
        (TfDown<32, 192, 64>, TfSame<64, 384>, TfSame<64, 384>, TfSame<64, 384>),
        (
            (TfBlock<64, 384, 96>, TfSame<96, 576>, TfSame<96, 576>),
            (TfDown<96, 576, 160>, TfSame<160, 960>, TfSame<160, 960>),
        ),
        (TfBlock<160, 960, 320>, (Conv2D<320, 1280, 1>, ReLU6)),
    ),
    (AvgPoolGlobal, Linear<1280, 1001>),
);

/// Where the 16 blocks with an expansion stand in our tuples, and whether their input is added to the result.
const BLOCKS: [(&str, bool); 16] = [
    ("0.1.0", false),
    ("0.1.1", true),
    ("0.2.0", false),
    ("0.2.1", true),
    ("0.2.2", true),
    ("0.3.0", false),
    ("0.3.1", true),
    ("0.3.2", true),
    ("0.3.3", true),
    ("0.4.0.0", false),
    ("0.4.0.1", true),
    ("0.4.0.2", true),
    ("0.4.1.0", false),
    ("0.4.1.1", true),
    ("0.4.1.2", true),
    ("0.5.0", false),
];

/// The place of block `i`, inside the residual where it is one.
fn place(i: usize) -> String {
    match BLOCKS[i] {
        (at, true) => format!("{at}.0"),
        (at, false) => at.to_string(),
    }
}

/// Names of the tensors in torchvision's `mobilenet_v2`, with ours in a [`MobileNetV2`].
///
/// The biases of our convolutions have no counterpart: add them with
/// [`StateDict::with_zeros`](crate::nn::StateDict::with_zeros).
pub fn mobilenet_v2_torchvision_names() -> Vec<Rename> {
    let mut names = Vec::new();
    let mut layer = |conv: &str, norm: &str, to: &str| conv_and_norm(&mut names, conv, norm, to);
    layer("features.0.0", "features.0.1", "0.0.0");
    layer("features.1.conv.0.0", "features.1.conv.0.1", "0.0.1");
    layer("features.1.conv.1", "features.1.conv.2", "0.0.2");
    for i in 0..BLOCKS.len() {
        let (theirs, ours) = (format!("features.{}.conv", i + 2), place(i));
        layer(&format!("{theirs}.0.0"), &format!("{theirs}.0.1"), &format!("{ours}.0"));
        layer(&format!("{theirs}.1.0"), &format!("{theirs}.1.1"), &format!("{ours}.1"));
        layer(&format!("{theirs}.2"), &format!("{theirs}.3"), &format!("{ours}.2"));
    }
    layer("features.18.0", "features.18.1", "0.5.1");
    weight_and_bias(&mut names, "classifier.1", "1.2");
    names
}

/// Layers of the quantized file, and ours in a [`MobileNetV2Tf`].
fn quantized_layers() -> Vec<(String, String)> {
    let mut layers = vec![
        ("Conv".to_string(), "0.0.0.2".to_string()),
        ("expanded_conv/depthwise".into(), "0.0.1.0".into()),
        ("expanded_conv/project".into(), "0.0.2".into()),
    ];
    for i in 0..BLOCKS.len() {
        let (theirs, ours) = (format!("expanded_conv_{}", i + 1), place(i));
        // A block that halves its picture pads it first.
        let halves = ["0.1.0", "0.2.0", "0.3.0", "0.4.1.0"].contains(&ours.as_str());
        layers.push((format!("{theirs}/expand"), format!("{ours}.0.0")));
        layers.push((
            format!("{theirs}/depthwise"),
            format!("{ours}.1.{}", usize::from(halves)),
        ));
        layers.push((format!("{theirs}/project"), format!("{ours}.2")));
    }
    layers.push(("Conv_1".into(), "0.5.1.0".into()));
    layers.push(("Logits/Conv2d_1c_1x1".into(), "1.1".into()));
    layers
}

/// The weights for a [`MobileNetV2Tf`] from a file of 8-bit weights: `w = scale * (q - zero_point)`.
///
/// `file` holds, for each layer, `weight` (0 to 255), `weight_scale`, `weight_zero_point` and `bias`.
///
/// # Errors
/// [`Error::File`] where one of them is missing.
pub fn mobilenet_v2_quantized(file: &StateDict) -> Result<StateDict> {
    let mut dict = StateDict::new(file.source());
    for (theirs, ours) in quantized_layers() {
        let part = |name: &str| file.tensor(&format!("{theirs}.{name}"));
        let (scale, zero) = (
            scalar(file, &theirs, "weight_scale")?,
            scalar(file, &theirs, "weight_zero_point")?,
        );
        let (shape, weight) = part("weight")?;
        let weight = weight.iter().map(|q| scale * (q - zero)).collect();
        // The classifier is a convolution of 1 x 1 there, a matrix here.
        let shape = if ours == "1.1" {
            shape[..2].to_vec()
        } else {
            shape.to_vec()
        };
        dict.insert(&format!("{ours}.weight"), shape, weight)?;
        let (shape, bias) = part("bias")?;
        dict.insert(&format!("{ours}.bias"), shape.to_vec(), bias.to_vec())?;
    }
    Ok(dict)
}

fn scalar(file: &StateDict, layer: &str, name: &str) -> Result<f32> {
    let name = format!("{layer}.{name}");
    let (shape, values) = file.tensor(&name)?;
    values.first().copied().ok_or_else(|| Error::Shape {
        layer: name,
        expected: "one number".into(),
        got: format!("{shape:?}"),
    })
}
