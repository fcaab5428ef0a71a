//! Transposed convolution composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::geometry::{Axis, ConvGeometry};
use crate::ops::tensors::{Tensor1, Tensor4};
use crate::ops::windows::{Sizes, add_bias, patches, product};

/// See [`conv_transpose2d`](fn@super::conv_transpose2d).
///
/// An output pixel gathers the input pixels whose stamp covers it.
pub(crate) fn conv_transpose2d<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    weight: Tensor4<D>,
    bias: Option<Tensor1<D>>,
    g: ConvGeometry,
) -> Result<Tensor4<D, T>, D::Err> {
    let (channels, pixels) = (g.filters_per_group(), g.output_pixels());
    let stamp = |axis: Axis, large: usize, tap: usize, small: usize| {
        let at = (large + axis.padding).checked_sub(tap * axis.dilation)?;
        (at % axis.stride == 0 && at / axis.stride < small).then_some(at / axis.stride)
    };
    let table = |group: usize| {
        patches(g.axes, g.input, |[y, x], [ky, kx]| {
            let row = stamp(g.axes[0], y, ky, g.output[0])?;
            let col = stamp(g.axes[1], x, kx, g.output[1])?;
            Some(row * g.output[1] + col)
        })
        .expand(channels, pixels, group * channels * pixels, g.filters * pixels)
    };
    let taps = g.axes[0].kernel * g.axes[1].kernel;
    // (groups, C / groups, O / groups, KH * KW): a row of the product is one channel and tap, a column one filter.
    let weight = weight
        .retaped::<T>()
        .try_reshape_like(&(g.groups, channels, g.channels_per_group(), taps))?;
    let weight = weight.try_permute::<_, Axes4<0, 1, 3, 2>>()?;
    let weight = weight.try_reshape_like(&(g.groups, channels * taps, g.channels_per_group()))?;
    let sizes = Sizes {
        batch: g.batch,
        features: g.filters * pixels,
        groups: g.groups,
        rows: g.input_pixels(),
        taps: channels * taps,
        filters: g.channels_per_group(),
    };
    let y = product(x, weight, sizes, table)?;
    let y = add_bias(y, bias, g.channels)?;
    y.try_reshape_like(&(g.batch, g.channels, g.input[0], g.input[1]))
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::super::options::{ConvTranspose2dOptions, geometry};
    use super::*;
    use crate::ops::testing::compare;

    #[test]
    fn conv_transpose2d_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(2);
        for (c, o, k, stride, padding, output_padding, dilation, groups) in [
            (3, 2, 3, 1, 0, 0, 1, 1),
            (4, 6, 4, 2, 1, 1, 1, 2),
            (2, 3, 3, 3, 0, 2, 2, 1),
            (2, 3, 3, 1, 0, 1, 2, 1),
            (3, 3, 3, 1, 1, 1, 2, 3),
        ] {
            let x: Tensor4<Cpu> = dev.sample_normal_like(&(2, c, 4, 3));
            let weight: Tensor4<Cpu> = dev.sample_normal_like(&(c, o / groups, k, k));
            let bias: Tensor1<Cpu> = dev.sample_normal_like(&(o,));
            let options = ConvTranspose2dOptions {
                stride,
                padding,
                output_padding,
                dilation,
                groups,
            };
            let sizes = ([2, c, 4, 3], [c, o / groups, k, k]);
            let g = geometry(&"test", sizes.0, sizes.1, options).expect("fits");
            compare(
                &[&x, &weight],
                |x| cpu::conv_transpose2d(x, weight.clone(), Some(bias.clone()), g).expect("kernel"),
                |x| conv_transpose2d(x, weight.clone(), Some(bias.clone()), g).expect("composed"),
            );
        }
    }
}
