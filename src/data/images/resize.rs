//! Pictures in other sizes and in grey.

use super::image::Image;
use crate::{Error, Result};

/// How a picture is brought into a size of other proportions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// Scaled until it covers the size, then the middle is cut out. PyTorch: `Resize` and `CenterCrop`.
    #[default]
    Crop,
    /// Scaled along both sides on their own: nothing is lost, proportions change.
    Stretch,
    /// Scaled until all of it is inside, with black bars beside it.
    Pad,
}

impl Image {
    /// The picture in `height` x `width` pixels: every pixel of the result is the mean of those below it, weighted by a
    /// triangle, so that a smaller picture does not flicker; a larger one is interpolated linearly.
    ///
    /// PyTorch: `interpolate(x, size, mode="bilinear", antialias=True)`. Taught in notebook 09.
    ///
    /// # Errors
    /// [`Error::Argument`] where a side is 0, or there would be more than 2^28 pixels.
    pub fn resize(&self, height: usize, width: usize) -> Result<Self> {
        check_size(height, width)?;
        let [channels, rows, columns] = self.shape();
        let across = Resampler::new(columns, width);
        let mut pixels = Vec::with_capacity(channels * height * width);
        for plane in self.pixels().chunks_exact(rows * columns) {
            let mut narrow = Vec::with_capacity(rows * width);
            for row in plane.chunks_exact(columns) {
                across.line(|x| row[x], &mut narrow);
            }
            vertically(&narrow, rows, width, height, &mut pixels);
        }
        Image::new(channels, height, width, pixels)
    }

    /// The picture in `height` x `width` pixels, in its own proportions as far as `fit` says.
    ///
    /// PyTorch: `Resize(size, antialias=True)` and `CenterCrop(size)` for [`Fit::Crop`] and a square.
    ///
    /// # Errors
    /// [`Error::Argument`] where a side is 0, or there would be more than 2^28 pixels.
    pub fn fit(&self, height: usize, width: usize, fit: Fit) -> Result<Self> {
        check_size(height, width)?;
        let [channels, rows, columns] = self.shape();
        let (h, w) = scaled([rows, columns], [height, width], fit);
        let scaled = self.resize(h, w)?;
        match fit {
            Fit::Stretch => Ok(scaled),
            Fit::Crop => scaled.crop(middle(h, height), middle(w, width), height, width),
            Fit::Pad => {
                let (top, left) = (middle(height, h), middle(width, w));
                let mut pixels = vec![0.0; channels * height * width];
                for (out, source) in pixels
                    .chunks_exact_mut(height * width)
                    .zip(scaled.pixels().chunks_exact(h * w))
                {
                    for (row, line) in source.chunks_exact(w).enumerate() {
                        out[(top + row) * width + left..][..w].copy_from_slice(line);
                    }
                }
                Image::new(channels, height, width, pixels)
            }
        }
    }

    /// The part of `height` x `width` pixels whose first pixel is `(top, left)`.
    ///
    /// # Errors
    /// [`Error::Argument`] where it does not lie inside the picture, or a side is 0.
    pub fn crop(&self, top: usize, left: usize, height: usize, width: usize) -> Result<Self> {
        check_size(height, width)?;
        let [channels, rows, columns] = self.shape();
        let inside = |from: usize, size: usize, all: usize| from.checked_add(size).is_some_and(|end| end <= all);
        if !inside(top, height, rows) || !inside(left, width, columns) {
            return Err(Error::Argument {
                what: "part of a picture".into(),
                expected: format!("one inside {rows} x {columns} pixels"),
                got: format!("{height} x {width} pixels from row {top} and column {left} on"),
            });
        }
        let planes = self.pixels().chunks_exact(rows * columns);
        let pixels = planes
            .flat_map(|plane| {
                let lines = plane.chunks_exact(columns).skip(top).take(height);
                lines.flat_map(|line| &line[left..left + width])
            })
            .copied()
            .collect();
        Image::new(channels, height, width, pixels)
    }

    /// The picture in grey, one channel: `0.299 red + 0.587 green + 0.114 blue` (ITU-R BT.601), as bright as the eye
    /// finds it. PyTorch: `Grayscale()`.
    #[must_use]
    pub fn grey(&self) -> Self {
        let [channels, height, width] = self.shape();
        if channels == 1 {
            return self.clone();
        }
        let pixels = self.pixels();
        let plane = height * width;
        let grey = |i: usize| 0.299 * pixels[i] + 0.587 * pixels[plane + i] + 0.114 * pixels[2 * plane + i];
        Self::trusted(1, height, width, (0..plane).map(grey).collect())
    }
}

/// The size to scale to before anything is cut off or added: PyTorch's rounding, at least one pixel.
pub(super) fn scaled([rows, columns]: [usize; 2], [height, width]: [usize; 2], fit: Fit) -> (usize, usize) {
    // Compares height / rows with width / columns, in whole numbers.
    let tall = (height as u128) * (columns as u128) >= (width as u128) * (rows as u128);
    let by_height = match fit {
        Fit::Stretch => return (height, width),
        Fit::Crop => tall,
        Fit::Pad => !tall,
    };
    let side = |other: usize, by: usize, of: usize| ((other as u128 * by as u128 / of as u128) as usize).max(1);
    if by_height {
        (height, side(columns, height, rows))
    } else {
        (side(rows, width, columns), width)
    }
}

/// Where the middle `part` of `all` pixels begins; halves are rounded to even numbers, as PyTorch does.
fn middle(all: usize, part: usize) -> usize {
    let half = all.saturating_sub(part) as f64 / 2.0;
    half.round_ties_even() as usize
}

/// Pixels of the largest picture that is made: a gigabyte for each channel.
const MOST: usize = 1 << 28;

pub(in crate::data) fn check_size(height: usize, width: usize) -> Result<()> {
    if height > 0 && width > 0 && height.checked_mul(width).is_some_and(|pixels| pixels <= MOST) {
        return Ok(());
    }
    let small = height == 0 || width == 0;
    Err(Error::Argument {
        what: "size of a picture".into(),
        expected: if small {
            "at least 1 x 1 pixels".into()
        } else {
            format!("at most {MOST} pixels in all")
        },
        got: format!("{height} x {width}"),
    })
}

/// Lines of `from` pixels made into lines of `to`.
pub(super) struct Resampler {
    /// For each pixel of the result: the first pixel below it, and the weights from there on.
    windows: Vec<(usize, Vec<f32>)>,
}

impl Resampler {
    pub fn new(from: usize, to: usize) -> Self {
        let scale = from as f64 / to as f64;
        let support = scale.max(1.0);
        let window = |i: usize| {
            let center = scale * (i as f64 + 0.5);
            let first = (center - support + 0.5).max(0.0) as usize;
            let end = ((center + support + 0.5) as usize).min(from);
            let weight = |j: usize| (1.0 - ((j as f64 + 0.5 - center) / support).abs()).max(0.0);
            let sum: f64 = (first..end).map(weight).sum();
            (first, (first..end).map(|j| (weight(j) / sum) as f32).collect())
        };
        Self {
            windows: (0..to).map(window).collect(),
        }
    }

    /// Appends the line that is made of the pixels `source(0)`, `source(1)`, …
    pub fn line(&self, source: impl Fn(usize) -> f32, out: &mut Vec<f32>) {
        out.extend(self.windows.iter().map(|(first, weights)| {
            let sum: f32 = weights.iter().enumerate().map(|(j, w)| w * source(first + j)).sum();
            // The weights sum to 1 but for rounding.
            sum.clamp(0.0, 1.0)
        }));
    }
}

/// Appends a plane of `rows` lines of `width` pixels, resampled to `height` lines.
pub(super) fn vertically(plane: &[f32], rows: usize, width: usize, height: usize, out: &mut Vec<f32>) {
    let mut line = vec![0.0; width];
    for (first, weights) in Resampler::new(rows, height).windows {
        line.fill(0.0);
        for (j, weight) in weights.iter().enumerate() {
            let source = &plane[(first + j) * width..][..width];
            line.iter_mut()
                .zip(source)
                .for_each(|(sum, pixel)| *sum += weight * pixel);
        }
        out.extend(line.iter().map(|sum| sum.clamp(0.0, 1.0)));
    }
}
