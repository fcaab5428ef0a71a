//! What the compositions of convolution and pooling share, on devices without a kernel of ours.
//!
//! Patches are gathered by index into a matrix, one row per output pixel; a convolution is then a matrix product, a
//! pooling a reduction of the rows. Index tables are made on the host. An index that falls on padding points at one
//! extra cell behind the image, which holds zero (or, for a maximum, minus infinity).

use dfdx::prelude::*;

use super::geometry::Axis;
use super::tensors::{Tensor1, Tensor2, Tensor3, Tensor4};

/// The sizes of [`product`]: for each of `batch` images of `features` numbers, per group, a matrix of
/// `rows` x `taps` times one of `taps` x `filters`.
pub(super) struct Sizes {
    pub batch: usize,
    pub features: usize,
    pub groups: usize,
    pub rows: usize,
    pub taps: usize,
    pub filters: usize,
}

/// Gathered patches times weights: `(B, groups * filters, rows)`. `weight` is `(groups, taps, filters)`.
pub(super) fn product<D: Device<f32>, T: Tape<f32, D>>(
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
pub(super) fn add_bias<D: Device<f32>, T: Tape<f32, D>>(
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
pub(super) fn with_extra_cell<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    batch: usize,
    features: usize,
    value: f32,
) -> Result<Tensor2<D, T>, D::Err> {
    let cell = x.device().try_tensor_from_vec(vec![value; batch], (batch, 1usize))?;
    let x = x.try_reshape_like(&(batch, features))?;
    (x, cell).try_concat_along(dfdx::shapes::Axis::<1>)
}

/// `x[b, index[i]]` for every row `b` and every `i`.
pub(super) fn gather<D: Device<f32>, T: Tape<f32, D>>(
    x: Tensor2<D, T>,
    batch: usize,
    index: Vec<usize>,
) -> Result<Tensor2<D, T>, D::Err> {
    let length = index.len();
    let index: Tensor<(usize,), usize, D> = x.device().try_tensor_from_vec(index, (length,))?;
    let rows = x.try_permute::<_, Axes2<1, 0>>()?;
    let picked: Tensor2<D, T> = rows.try_gather(index)?;
    let y = picked.try_permute::<_, Axes2<1, 0>>()?;
    debug_assert_eq!(*y.shape(), (batch, length));
    y.try_contiguous()
}

/// Where in a plane each tap of each output pixel points.
pub(super) struct Patches {
    /// `at[pixel][tap]`, `None` on padding.
    at: Vec<Vec<Option<usize>>>,
}

/// The table of `f(pixel, tap)` for an output of `output` pixels.
pub(super) fn patches(
    axes: [Axis; 2],
    output: [usize; 2],
    f: impl Fn([usize; 2], [usize; 2]) -> Option<usize>,
) -> Patches {
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
    pub fn expand(&self, channels: usize, pixels: usize, start: usize, outside: usize) -> Vec<usize> {
        let mut index = Vec::new();
        for taps in &self.at {
            for c in 0..channels {
                index.extend(taps.iter().map(|at| at.map_or(outside, |at| start + c * pixels + at)));
            }
        }
        index
    }
}
