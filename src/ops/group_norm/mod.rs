//! Group normalization.

pub(super) mod composed;
pub(super) mod cpu;

use dfdx::prelude::*;

use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// Group normalization of images: the channels of each image by themselves, in `groups` groups of neighbours, get mean 0 and
/// variance 1 over the group's channels and pixels; then each channel gets a scale and a shift.
///
/// - `x` and result: `(B, C, H, W)`
/// - `weight`, `bias`: `(C,)`
///
/// It does the same in training and evaluation, for a batch of any size; with one group it is layer normalization of whole
/// images, with as many groups as channels instance normalization. Wu & He 2018, *Group Normalization*, arXiv:1803.08494.
/// PyTorch: `torch.nn.functional.group_norm`. Taught in notebook 19.
///
/// # Errors
/// [`Error::Argument`] where the channels cannot be divided into `groups` groups; where memory runs out.
pub fn group_norm<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    groups: usize,
    weight: &Tensor<(C,), f32, D>,
    bias: &Tensor<(C,), f32, D>,
    eps: f32,
) -> Result<Tensor<(B, C, H, W), f32, D, T>> {
    let shape = *x.shape();
    let [b, c, h, w] = shape.concrete();
    if groups == 0 || !c.is_multiple_of(groups) {
        return Err(Error::Argument {
            what: "groups of a group normalization".into(),
            expected: format!("a number that divides the {c} channels"),
            got: groups.to_string(),
        });
    }
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(b, c, h, w))?;
        let weight = weight.clone().try_reshape_like(&(c,))?;
        let bias = bias.clone().try_reshape_like(&(c,))?;
        D::group_norm(x, groups, weight, bias, eps)?.try_reshape_like(&shape)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
