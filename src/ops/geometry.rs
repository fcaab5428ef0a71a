//! The arithmetic of sliding windows: which sizes go in, which come out.

use crate::{Error, Result};

/// How a window of `kernel` taps slides along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub dilation: usize,
}

impl Axis {
    /// The input cells that the window covers: `dilation * (kernel - 1) + 1`.
    pub fn span(&self) -> usize {
        self.dilation * (self.kernel - 1) + 1
    }

    /// The positions of the window on `input` cells, or `None` where it does not fit once.
    pub fn outputs(&self, input: usize) -> Option<usize> {
        let room = (input + 2 * self.padding).checked_sub(self.span())?;
        Some(room / self.stride + 1)
    }

    /// The positions on `input` cells when the last window may hang over the end but must not begin behind it, or `None`
    /// where the first would hang over by a whole stride or more.
    pub fn outputs_and_overhang(&self, input: usize) -> Option<usize> {
        let room = (input + 2 * self.padding + self.stride - 1).checked_sub(self.span())?;
        let positions = room / self.stride + 1;
        Some(if (positions - 1) * self.stride >= input + self.padding {
            positions - 1
        } else {
            positions
        })
    }

    /// The range of outputs whose tap `tap` falls on a real cell of `input`, not on padding.
    pub fn inside(&self, tap: usize, input: usize, outputs: usize) -> std::ops::Range<usize> {
        let offset = tap * self.dilation;
        let first = self.padding.saturating_sub(offset).div_ceil(self.stride);
        let end = match (input + self.padding).checked_sub(offset + 1) {
            Some(last) => (last / self.stride + 1).min(outputs),
            None => 0,
        };
        first.min(end)..end
    }

    /// The input cell under tap `tap` of output `output`, or `None` on padding.
    pub fn input(&self, output: usize, tap: usize, input: usize) -> Option<usize> {
        let at = (output * self.stride + tap * self.dilation).checked_sub(self.padding)?;
        (at < input).then_some(at)
    }

    fn check(&self, layer: &dyn std::fmt::Display) -> Result<()> {
        for (what, value) in [
            ("kernel size", self.kernel),
            ("stride", self.stride),
            ("dilation", self.dilation),
        ] {
            if value == 0 {
                return Err(Error::Argument {
                    what: format!("{layer}: {what}"),
                    expected: "at least 1".into(),
                    got: "0".into(),
                });
            }
        }
        Ok(())
    }
}

/// The sizes of one convolution: `(B, C, H, W)` in, `(B, O, Ho, Wo)` out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvGeometry {
    pub(super) batch: usize,
    pub(super) channels: usize,
    pub(super) filters: usize,
    pub(super) groups: usize,
    pub(super) input: [usize; 2],
    pub(super) output: [usize; 2],
    pub(super) axes: [Axis; 2],
}

impl ConvGeometry {
    /// Input channels that one filter sees.
    pub(super) fn channels_per_group(&self) -> usize {
        self.channels / self.groups
    }

    /// Filters of one group.
    pub(super) fn filters_per_group(&self) -> usize {
        self.filters / self.groups
    }

    /// Taps of one filter: `C / groups * KH * KW`.
    pub(super) fn taps(&self) -> usize {
        self.channels_per_group() * self.axes[0].kernel * self.axes[1].kernel
    }

    /// Pixels of one input plane.
    pub(super) fn input_pixels(&self) -> usize {
        self.input[0] * self.input[1]
    }

    /// Pixels of one output plane.
    pub(super) fn output_pixels(&self) -> usize {
        self.output[0] * self.output[1]
    }
}

/// The sizes of one pooling: `(B, C, H, W)` in, `(B, C, Ho, Wo)` out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolGeometry {
    pub(super) batch: usize,
    pub(super) channels: usize,
    pub(super) input: [usize; 2],
    pub(super) output: [usize; 2],
    pub(super) axis: Axis,
}

impl PoolGeometry {
    /// Pixels of one input plane.
    pub(super) fn input_pixels(&self) -> usize {
        self.input[0] * self.input[1]
    }

    /// Pixels of one output plane.
    pub(super) fn output_pixels(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// What the mean under each window divides by, output pixel by output pixel: the cells of the padded image that the
    /// window covers. What hangs over the padding does not count.
    pub(super) fn areas(&self) -> Vec<usize> {
        let covered = |i: usize, at: usize| {
            let begin = at * self.axis.stride;
            let end = self.input[i] + 2 * self.axis.padding;
            self.axis.kernel.min(end.saturating_sub(begin))
        };
        let line = |y: usize| (0..self.output[1]).map(move |x| covered(0, y) * covered(1, x));
        (0..self.output[0]).flat_map(line).collect()
    }
}

/// A shape error in the words of layer `layer`.
pub(super) fn shape_error(layer: &dyn std::fmt::Display, expected: impl Into<String>, got: impl Into<String>) -> Error {
    Error::Shape {
        layer: layer.to_string(),
        expected: expected.into(),
        got: got.into(),
    }
}

/// The parameters of a sliding window that are the same along both axes.
pub(super) fn axis(
    layer: &dyn std::fmt::Display,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
) -> Result<Axis> {
    let axis = Axis {
        kernel,
        stride,
        padding,
        dilation,
    };
    axis.check(layer)?;
    Ok(axis)
}

/// The output size of `axes` on an image of `input` pixels.
///
/// # Errors
/// [`Error::Shape`] where the window does not fit into the padded image.
pub(super) fn output_size(layer: &dyn std::fmt::Display, axes: [Axis; 2], input: [usize; 2]) -> Result<[usize; 2]> {
    let fits = |i: usize| axes[i].outputs(input[i]);
    match (fits(0), fits(1)) {
        (Some(h), Some(w)) => Ok([h, w]),
        _ => Err(too_small(layer, axes.map(|axis| axis.span()), axes[0].padding, input)),
    }
}

/// An image that no window of `least` pixels fits into.
pub(super) fn too_small(layer: &dyn std::fmt::Display, least: [usize; 2], padding: usize, input: [usize; 2]) -> Error {
    let [height, width] = least;
    shape_error(
        layer,
        format!("images of at least {height} x {width} pixels after padding by {padding}"),
        format!("{} x {} before padding", input[0], input[1]),
    )
}
