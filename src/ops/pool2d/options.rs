//! How a pooling window slides, what it takes, and which sizes fit together.

use std::fmt::Display;

use crate::ops::geometry::{PoolGeometry, axis, output_size, too_small};
use crate::{Error, Result};

/// How a pooling window slides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool2dOptions {
    /// Side of the square window, in pixels.
    pub kernel: usize,
    /// Pixels from one window to the next.
    pub stride: usize,
    /// Pixels added on each side of the image, at most half of `kernel`. They never win a maximum or minimum and
    /// count as zeros in a mean.
    pub padding: usize,
    /// Lets a last window hang over the edge where the image does not divide evenly; it sees only what is there. A mean is
    /// divided by what the window covers of the image and its padding.
    pub ceil_mode: bool,
}

impl Pool2dOptions {
    /// Windows of `kernel` x `kernel` pixels side by side, without padding.
    pub fn new(kernel: usize) -> Self {
        Self {
            kernel,
            stride: kernel,
            padding: 0,
            ceil_mode: false,
        }
    }
}

/// What a pooling window takes from the pixels under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    /// The largest value; among equals the first in reading order.
    Max,
    /// The smallest value; among equals the first in reading order.
    Min,
    /// The sum over the window divided by its area on the padded image.
    Avg,
}

pub(crate) fn geometry(
    layer: &dyn Display,
    [batch, channels]: [usize; 2],
    input: [usize; 2],
    options: Pool2dOptions,
) -> Result<PoolGeometry> {
    let axis = axis(layer, options.kernel, options.stride, options.padding, 1)?;
    if options.padding > options.kernel / 2 {
        return Err(Error::Argument {
            what: format!("{layer}: padding"),
            expected: format!("at most half of the kernel size {}", options.kernel),
            got: options.padding.to_string(),
        });
    }
    let output = if options.ceil_mode {
        let [Some(height), Some(width)] = input.map(|size| axis.outputs_and_overhang(size)) else {
            // By less than a stride, the window may be the larger one.
            let least = (options.kernel + 1).saturating_sub(options.stride).max(1);
            return Err(too_small(layer, [least; 2], options.padding, input));
        };
        [height, width]
    } else {
        output_size(layer, [axis, axis], input)?
    };
    Ok(PoolGeometry {
        batch,
        channels,
        input,
        output,
        axis,
    })
}
