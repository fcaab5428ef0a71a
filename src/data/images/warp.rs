//! Moving the pixels of a picture: an affine map, sampled between the pixels.

use super::image::Image;
use crate::{Error, Result};

/// What stands where a picture was moved away from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fill {
    /// Zeros. PyTorch: `padding_mode="zeros"`.
    #[default]
    Black,
    /// The nearest pixel of the edge. PyTorch: `padding_mode="border"`.
    Edge,
    /// The picture, mirrored at its edges. PyTorch: `padding_mode="reflection"`.
    Reflect,
}

/// An affine map from a pixel of the result to a place in the source, both counted from the middle of the picture:
/// `(x, y)` comes from `(a x + b y + c, d x + e y + f)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Map(pub [f64; 6]);

impl Map {
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);

    /// First this map, then `next`: the place in a source that was itself made by `next` from another one.
    pub fn then(self, next: Self) -> Self {
        let ([a, b, c, d, e, f], [p, q, r, s, t, u]) = (self.0, next.0);
        Self([
            p * a + q * d,
            p * b + q * e,
            p * c + q * f + r,
            s * a + t * d,
            s * b + t * e,
            s * c + t * f + u,
        ])
    }
}

impl Image {
    /// The picture under an affine map: what stands at `(x, y)` of the result is taken from `(a x + b y + c, d x + e y + f)`
    /// of this picture, for `theta = [a, b, c, d, e, f]`. Coordinates run from -1 (left, top edge) to 1 (right, bottom
    /// edge); between pixels the value is interpolated linearly.
    ///
    /// PyTorch: `grid_sample(x, affine_grid(theta, …, align_corners=False), padding_mode=…, align_corners=False)`.
    /// Taught in notebook 12.
    ///
    /// # Errors
    /// [`Error::Argument`] where a number of `theta` is not finite.
    pub fn warp(&self, theta: [f32; 6], fill: Fill) -> Result<Self> {
        if let Some(number) = theta.iter().find(|n| !n.is_finite()) {
            return Err(Error::Argument {
                what: "theta of a warp".into(),
                expected: "six finite numbers".into(),
                got: number.to_string(),
            });
        }
        let [channels, height, width] = self.shape();
        let (w, h) = (width as f64, height as f64);
        let [a, b, c, d, e, f] = theta.map(f64::from);
        let map = Map([a, b * w / h, c * w / 2.0, d * h / w, e, f * h / 2.0]);
        let pixels = warp(self.pixels(), [channels, height, width], map, fill);
        // Rounding may leave the range by a hair.
        Image::new(
            channels,
            height,
            width,
            pixels.into_iter().map(|p| p.clamp(0.0, 1.0)).collect(),
        )
    }
}

/// The values `(C, H, W)` of a picture under `map`.
pub(super) fn warp(values: &[f32], [channels, height, width]: [usize; 3], map: Map, fill: Fill) -> Vec<f32> {
    let plane = height * width;
    let mut out = vec![0.0; channels * plane];
    let (middle_x, middle_y) = ((width as f64 - 1.0) / 2.0, (height as f64 - 1.0) / 2.0);
    let [a, b, c, d, e, f] = map.0;
    for row in 0..height {
        let y = row as f64 - middle_y;
        for column in 0..width {
            let x = column as f64 - middle_x;
            let across = along(a * x + b * y + c + middle_x, width, fill);
            let down = along(d * x + e * y + f + middle_y, height, fill);
            for (channel, source) in values.chunks_exact(plane).enumerate() {
                let mut sum = 0.0;
                for (r, weight_y) in down {
                    for (s, weight_x) in across {
                        // A weight of zero may stand for a place that does not exist.
                        let weight = weight_x * weight_y;
                        if weight != 0.0 {
                            sum += weight * source[r * width + s];
                        }
                    }
                }
                out[channel * plane + row * width + column] = sum;
            }
        }
    }
    out
}

/// The two pixels of a line between which `place` lies, each with its share.
fn along(place: f64, size: usize, fill: Fill) -> [(usize, f32); 2] {
    let last = size as f64 - 1.0;
    let place = match fill {
        Fill::Black => place,
        Fill::Edge => place.clamp(0.0, last),
        Fill::Reflect => reflect(place, size as f64).clamp(0.0, last),
    };
    let floor = place.floor();
    let share = (place - floor) as f32;
    let pixel = |at: f64, share: f32| {
        if (0.0..=last).contains(&at) {
            (at as usize, share)
        } else {
            (0, 0.0)
        }
    };
    [pixel(floor, 1.0 - share), pixel(floor + 1.0, share)]
}

/// `place`, mirrored at the edges -0.5 and `size - 0.5` until it lies between them.
fn reflect(place: f64, size: f64) -> f64 {
    let from_edge = (place + 0.5).rem_euclid(2.0 * size);
    let inside = if from_edge > size {
        2.0 * size - from_edge
    } else {
        from_edge
    };
    inside - 0.5
}
