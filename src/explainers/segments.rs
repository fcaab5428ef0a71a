//! Superpixels: patches of similar colour that lie together (SLIC).
//!
//! Written here because the one crate for it, `simple_clustering`, knows colour pictures only, leaves the conversion to Lab
//! to a large crate of colour spaces, and had its last release years ago.

use super::sample::Sample;
use crate::{Error, Result};

/// A division of a picture into connected patches. `plot()` draws it over the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Segments {
    labels: Vec<usize>,
    size: [usize; 2],
    count: usize,
}

/// How a picture is divided into superpixels.
///
/// Pixels are grouped as k-means does, by colour (CIE Lab) and place, each centre looking only at its neighbourhood; then
/// what is not connected, or is too small, goes to a neighbour. Achanta et al. 2012, *SLIC Superpixels Compared to
/// State-of-the-art Superpixel Methods*, IEEE PAMI 34(11). scikit-image: `segmentation.slic`. Taught in notebook 22.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slic {
    /// About how many patches.
    pub segments: usize,
    /// How much more place counts than colour: 1 follows every edge, 100 gives squares.
    pub compactness: f32,
    /// Rounds of the grouping.
    pub rounds: usize,
}

impl Default for Slic {
    /// About 40 patches, compactness 10, ten rounds.
    fn default() -> Self {
        Self {
            segments: 40,
            compactness: 10.0,
            rounds: 10,
        }
    }
}

impl Segments {
    /// `rows` times `columns` rectangles of about equal size.
    ///
    /// # Errors
    /// [`Error::Argument`] where there are no rectangles, or more than pixels.
    pub fn grid([height, width]: [usize; 2], rows: usize, columns: usize) -> Result<Self> {
        if rows == 0 || columns == 0 || rows > height || columns > width {
            return Err(Error::Argument {
                what: "rectangles of a picture".into(),
                expected: format!("1 to {height} rows, 1 to {width} columns"),
                got: format!("{rows} x {columns}"),
            });
        }
        let label = |i: usize| (i / width * rows / height) * columns + i % width * columns / width;
        Ok(Self {
            labels: (0..height * width).map(label).collect(),
            size: [height, width],
            count: rows * columns,
        })
    }

    /// The number of patches.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no patch, which does not happen.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The patch of each pixel, `(H, W)` row by row, from 0.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// Height and width of the picture.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// How many pixels each patch has.
    pub fn areas(&self) -> Vec<usize> {
        let mut areas = vec![0; self.count];
        self.labels.iter().for_each(|label| areas[*label] += 1);
        areas
    }

    /// # Errors
    /// [`Error::Shape`] where these are not patches of this picture.
    pub(super) fn check(&self, sample: &Sample) -> Result<()> {
        let [_, height, width] = sample.picture_shape("superpixels")?;
        if self.size == [height, width] {
            return Ok(());
        }
        Err(Error::Shape {
            layer: "superpixels".into(),
            expected: format!("those of a picture of {height} x {width} pixels"),
            got: format!("those of one of {} x {}", self.size[0], self.size[1]),
        })
    }

    /// Replaces the pixels of all patches that are not `shown`, in all channels.
    pub(super) fn hide(&self, shown: &[bool], baseline: &[f32], values: &mut [f32]) {
        let planes = values
            .chunks_mut(self.labels.len())
            .zip(baseline.chunks(self.labels.len()));
        for (values, baseline) in planes {
            for ((value, base), label) in values.iter_mut().zip(baseline).zip(&self.labels) {
                if !shown[*label] {
                    *value = *base;
                }
            }
        }
    }

    /// A number for each patch, spread over its pixels.
    pub(super) fn spread(&self, values: &[f32]) -> Vec<f32> {
        self.labels.iter().map(|label| values[*label]).collect()
    }
}

impl Slic {
    /// About so many patches.
    pub fn new(segments: usize) -> Self {
        Self {
            segments,
            ..Self::default()
        }
    }

    /// Divides a picture.
    ///
    /// # Errors
    /// [`Error::Shape`] for what is not a picture, [`Error::Argument`] for no patches, more than pixels, or a compactness
    /// that is not above 0.
    pub fn segment(&self, sample: &Sample) -> Result<Segments> {
        let [channels, height, width] = sample.picture_shape("SLIC")?;
        let fine = self.compactness.is_finite() && self.compactness > 0.0;
        if self.segments == 0 || self.segments > height * width || !fine {
            return Err(Error::Argument {
                what: "superpixels".into(),
                expected: format!("1 to {} of them, compactness above 0", height * width),
                got: format!("{} of them, compactness {}", self.segments, self.compactness),
            });
        }
        let pixels = features(
            &sample.shown(),
            [channels, height, width],
            self.compactness,
            self.segments,
        );
        let labels = group(&pixels, [height, width], self.segments, self.rounds);
        let least = height * width / self.segments / 4;
        let (labels, count) = connect(&labels, [height, width], least);
        Ok(Segments {
            labels,
            size: [height, width],
            count,
        })
    }
}

/// Colour and place of a pixel, in units in which their distance is one number.
type Point = [f32; 5];

/// Lab colour (for a grey picture, its lightness) and place, which is scaled so that it counts as `compactness` says.
fn features(shown: &[f32], [channels, height, width]: [usize; 3], compactness: f32, segments: usize) -> Vec<Point> {
    let plane = height * width;
    let scale = compactness / (plane as f32 / segments as f32).sqrt();
    let point = |i: usize| {
        let [l, a, b] = lab([0, 1, 2].map(|c| shown[(c % channels) * plane + i].clamp(0.0, 1.0)));
        [l, a, b, scale * (i / width) as f32, scale * (i % width) as f32]
    };
    (0..plane).map(point).collect()
}

/// sRGB in `0..=1` to CIE Lab under daylight (D65).
fn lab(rgb: [f32; 3]) -> [f32; 3] {
    let linear = |v: f32| {
        if v > 0.04045 {
            ((v + 0.055) / 1.055).powf(2.4)
        } else {
            v / 12.92
        }
    };
    let [r, g, b] = rgb.map(linear);
    let f = |t: f32| {
        if t > 0.008_856 {
            t.cbrt()
        } else {
            7.787 * t + 16.0 / 116.0
        }
    };
    let x = f((0.412_453 * r + 0.357_58 * g + 0.180_423 * b) / 0.950_47);
    let y = f(0.212_671 * r + 0.715_16 * g + 0.072_169 * b);
    let z = f((0.019_334 * r + 0.119_193 * g + 0.950_227 * b) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Groups the pixels around centres that begin on a grid and move to the mean of their group.
fn group(pixels: &[Point], [height, width]: [usize; 2], segments: usize, rounds: usize) -> Vec<usize> {
    let side = (pixels.len() as f32 / segments as f32).sqrt().max(1.0);
    let rows = ((height as f32 / side).round() as usize).clamp(1, height);
    let columns = segments.div_ceil(rows).clamp(1, width);
    let (tall, wide) = (height as f32 / rows as f32, width as f32 / columns as f32);
    let mut places: Vec<[f32; 2]> = (0..rows * columns)
        .map(|k| [(k / columns) as f32 + 0.5, (k % columns) as f32 + 0.5])
        .map(|[y, x]| [y * tall, x * wide])
        .collect();
    let at = |[y, x]: [f32; 2]| pixels[(y as usize).min(height - 1) * width + (x as usize).min(width - 1)];
    let mut centres: Vec<Point> = places.iter().map(|place| at(*place)).collect();
    let mut labels: Vec<usize> = (0..pixels.len())
        .map(|i| (i / width * rows / height) * columns + i % width * columns / width)
        .collect();
    for _ in 0..rounds.max(1) {
        let mut nearest = vec![f32::INFINITY; pixels.len()];
        for (k, (centre, place)) in centres.iter().zip(&places).enumerate() {
            let range = |middle: f32, reach: f32, end: usize| {
                ((middle - reach).max(0.0) as usize)..((middle + reach).ceil() as usize + 1).min(end)
            };
            for y in range(place[0], tall, height) {
                for x in range(place[1], wide, width) {
                    let i = y * width + x;
                    let distance: f32 = pixels[i].iter().zip(centre).map(|(p, c)| (p - c) * (p - c)).sum();
                    if distance < nearest[i] {
                        (nearest[i], labels[i]) = (distance, k);
                    }
                }
            }
        }
        let mut sums = vec![([0f64; 7], 0u32); centres.len()];
        for (i, label) in labels.iter().enumerate() {
            let (sum, count) = &mut sums[*label];
            sum.iter_mut().zip(pixels[i]).for_each(|(s, v)| *s += f64::from(v));
            sum[5] += (i / width) as f64;
            sum[6] += (i % width) as f64;
            *count += 1;
        }
        for (k, (sum, count)) in sums.iter().enumerate().filter(|(_, (_, count))| *count > 0) {
            let mean = sum.map(|s| (s / f64::from(*count)) as f32);
            centres[k].copy_from_slice(&mean[..5]);
            places[k] = [mean[5], mean[6]];
        }
    }
    labels
}

/// Numbers the connected pieces anew; one of fewer than `least` pixels joins the piece that was met before it.
fn connect(labels: &[usize], [height, width]: [usize; 2], least: usize) -> (Vec<usize>, usize) {
    const NEW: usize = usize::MAX;
    let mut new = vec![NEW; labels.len()];
    let mut count = 0;
    for start in 0..labels.len() {
        if new[start] != NEW {
            continue;
        }
        // A neighbour that has its number already: above or to the left.
        let before = neighbours(start, height, width)
            .find(|&n| new[n] != NEW)
            .map(|n| new[n]);
        let mut piece = vec![start];
        new[start] = count;
        let mut next = 0;
        while next < piece.len() {
            for n in neighbours(piece[next], height, width) {
                if new[n] == NEW && labels[n] == labels[start] {
                    new[n] = count;
                    piece.push(n);
                }
            }
            next += 1;
        }
        match before {
            Some(before) if piece.len() < least => piece.iter().for_each(|i| new[*i] = before),
            _ => count += 1,
        }
    }
    (new, count)
}

/// The pixels above, below, to the left and to the right.
fn neighbours(i: usize, height: usize, width: usize) -> impl Iterator<Item = usize> {
    let (y, x) = (i / width, i % width);
    let up = (y > 0).then(|| i - width);
    let left = (x > 0).then(|| i - 1);
    let right = (x + 1 < width).then_some(i + 1);
    let down = (y + 1 < height).then_some(i + width);
    [up, left, right, down].into_iter().flatten()
}
