//! How a transposed convolution spreads its filters, and which sizes fit together.

use std::fmt::Display;

use crate::ops::geometry::{ConvGeometry, axis, shape_error};
use crate::{Error, Result};

/// How [`conv_transpose2d`](fn@super::conv_transpose2d) spreads its filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvTranspose2dOptions {
    /// Pixels of the result from one input pixel to the next.
    pub stride: usize,
    /// Rows and columns cut off each side of the result.
    pub padding: usize,
    /// Rows and columns added at the bottom and at the right; less than `stride` or `dilation`.
    pub output_padding: usize,
    /// Pixels from one tap of the filter to the next.
    pub dilation: usize,
    /// Groups that channels and filters are split into.
    pub groups: usize,
}

impl Default for ConvTranspose2dOptions {
    /// Stride 1, no padding, dilation 1, one group.
    fn default() -> Self {
        Self {
            stride: 1,
            padding: 0,
            output_padding: 0,
            dilation: 1,
            groups: 1,
        }
    }
}

/// The geometry of the convolution that runs the other way: from the large image (`input`) to the small (`output`).
pub(crate) fn geometry(
    layer: &dyn Display,
    x: [usize; 4],
    weight: [usize; 4],
    options: ConvTranspose2dOptions,
) -> Result<ConvGeometry> {
    let [batch, channels, height, width] = x;
    let [filters, per_group, kh, kw] = weight;
    let (groups, extra) = (options.groups, options.output_padding);
    if groups == 0 || channels != filters || filters % groups != 0 {
        let expected = format!("{filters} input channels in {groups} equal groups");
        return Err(shape_error(layer, expected, format!("{channels} channels")));
    }
    let along = |kernel| axis(layer, kernel, options.stride, options.padding, options.dilation);
    let axes = [along(kh)?, along(kw)?];
    if extra >= options.stride.max(options.dilation) {
        return Err(Error::Argument {
            what: format!("{layer}: output padding"),
            expected: "less than the stride or the dilation".into(),
            got: extra.to_string(),
        });
    }
    let mut large = [0; 2];
    for (i, size) in [height, width].into_iter().enumerate() {
        let full = size.saturating_sub(1) * options.stride + axes[i].span() + extra;
        let cut = full
            .checked_sub(2 * options.padding)
            .filter(|&left| left > 0 && size > 0);
        large[i] = cut.ok_or_else(|| {
            let expected = format!("an image that is larger than its padding of {}", options.padding);
            shape_error(layer, expected, format!("{height} x {width} pixels"))
        })?;
    }
    Ok(ConvGeometry {
        batch,
        channels: per_group * groups,
        filters,
        groups,
        input: large,
        output: [height, width],
        axes,
    })
}
