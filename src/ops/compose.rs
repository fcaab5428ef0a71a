//! The same operations composed of dfdx's own, for devices without a kernel of ours.
//!
//! Patches are gathered by index into a matrix, one row per output pixel; a convolution is then a matrix product, a
//! pooling a reduction of the rows. Index tables are made on the host. An index that falls on padding points at one
//! extra cell behind the image, which holds zero (or, for a maximum, minus infinity).

use dfdx::prelude::*;

use super::geometry::Axis;
use super::{ConvGeometry, Kernels, PoolGeometry, PoolKind, Tensor1, Tensor4};

/// A batch of matrices, `(B, M, N)`.
type Tensor3<D, T> = Tensor<(usize, usize, usize), f32, D, T>;

/// See [`super::conv2d`].
pub(super) fn conv2d<D: Kernels, T: Tape<f32, D>>(
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

/// See [`super::conv_transpose2d`].
///
/// An output pixel gathers the input pixels whose stamp covers it.
pub(super) fn conv_transpose2d<D: Kernels, T: Tape<f32, D>>(
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

/// See [`super::max_pool2d`].
pub(super) fn pool2d<D: Kernels, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    kind: PoolKind,
    g: PoolGeometry,
) -> Result<Tensor4<D, T>, D::Err> {
    let planes = g.batch * g.channels;
    let outside = match kind {
        PoolKind::Max => f32::NEG_INFINITY,
        PoolKind::Min => f32::INFINITY,
        PoolKind::Avg => 0.0,
    };
    let table = patches([g.axis, g.axis], g.output, |[oy, ox], [ky, kx]| {
        let y = g.axis.input(oy, ky, g.input[0])?;
        let x = g.axis.input(ox, kx, g.input[1])?;
        Some(y * g.input[1] + x)
    })
    .expand(1, g.input_pixels(), 0, g.input_pixels());
    let x = with_extra_cell(x, planes, g.input_pixels(), outside)?;
    let taps = g.axis.kernel * g.axis.kernel;
    let patches = gather(x, planes, table)?.try_reshape_like(&(planes, g.output_pixels(), taps))?;
    let y: Tensor<(usize, usize), f32, D, T> = match kind {
        PoolKind::Max => patches.try_max::<_, Axis2>()?,
        PoolKind::Min => patches.try_min::<_, Axis2>()?,
        PoolKind::Avg => patches.try_mean::<_, Axis2>()?,
    };
    y.try_reshape_like(&(g.batch, g.channels, g.output[0], g.output[1]))
}

type Axis2 = dfdx::shapes::Axis<2>;

/// The sizes of [`product`]: for each of `batch` images of `features` numbers, per group, a matrix of
/// `rows` x `taps` times one of `taps` x `filters`.
struct Sizes {
    batch: usize,
    features: usize,
    groups: usize,
    rows: usize,
    taps: usize,
    filters: usize,
}

/// Gathered patches times weights: `(B, groups * filters, rows)`. `weight` is `(groups, taps, filters)`.
fn product<D: Kernels, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    weight: Tensor3<D, T>,
    s: Sizes,
    table: impl Fn(usize) -> Vec<usize>,
) -> Result<Tensor3<D, T>, D::Err> {
    let x = with_extra_cell(x, s.batch, s.features, 0.0)?;
    let index: Vec<usize> = (0..s.groups).flat_map(table).collect();
    let patches = gather(x, s.batch, index)?;
    let y = if s.groups == 1 {
        // One matrix product for the whole batch.
        let patches = patches.try_reshape_like(&(s.batch * s.rows, s.taps))?;
        let weight = weight.try_reshape_like(&(s.taps, s.filters))?;
        let y = patches
            .try_matmul(weight)?
            .try_reshape_like(&(s.batch, s.rows, s.filters))?;
        y.try_permute::<_, Axes3<0, 2, 1>>()?
    } else {
        let patches = patches.try_reshape_like(&(s.batch, s.groups, s.rows, s.taps))?;
        let weight = weight.try_broadcast_like::<_, dfdx::shapes::Axis<0>>(&(s.batch, s.groups, s.taps, s.filters))?;
        let y = patches.try_matmul(weight)?.try_permute::<_, Axes4<0, 1, 3, 2>>()?;
        y.try_reshape_like(&(s.batch, s.groups * s.filters, s.rows))?
    };
    y.try_contiguous()
}

/// Adds `bias[o]` to every number of row `o`.
fn add_bias<D: Kernels, T: Tape<f32, D>>(
    y: Tensor3<D, T>,
    bias: Option<Tensor1<D>>,
    filters: usize,
) -> Result<Tensor3<D, T>, D::Err> {
    let Some(bias) = bias else { return Ok(y) };
    let (batch, _, pixels) = *y.shape();
    let bias = bias
        .retaped::<T>()
        .try_broadcast_like::<_, Axes2<0, 2>>(&(batch, filters, pixels))?;
    y.try_add(bias)
}

/// `x` as `batch` rows of `features` numbers, each followed by one cell that holds `value`.
fn with_extra_cell<D: Kernels, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    batch: usize,
    features: usize,
    value: f32,
) -> Result<Tensor<(usize, usize), f32, D, T>, D::Err> {
    let cell = x.device().try_tensor_from_vec(vec![value; batch], (batch, 1usize))?;
    let x = x.try_reshape_like(&(batch, features))?;
    (x, cell).try_concat_along(dfdx::shapes::Axis::<1>)
}

/// `x[b, index[i]]` for every row `b` and every `i`.
fn gather<D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(usize, usize), f32, D, T>,
    batch: usize,
    index: Vec<usize>,
) -> Result<Tensor<(usize, usize), f32, D, T>, D::Err> {
    let length = index.len();
    let index: Tensor<(usize,), usize, D> = x.device().try_tensor_from_vec(index, (length,))?;
    let rows = x.try_permute::<_, Axes2<1, 0>>()?;
    let picked: Tensor<(usize, usize), f32, D, T> = rows.try_gather(index)?;
    let y = picked.try_permute::<_, Axes2<1, 0>>()?;
    debug_assert_eq!(*y.shape(), (batch, length));
    y.try_contiguous()
}

/// Where in a plane each tap of each output pixel points.
struct Patches {
    /// `at[pixel][tap]`, `None` on padding.
    at: Vec<Vec<Option<usize>>>,
}

/// The table of `f(pixel, tap)` for an output of `output` pixels.
fn patches(axes: [Axis; 2], output: [usize; 2], f: impl Fn([usize; 2], [usize; 2]) -> Option<usize>) -> Patches {
    let taps = axes[0].kernel * axes[1].kernel;
    let at = (0..output[0] * output[1])
        .map(|p| {
            (0..taps)
                .map(|t| f([p / output[1], p % output[1]], [t / axes[1].kernel, t % axes[1].kernel]))
                .collect()
        })
        .collect();
    Patches { at }
}

impl Patches {
    /// The table for `channels` planes of `pixels` numbers that begin at `start`: index `(pixel, channel, tap)`.
    /// Padding points at cell `outside`.
    fn expand(&self, channels: usize, pixels: usize, start: usize, outside: usize) -> Vec<usize> {
        let mut index = Vec::new();
        for taps in &self.at {
            for c in 0..channels {
                index.extend(taps.iter().map(|at| at.map_or(outside, |at| start + c * pixels + at)));
            }
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Conv2dOptions, ConvTranspose2dOptions, Pool2dOptions};
    use super::*;
    use crate::ops;

    type T4 = Tensor4<Cpu>;
    type Taped = Tensor4<Cpu, OwnedTape<f32, Cpu>>;

    /// Values and all gradients of a composed operation equal those of the CPU's kernel.
    fn compare(args: &[&T4], kernel: impl Fn(Taped) -> Taped, composed: impl Fn(Taped) -> Taped) {
        let (a, b) = (kernel(args[0].leaky_trace()), composed(args[0].leaky_trace()));
        assert_eq!(a.shape(), b.shape());
        close(&a.as_vec(), &b.as_vec());
        let dy: T4 = args[0].device().sample_normal_like(a.shape());
        let (a, b) = ((a * dy.clone()).sum().backward(), (b * dy).sum().backward());
        for arg in args {
            close(&a.get(*arg).as_vec(), &b.get(*arg).as_vec());
        }
    }

    fn close(a: &[f32], b: &[f32]) {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() <= 1e-4 * (1.0 + a.abs()), "{a} against {b}");
        }
    }

    #[test]
    fn conv2d_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(1);
        for (c, o, k, stride, padding, dilation, groups, relu) in [
            (3, 4, 3, 1, 1, 1, 1, false),
            (4, 6, 3, 2, 1, 1, 2, true),
            (3, 3, 3, 1, 2, 2, 3, false),
            (2, 5, 1, 3, 0, 1, 1, true),
        ] {
            let x: T4 = dev.sample_normal_like(&(2, c, 7, 6));
            let weight: T4 = dev.sample_normal_like(&(o, c / groups, k, k));
            let bias: Tensor1<Cpu> = dev.sample_normal_like(&(o,));
            let options = Conv2dOptions {
                stride,
                padding,
                dilation,
                groups,
                relu,
            };
            let g = ops::conv2d::geometry(&"test", [2, c, 7, 6], [o, c / groups, k, k], options).expect("fits");
            compare(
                &[&x, &weight],
                |x| ops::conv2d::on_cpu(x, weight.clone(), Some(bias.clone()), g, relu).expect("kernel"),
                |x| conv2d(x, weight.clone(), Some(bias.clone()), g, relu).expect("composed"),
            );
        }
    }

    #[test]
    fn conv_transpose2d_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(2);
        for (c, o, k, stride, padding, output_padding, dilation, groups) in [
            (3, 2, 3, 1, 0, 0, 1, 1),
            (4, 6, 4, 2, 1, 1, 1, 2),
            (2, 3, 3, 3, 0, 2, 2, 1),
        ] {
            let x: T4 = dev.sample_normal_like(&(2, c, 4, 3));
            let weight: T4 = dev.sample_normal_like(&(c, o / groups, k, k));
            let bias: Tensor1<Cpu> = dev.sample_normal_like(&(o,));
            let options = ConvTranspose2dOptions {
                stride,
                padding,
                output_padding,
                dilation,
                groups,
            };
            let sizes = ([2, c, 4, 3], [c, o / groups, k, k]);
            let g = ops::conv_transpose2d::geometry(&"test", sizes.0, sizes.1, options).expect("fits");
            compare(
                &[&x, &weight],
                |x| ops::conv_transpose2d::on_cpu(x, weight.clone(), Some(bias.clone()), g).expect("kernel"),
                |x| conv_transpose2d(x, weight.clone(), Some(bias.clone()), g).expect("composed"),
            );
        }
    }

    #[test]
    fn linear_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(4);
        let x: T4 = dev.sample_normal_like(&(1, 1, 19, 7));
        let weight: Tensor<(usize, usize), f32, Cpu> = dev.sample_normal_like(&(5, 7));
        let bias: Tensor1<Cpu> = dev.sample_normal_like(&(5,));
        let (w, b) = (|| weight.clone(), || bias.clone());
        let table = |x: Taped| x.reshape_like(&(19, 7));
        let back = |y: Tensor<(usize, usize), f32, Cpu, _>| y.reshape_like(&(1, 1, 19, 5));
        compare(
            &[&x],
            |x| back(ops::linear::on_cpu(table(x), w(), b()).expect("kernel")),
            |x| back(ops::linear::composed(table(x), w(), b()).expect("composed")),
        );
    }

    #[test]
    fn activations_equal_the_kernel() {
        let dev = Cpu::seed_from_u64(5);
        let x: T4 = dev.sample_normal_like(&(2, 3, 7, 5));
        for kind in [ops::Activation::ReLU, ops::Activation::Sigmoid, ops::Activation::Tanh] {
            let (flat, back) = (
                |x: Taped| x.reshape_like(&(210,)),
                |y: Tensor<(usize,), f32, Cpu, _>| y.reshape_like(&(2, 3, 7, 5)),
            );
            compare(
                &[&x],
                |x| back(ops::activation::on_cpu(flat(x), kind).expect("kernel")),
                |x| back(ops::activation::composed(flat(x), kind).expect("composed")),
            );
        }
    }

    #[test]
    fn pooling_equals_the_kernel() {
        let dev = Cpu::seed_from_u64(3);
        let x: T4 = dev.sample_normal_like(&(2, 3, 7, 5));
        for (kernel, stride, padding, ceil_mode) in [
            (2, 2, 0, false),
            (3, 2, 1, false),
            (3, 1, 0, false),
            (2, 3, 1, false),
            (2, 2, 0, true),
            (3, 3, 1, true),
        ] {
            let options = Pool2dOptions {
                kernel,
                stride,
                padding,
                ceil_mode,
            };
            let g = ops::pool2d::geometry(&"test", [2, 3], [7, 5], options).expect("fits");
            for kind in [PoolKind::Max, PoolKind::Min, PoolKind::Avg] {
                compare(
                    &[&x],
                    |x| ops::pool2d::on_cpu(x, kind, g).expect("kernel"),
                    |x| pool2d(x, kind, g).expect("composed"),
                );
            }
        }
    }

    #[test]
    fn joining_and_padding_equal_the_kernels() {
        let dev = Cpu::seed_from_u64(4);
        let (x, more): (T4, T4) = (
            dev.sample_normal_like(&(2, 3, 4, 5)),
            dev.sample_normal_like(&(2, 2, 4, 5)),
        );
        compare(
            &[&x, &more],
            |x| ops::concat::on_cpu(x, more.clone().retaped()).expect("kernel"),
            |x| ops::concat::composed(x, more.clone().retaped()).expect("composed"),
        );
        let padding = ops::Padding {
            left: 1,
            right: 0,
            top: 2,
            bottom: 3,
        };
        compare(
            &[&x],
            |x| ops::pad::on_cpu(x, padding).expect("kernel"),
            |x| ops::pad::composed(x, padding).expect("composed"),
        );
    }
}
