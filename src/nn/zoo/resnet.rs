//! ResNet-18.

use super::names::{Rename, weight_and_bias};
use crate::nn::builders::*;

type Unbiased<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize> =
    (Conv2D<I, O, K, S, P>, BatchNorm2D<O>);

/// Two convolutions, with the input added to their result.
type Basic<const C: usize> = (Residual<(Unbiased<C, C, 3, 1, 1>, ReLU, Unbiased<C, C, 3, 1, 1>)>, ReLU);

/// The same with half the pixels and other channels; the input is adapted by a convolution of 1 x 1.
type Down<const I: usize, const O: usize> = (
    GeneralizedResidual<(Unbiased<I, O, 3, 2, 1>, ReLU, Unbiased<O, O, 3, 1, 1>), Unbiased<I, O, 1, 2, 0>>,
    ReLU,
);

/// What turns an image into 512 feature maps: `(B, 3, 224, 224)` to `(B, 512, 7, 7)`; other sizes are welcome.
pub type ResNet18Body = (
    (Unbiased<3, 64, 7, 2, 3>, ReLU, MaxPool2D<3, 2, 1>),
    (Basic<64>, Basic<64>),
    (Down<64, 128>, Basic<128>),
    (Down<128, 256>, Basic<256>),
    (Down<256, 512>, Basic<512>),
);

/// ResNet-18 for the 1000 classes of ImageNet: `(B, 3, H, W)` to `(B, 1000)`.
///
/// Its convolutions have a bias where torchvision's have none; it is zero in weights that come from there, and the batch
/// norm behind it takes it away again. He et al. 2016, *Deep residual learning for image recognition*, arXiv:1512.03385.
/// torchvision: `models.resnet18`. Taught in notebook 13.
pub type ResNet18 = (ResNet18Body, (AvgPoolGlobal, Linear<512, 1000>));

/// The tensors of a batch norm.
fn batch_norm(names: &mut Vec<Rename>, from: &str, to: &str) {
    for (theirs, ours) in BATCH_NORM {
        names.push((format!("{from}.{theirs}"), format!("{to}.{ours}")));
    }
}

/// Names of the tensors of a batch norm in torchvision, and in ours.
pub(super) const BATCH_NORM: [(&str, &str); 4] = [
    ("weight", "weight"),
    ("bias", "bias"),
    ("running_mean", "running_mean"),
    ("running_var", "running_var"),
];

/// A convolution without bias and a batch norm, in torchvision's file, and our pair of layers at `to`.
pub(super) fn conv_and_norm(names: &mut Vec<Rename>, conv: &str, norm: &str, to: &str) {
    names.push((format!("{conv}.weight"), format!("{to}.0.weight")));
    batch_norm(names, norm, &format!("{to}.1"));
}

/// Names of the tensors in torchvision's `resnet18`, with ours in a [`ResNet18`].
///
/// The biases of our convolutions have no counterpart: add them with
/// [`StateDict::with_zeros`](crate::nn::StateDict::with_zeros).
pub fn resnet18_torchvision_names() -> Vec<Rename> {
    let mut names = Vec::new();
    conv_and_norm(&mut names, "conv1", "bn1", "0.0.0");
    for stage in 1..=4 {
        for block in 0..2 {
            let theirs = format!("layer{stage}.{block}");
            let ours = format!("0.{stage}.{block}.0");
            // The convolutions of a block that changes its size stand beside those of its shortcut.
            let (main, down) = (format!("{ours}.f"), stage > 1 && block == 0);
            let main = if down { main } else { format!("{ours}.0") };
            conv_and_norm(
                &mut names,
                &format!("{theirs}.conv1"),
                &format!("{theirs}.bn1"),
                &format!("{main}.0"),
            );
            conv_and_norm(
                &mut names,
                &format!("{theirs}.conv2"),
                &format!("{theirs}.bn2"),
                &format!("{main}.2"),
            );
            if down {
                let (conv, norm) = (format!("{theirs}.downsample.0"), format!("{theirs}.downsample.1"));
                conv_and_norm(&mut names, &conv, &norm, &format!("{ours}.r"));
            }
        }
    }
    weight_and_bias(&mut names, "fc", "1.1");
    names
}
