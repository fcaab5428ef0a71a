//! Linear equations, as small as the number of patches of a picture.

use crate::{Error, Result};

/// Solves `A x = b` for a symmetric, positive `A` of `n` rows, in place (Cholesky).
///
/// # Errors
/// [`Error::Argument`] where the equations do not determine `x`.
pub(super) fn solve(mut a: Vec<f64>, mut b: Vec<f64>) -> Result<Vec<f64>> {
    let n = b.len();
    let most = (0..n).map(|i| a[i * n + i]).fold(0.0, f64::max);
    for j in 0..n {
        for k in 0..j {
            for i in j..n {
                a[i * n + j] -= a[i * n + k] * a[j * n + k];
            }
        }
        let pivot = a[j * n + j];
        if !pivot.is_finite() || pivot <= 1e-12 * most {
            return Err(Error::Argument {
                what: "samples".into(),
                expected: "so many that they tell the parts of the picture apart".into(),
                got: format!("samples that leave part {j} undetermined"),
            });
        }
        let root = pivot.sqrt();
        (j..n).for_each(|i| a[i * n + j] /= root);
    }
    for i in 0..n {
        for k in 0..i {
            b[i] -= a[i * n + k] * b[k];
        }
        b[i] /= a[i * n + i];
    }
    for i in (0..n).rev() {
        for k in i + 1..n {
            b[i] -= a[k * n + i] * b[k];
        }
        b[i] /= a[i * n + i];
    }
    Ok(b)
}

/// Least squares: the `x` with the smallest `sum of weight * (row . x - y)^2 + ridge * |x|^2`.
pub(super) fn least_squares(rows: &[Vec<f64>], y: &[f64], weights: &[f64], ridge: f64) -> Result<Vec<f64>> {
    let n = rows.first().map_or(0, Vec::len);
    let (mut a, mut b) = (vec![0.0; n * n], vec![0.0; n]);
    for ((row, y), weight) in rows.iter().zip(y).zip(weights) {
        for i in (0..n).filter(|i| row[*i] != 0.0) {
            b[i] += weight * row[i] * y;
            for j in 0..n {
                a[i * n + j] += weight * row[i] * row[j];
            }
        }
    }
    (0..n).for_each(|i| a[i * n + i] += ridge);
    solve(a, b)
}
