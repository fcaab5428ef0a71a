//! One picture.

use std::fmt;

use crate::{Error, Result};

/// A picture that owns its pixels: `(C, H, W)`, values `0..=1`, one channel (grey) or three (red, green, blue).
#[derive(Clone, PartialEq)]
pub struct Image {
    channels: usize,
    height: usize,
    width: usize,
    pixels: Vec<f32>,
}

impl Image {
    /// A picture from its values, channel after channel, row after row.
    ///
    /// # Errors
    /// If the number of values is not `channels * height * width`, if there are not one or three channels, if a side
    /// is 0, or if a value is not in `0..=1`.
    pub fn new(channels: usize, height: usize, width: usize, pixels: Vec<f32>) -> Result<Self> {
        let expected = |what: &str| Error::Argument {
            what: "picture".into(),
            expected: what.into(),
            got: format!("{} values for shape ({channels}, {height}, {width})", pixels.len()),
        };
        if channels != 1 && channels != 3 {
            return Err(expected("1 channel (grey) or 3 (red, green, blue)"));
        }
        let needed = [height, width]
            .iter()
            .try_fold(channels, |n, &side| n.checked_mul(side));
        if height == 0 || width == 0 || needed != Some(pixels.len()) {
            return Err(expected("channels * height * width values, no side 0"));
        }
        if let Some(value) = pixels.iter().find(|value| !(0.0..=1.0).contains(*value)) {
            return Err(Error::Argument {
                what: "pixel".into(),
                expected: "a value in 0..=1".into(),
                got: value.to_string(),
            });
        }
        Ok(Self {
            channels,
            height,
            width,
            pixels,
        })
    }

    /// A picture from values that are known to fit.
    pub(super) fn trusted(channels: usize, height: usize, width: usize, pixels: Vec<f32>) -> Self {
        Self {
            channels,
            height,
            width,
            pixels,
        }
    }

    /// The number of channels: 1 (grey) or 3 (red, green, blue).
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All values, `(C, H, W)`, channel after channel, row after row.
    pub fn pixels(&self) -> &[f32] {
        &self.pixels
    }

    /// All values, to be changed within `0..=1`.
    pub(super) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.pixels
    }

    /// The shape: `[C, H, W]`.
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Image({}x{}x{})", self.channels, self.height, self.width)
    }
}
