//! SqueezeNet 1.1.

use super::{Rename, weight_and_bias};
use crate::nn::builders::*;
use crate::train::StateDict;
use crate::{Error, Result};

/// Halves the picture as Caffe does, with a last window that may hang over the edge.
type Pool = MaxPool2D<3, 2, 0, true>;

/// What turns an image into 512 feature maps: `(B, 3, 227, 227)` to `(B, 512, 13, 13)`; other sizes are welcome.
pub type SqueezeNetBody = (
    (Conv2D<3, 64, 3, 2>, ReLU, Pool),
    (Fire<64, 16, 64, 128>, Fire<128, 16, 64, 128>, Pool),
    (Fire<128, 32, 128, 256>, Fire<256, 32, 128, 256>, Pool),
    (Fire<256, 48, 192, 384>, Fire<384, 48, 192, 384>),
    (Fire<384, 64, 256, 512>, Fire<512, 64, 256, 512>),
);

/// What turns 512 feature maps into one score for each of `N` classes.
pub type SqueezeNetHead<const N: usize> = (Dropout, Conv2D<512, N, 1>, ReLU, AvgPoolGlobal);

/// SqueezeNet 1.1 for the 1000 classes of ImageNet: 1 235 496 weights, `(B, 3, H, W)` to `(B, 1000)`.
///
/// Iandola et al. 2016, *SqueezeNet: AlexNet-level accuracy with 50x fewer parameters*, arXiv:1602.07360.
/// torchvision: `models.squeezenet1_1`. Taught in notebook 13.
pub type SqueezeNet = (SqueezeNetBody, SqueezeNetHead<1000>);

/// The mean colour that Caffe's networks subtract, as red, green, blue in `0..=1`.
pub const CAFFE_MEAN: [f32; 3] = [123.0 / 255.0, 117.0 / 255.0, 104.0 / 255.0];
/// Caffe's networks see numbers from 0 to 255: what is divided by is the 255th part of 1.
pub const CAFFE_STD: [f32; 3] = [1.0 / 255.0; 3];

/// Where the fire modules stand: in our tuple, and as Caffe and torchvision number them.
const FIRES: [(&str, usize, usize); 8] = [
    ("1.0", 2, 3),
    ("1.1", 3, 4),
    ("2.0", 4, 6),
    ("2.1", 5, 7),
    ("3.0", 6, 9),
    ("3.1", 7, 10),
    ("4.0", 8, 11),
    ("4.1", 9, 12),
];

/// Names of the tensors in torchvision's `squeezenet1_1`, with ours in a [`SqueezeNet`].
pub fn squeezenet_torchvision_names() -> Vec<Rename> {
    let mut names = Vec::new();
    weight_and_bias(&mut names, "features.0", "0.0.0");
    for (ours, _, theirs) in FIRES {
        for part in ["squeeze", "expand1x1", "expand3x3"] {
            weight_and_bias(
                &mut names,
                &format!("features.{theirs}.{part}"),
                &format!("0.{ours}.{part}"),
            );
        }
    }
    weight_and_bias(&mut names, "classifier.1", "1.1");
    names
}

/// Names of the tensors in the original Caffe model, with ours in a [`SqueezeNet`].
pub fn squeezenet_caffe_names() -> Vec<Rename> {
    let mut names = Vec::new();
    weight_and_bias(&mut names, "conv1", "0.0.0");
    for (ours, theirs, _) in FIRES {
        for (part, caffe) in [
            ("squeeze", "squeeze1x1"),
            ("expand1x1", "expand1x1"),
            ("expand3x3", "expand3x3"),
        ] {
            weight_and_bias(
                &mut names,
                &format!("fire{theirs}/{caffe}"),
                &format!("0.{ours}.{part}"),
            );
        }
    }
    weight_and_bias(&mut names, "conv10", "1.1");
    names
}

/// The Caffe weights for a [`SqueezeNet`] that is shown ordinary pictures: red, green, blue in `0..=1`, normalized with
/// [`CAFFE_MEAN`] and [`CAFFE_STD`].
///
/// Caffe reads colours in the order blue, green, red. Turning the first layer's filters around once spares turning every
/// picture around.
///
/// # Errors
/// [`Error::File`] where a tensor of the network is not in `caffe`.
pub fn squeezenet_caffe(caffe: &StateDict) -> Result<StateDict> {
    let mut dict = caffe.renamed(&squeezenet_caffe_names())?;
    let first = "0.0.0.weight";
    let (shape, mut filters) = dict
        .get(first)
        .map(|(s, v)| (s.to_vec(), v.to_vec()))
        .unwrap_or_default();
    let [_, 3, height, width] = shape[..] else {
        return Err(Error::Shape {
            layer: "conv1.weight".into(),
            expected: "filters of three colours, (64, 3, 3, 3)".into(),
            got: format!("{shape:?}"),
        });
    };
    let plane = height * width;
    for filter in filters.chunks_mut(3 * plane) {
        let (blue, rest) = filter.split_at_mut(plane);
        blue.swap_with_slice(&mut rest[plane..]);
    }
    dict.insert(first, shape, filters)?;
    Ok(dict)
}
