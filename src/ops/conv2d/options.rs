//! How a convolution slides its filters, and which sizes fit together.

use std::fmt::Display;

use crate::Result;
use crate::ops::geometry::{Axis, ConvGeometry, axis, output_size, shape_error};

/// How [`conv2d`](fn@super::conv2d) slides its filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2dOptions {
    /// Pixels from one position of the filter to the next.
    pub stride: usize,
    /// Zeros added on each side of the image.
    pub padding: usize,
    /// Pixels from one tap of the filter to the next.
    pub dilation: usize,
    /// Groups that channels and filters are split into; each filter sees only the channels of its group.
    pub groups: usize,
    /// Applies `max(0, y)` to the result in the same pass.
    pub relu: bool,
}

impl Default for Conv2dOptions {
    /// Stride 1, no padding, dilation 1, one group, no ReLU.
    fn default() -> Self {
        Self {
            stride: 1,
            padding: 0,
            dilation: 1,
            groups: 1,
            relu: false,
        }
    }
}

/// Checks that an image `x` and filters `weight` fit together.
pub(crate) fn geometry(
    layer: &dyn Display,
    x: [usize; 4],
    weight: [usize; 4],
    options: Conv2dOptions,
) -> Result<ConvGeometry> {
    let [batch, channels, height, width] = x;
    let [filters, per_group, kh, kw] = weight;
    let groups = options.groups;
    if groups == 0 || channels != per_group * groups || filters % groups != 0 {
        return Err(shape_error(
            layer,
            format!(
                "{} input channels and filters in {groups} equal groups",
                per_group * groups
            ),
            format!("{channels} channels and {filters} filters"),
        ));
    }
    let along = |kernel| axis(layer, kernel, options.stride, options.padding, options.dilation);
    let axes: [Axis; 2] = [along(kh)?, along(kw)?];
    Ok(ConvGeometry {
        batch,
        channels,
        filters,
        groups,
        input: [height, width],
        output: output_size(layer, axes, [height, width])?,
        axes,
    })
}
