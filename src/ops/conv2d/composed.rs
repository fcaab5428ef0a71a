//! Convolution composed of dfdx's operations: patches times filters.

use dfdx::prelude::*;

use crate::ops::geometry::ConvGeometry;
use crate::ops::tensors::{Tensor1, Tensor4};
use crate::ops::windows::{Sizes, add_bias, patches, product};

/// See [`conv2d`](fn@super::conv2d).
pub(crate) fn conv2d<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    weight: Tensor4<D>,
    bias: Option<Tensor1<D>>,
    g: ConvGeometry,
    relu: bool,
) -> Result<Tensor4<D, T>, D::Err> {
    let (channels, pixels) = (g.channels_per_group(), g.input_pixels());
    let table = |group: usize| {
        patches(g.axes, g.output, |[oy, ox], [ky, kx]| {
            let y = g.axes[0].input(oy, ky, g.input[0])?;
            let x = g.axes[1].input(ox, kx, g.input[1])?;
            Some(y * g.input[1] + x)
        })
        .expand(channels, pixels, group * channels * pixels, g.channels * pixels)
    };
    // (O, C / groups * KH * KW), then one matrix of columns per group.
    let weight = weight
        .retaped::<T>()
        .try_reshape_like(&(g.groups, g.filters_per_group(), g.taps()))?;
    let weight = weight.try_permute::<_, Axes3<0, 2, 1>>()?;
    let sizes = Sizes {
        batch: g.batch,
        features: g.channels * pixels,
        groups: g.groups,
        rows: g.output_pixels(),
        taps: g.taps(),
        filters: g.filters_per_group(),
    };
    let y = product(x, weight, sizes, table)?;
    let y = add_bias(y, bias, g.filters)?;
    let y = y.try_reshape_like(&(g.batch, g.filters, g.output[0], g.output[1]))?;
    if relu { y.try_relu() } else { Ok(y) }
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::super::options::{Conv2dOptions, geometry};
    use super::*;
    use crate::ops::testing::compare;

    #[test]
    fn conv2d_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(1);
        for (c, o, k, stride, padding, dilation, groups, relu) in [
            (3, 4, 3, 1, 1, 1, 1, false),
            (4, 6, 3, 2, 1, 1, 2, true),
            (3, 3, 3, 1, 2, 2, 3, false),
            (2, 5, 1, 3, 0, 1, 1, true),
        ] {
            let x: Tensor4<Cpu> = dev.sample_normal_like(&(2, c, 7, 6));
            let weight: Tensor4<Cpu> = dev.sample_normal_like(&(o, c / groups, k, k));
            let bias: Tensor1<Cpu> = dev.sample_normal_like(&(o,));
            let options = Conv2dOptions {
                stride,
                padding,
                dilation,
                groups,
                relu,
            };
            let g = geometry(&"test", [2, c, 7, 6], [o, c / groups, k, k], options).expect("fits");
            compare(
                &[&x, &weight],
                |x| cpu::conv2d(x, weight.clone(), Some(bias.clone()), g, relu).expect("kernel"),
                |x| conv2d(x, weight.clone(), Some(bias.clone()), g, relu).expect("composed"),
            );
        }
    }
}
