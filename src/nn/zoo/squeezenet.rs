//! SqueezeNet 1.1.

use dfdx::prelude::*;
use num_traits::Float;
use rand_distr::uniform::SampleUniform;

use super::names::{Rename, weight_and_bias};
use crate::Error;
use crate::device::{Dev, DevError};
use crate::nn::StateDict;
use crate::nn::builders::{AvgPoolGlobal, Conv2D, Dropout, MaxPool2D, ReLU};
use crate::nn::{HasInput, Images, modules};

/// Halves the picture as Caffe does, with a last window that may hang over the edge.
type Pool = MaxPool2D<3, 2, 0, true>;

/// What turns an image into 512 feature maps: `(B, 3, 227, 227)` to `(B, 512, 13, 13)`; other sizes are welcome.
///
/// A convolution and eight [`Fire`](crate::nn::builders::Fire) modules, as one layer that was compiled with this crate: a network that contains it is
/// compiled quickly, in a notebook cell too.
#[derive(Clone, Copy, Debug, Default)]
pub struct SqueezeNetBody;

/// [`SqueezeNetBody`] on a device.
#[derive(Clone, Debug)]
pub struct SqueezeNetLayers<E: Dtype, D: Storage<E>>(
    pub(crate) Stem<E, D>,
    pub(crate) Stage1<E, D>,
    pub(crate) Stage2<E, D>,
    pub(crate) Stage3<E, D>,
    pub(crate) Stage4<E, D>,
);

type Stem<E, D> = (modules::Conv2D<3, 64, 3, 2, 0, 1, E, D>, ReLU, Pool);
type Stage1<E, D> = (
    modules::Fire<64, 16, 64, 128, E, D>,
    modules::Fire<128, 16, 64, 128, E, D>,
    Pool,
);
type Stage2<E, D> = (
    modules::Fire<128, 32, 128, 256, E, D>,
    modules::Fire<256, 32, 128, 256, E, D>,
    Pool,
);
type Stage3<E, D> = (
    modules::Fire<256, 48, 192, 384, E, D>,
    modules::Fire<384, 48, 192, 384, E, D>,
);
type Stage4<E, D> = (
    modules::Fire<384, 64, 256, 512, E, D>,
    modules::Fire<512, 64, 256, 512, E, D>,
);

impl<E: Dtype, D: Device<E>> BuildOnDevice<D, E> for SqueezeNetBody
where
    SqueezeNetLayers<E, D>: BuildModule<D, E>,
{
    type Built = SqueezeNetLayers<E, D>;
}

impl HasInput for SqueezeNetBody {
    type Input = Images<3>;
}

impl<E: Dtype + Float + SampleUniform, D: Device<E>> TensorCollection<E, D> for SqueezeNetLayers<E, D> {
    type To<E2: Dtype, D2: Device<E2>> = SqueezeNetLayers<E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("0", |s| &s.0, |s| &mut s.0),
                Self::module("1", |s| &s.1, |s| &mut s.1),
                Self::module("2", |s| &s.2, |s| &mut s.2),
                Self::module("3", |s| &s.3, |s| &mut s.3),
                Self::module("4", |s| &s.4, |s| &mut s.4),
            ),
            |(a, b, c, d, e)| SqueezeNetLayers(a, b, c, d, e),
        )
    }
}

impl<E: Dtype, D: Storage<E>> NonMutableModule for SqueezeNetLayers<E, D> {}

type Picture<T> = Tensor<(usize, Const<3>, usize, usize), f32, Dev, T>;
type Maps<T> = Tensor<(usize, Const<512>, usize, usize), f32, Dev, T>;

/// The forward pass for one kind of tape. Not generic, so that it is compiled here and not where it is called.
macro_rules! forward {
    ($Tape:ty) => {
        impl Module<Picture<$Tape>> for SqueezeNetLayers<f32, Dev> {
            type Output = Maps<$Tape>;
            type Error = DevError;

            fn try_forward(&self, x: Picture<$Tape>) -> Result<Maps<$Tape>, DevError> {
                let x = self.1.try_forward(self.0.try_forward(x)?)?;
                let x = self.3.try_forward(self.2.try_forward(x)?)?;
                self.4.try_forward(x)
            }
        }
    };
}
forward!(NoneTape);
forward!(OwnedTape<f32, Dev>);

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
pub fn squeezenet_caffe(caffe: &StateDict) -> crate::Result<StateDict> {
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
