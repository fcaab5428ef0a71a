//! What stands for "nothing is there".

use super::sample::Sample;

/// What a pixel is replaced by when a method asks how the score would be without it.
///
/// For a row of features, all but [`Mean`](Self::Mean) and [`Blur`](Self::Blur) are meant for pictures; a row takes 0 in all
/// cases, which is the mean of standardized features.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Baseline {
    /// Black.
    Black,
    /// The middle between black and white.
    Grey,
    /// White.
    White,
    /// The mean colour of the picture.
    #[default]
    Mean,
    /// The picture out of focus: a mean over a square of a quarter of the shorter side, twice.
    Blur,
}

impl Baseline {
    /// The baseline for a sample, as the network sees it.
    pub(super) fn values(self, sample: &Sample) -> Vec<f32> {
        let [channels, height, width] = sample.shape()[..] else {
            return vec![0.0; sample.values().len()];
        };
        let mut shown = sample.shown();
        match self {
            Self::Black => shown.fill(0.0),
            Self::Grey => shown.fill(0.5),
            Self::White => shown.fill(1.0),
            Self::Mean => shown.chunks_mut(height * width).take(channels).for_each(|plane| {
                let mean = plane.iter().map(|&v| f64::from(v)).sum::<f64>() / plane.len() as f64;
                plane.fill(mean as f32);
            }),
            Self::Blur => {
                let reach = height.min(width).div_ceil(8);
                for plane in shown.chunks_mut(height * width) {
                    for _ in 0..2 {
                        blur(plane, height, width, reach);
                    }
                }
            }
        }
        sample.seen(shown)
    }
}

/// Each pixel becomes the mean of those at most `reach` away in both directions; over the edge, the edge goes on.
fn blur(plane: &mut [f32], height: usize, width: usize, reach: usize) {
    let mut line = Vec::new();
    for row in plane.chunks_mut(width) {
        line.clear();
        line.extend_from_slice(row);
        slide(&line, reach, &mut |x, mean| row[x] = mean);
    }
    for x in 0..width {
        line.clear();
        line.extend((0..height).map(|y| plane[y * width + x]));
        slide(&line, reach, &mut |y, mean| plane[y * width + x] = mean);
    }
}

fn slide(line: &[f32], reach: usize, write: &mut dyn FnMut(usize, f32)) {
    let at = |i: isize| f64::from(line[i.clamp(0, line.len() as isize - 1) as usize]);
    let reach = reach as isize;
    let mut sum: f64 = (-reach..=reach).map(at).sum();
    for i in 0..line.len() as isize {
        write(i as usize, (sum / (2 * reach + 1) as f64) as f32);
        sum += at(i + reach + 1) - at(i - reach);
    }
}
