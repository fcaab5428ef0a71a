//! Whether two pictures look alike.

use crate::{Error, Result};

/// Side of the square that a window of pixels fills.
const WINDOW: usize = 7;

/// Structural similarity of pictures, the mean over pictures and windows: 1 where both are the same, about 0 where they have
/// nothing in common, down to -1.
///
/// In windows of 7 × 7 pixels it compares brightness, contrast and the course of the brightness, which the mean squared error
/// does not: a picture that is a little darker everywhere and one that was smeared may have the same squared error.
/// `a` and `b` hold grey pictures of `[height, width]` pixels, one behind the other; `range` is the difference between black and
/// white, 1 for most of this course.
///
/// Wang, Bovik, Sheikh & Simoncelli 2004, *Image quality assessment: from error visibility to structural similarity*, IEEE
/// TIP 13. scikit-image: `structural_similarity(a, b, data_range=range)`, in its own settings. Taught in notebook 17.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let picture: Vec<f32> = (0..64).map(|i| (i % 8) as f32 / 7.0).collect();
/// let mirrored: Vec<f32> = picture.iter().map(|x| 1.0 - x).collect();
/// assert_eq!(metrics::ssim(&picture, &picture, [8, 8], 1.0)?, 1.0);
/// assert!(metrics::ssim(&picture, &mirrored, [8, 8], 1.0)? < 0.0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Argument`] for pictures of less than 7 × 7 pixels, for none at all, for slices that differ in length or are no whole
/// number of pictures, and for a range that is not above 0.
pub fn ssim(a: &[f32], b: &[f32], [height, width]: [usize; 2], range: f64) -> Result<f64> {
    let expected = |what: &str, expected: &str, got: String| Error::Argument {
        what: what.into(),
        expected: expected.into(),
        got,
    };
    if height.min(width) < WINDOW {
        let got = format!("{height} × {width}");
        return Err(expected(
            "pictures of a structural similarity",
            "at least 7 × 7 pixels",
            got,
        ));
    }
    let size = height * width;
    if a.is_empty() || a.len() != b.len() || !a.len().is_multiple_of(size) {
        let got = format!("{} and {} numbers", a.len(), b.len());
        let whole = format!("as many pictures of {size} pixels on either side, at least one");
        return Err(expected("pictures of a structural similarity", &whole, got));
    }
    if !(range > 0.0 && range.is_finite()) {
        return Err(expected("range of the pixels", "a number above 0", range.to_string()));
    }
    let pictures = a.chunks(size).zip(b.chunks(size));
    let sum: f64 = pictures.map(|(a, b)| of_picture(a, b, [height, width], range)).sum();
    Ok(sum / (a.len() / size) as f64)
}

fn of_picture(a: &[f32], b: &[f32], [height, width]: [usize; 2], range: f64) -> f64 {
    let (rows, columns) = (height - WINDOW + 1, width - WINDOW + 1);
    let corners = (0..rows).flat_map(|i| (0..columns).map(move |j| i * width + j));
    corners.map(|corner| of_window(a, b, corner, width, range)).sum::<f64>() / (rows * columns) as f64
}

fn of_window(a: &[f32], b: &[f32], corner: usize, width: usize, range: f64) -> f64 {
    let places = || (0..WINDOW).flat_map(|i| (0..WINDOW).map(move |j| corner + i * width + j));
    let pairs = || places().map(|place| (f64::from(a[place]), f64::from(b[place])));
    let n = (WINDOW * WINDOW) as f64;
    let (sum_a, sum_b) = pairs().fold((0.0, 0.0), |(x, y), (a, b)| (x + a, y + b));
    let (mean_a, mean_b) = (sum_a / n, sum_b / n);
    let [mut var_a, mut var_b, mut both] = [0.0; 3];
    for (a, b) in pairs() {
        let (a, b) = (a - mean_a, b - mean_b);
        var_a += a * a / (n - 1.0);
        var_b += b * b / (n - 1.0);
        both += a * b / (n - 1.0);
    }
    let [c1, c2] = [0.01, 0.03].map(|k: f64| (k * range).powi(2));
    let brightness = (2.0 * mean_a * mean_b + c1) / (mean_a * mean_a + mean_b * mean_b + c1);
    brightness * (2.0 * both + c2) / (var_a + var_b + c2)
}
