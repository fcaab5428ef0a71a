//! Which of many known samples is most like a new one.

use rayon::prelude::*;

use crate::{Error, Result};

/// For each sample its nearest neighbour among `others`: its place there, and the Euclidean distance. Is it memory?
///
/// `samples` is `(N, dim)` and `others` is `(M, dim)`, row after row; of equally near ones the first. A generator that has learned
/// its training pictures by heart stands nearer to them than new real pictures do: compare with the distances of a test set.
/// The distance of pixels sees no more than that: a picture moved by a pixel is far from itself. scikit-learn:
/// `NearestNeighbors(n_neighbors=1).fit(others).kneighbors(samples)`. Taught in notebook 18.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let others = [0.0, 0.0, 3.0, 4.0];
/// assert_eq!(metrics::nearest(&[3.0, 3.0, 0.0, 0.0], &others, 2)?, [(1, 1.0), (0, 0.0)]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Argument`] where a set holds no sample or no whole number of them; [`Error::NotFinite`] for a number that is NaN or infinite.
pub fn nearest(samples: &[f32], others: &[f32], dim: usize) -> Result<Vec<(usize, f32)>> {
    for (which, values) in [("the samples", samples), ("the others", others)] {
        if dim == 0 || values.is_empty() || !values.len().is_multiple_of(dim) {
            return Err(Error::Argument {
                what: format!("{which} of a search for neighbours"),
                expected: format!("at least one row of {dim} numbers, which are at least 1"),
                got: format!("{} numbers", values.len()),
            });
        }
        if let Some(i) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::NotFinite {
                what: format!("number {} of row {} of {which}", i % dim, i / dim),
                value: f64::from(values[i]),
                hint: "A row that holds such a number is near to nothing: look at where it comes from".into(),
            });
        }
    }
    Ok(samples.par_chunks(dim).map(|row| closest(row, others)).collect())
}

fn closest(row: &[f32], others: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::INFINITY);
    for (i, other) in others.chunks(row.len()).enumerate() {
        let square = squared(row, other);
        if square < best.1 {
            best = (i, square);
        }
    }
    (best.0, best.1.sqrt())
}

/// The squared distance. Eight sums side by side, so that a processor's wide registers are used.
fn squared(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = left.remainder().iter().zip(right.remainder());
    let rest: f32 = rest.map(|(a, b)| (a - b) * (a - b)).sum();
    for (a, b) in left.zip(right) {
        for k in 0..8 {
            sums[k] += (a[k] - b[k]) * (a[k] - b[k]);
        }
    }
    sums.iter().sum::<f32>() + rest
}
