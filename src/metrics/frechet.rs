//! How far two clouds of points lie apart.

use crate::eigen::eigen;
use crate::{Error, Result};

/// The Fréchet distance of two sets of feature vectors, each taken for a normal distribution: 0 where mean and covariance are the
/// same, and larger the more they differ.
///
/// `|m1 - m2|² + trace(S1 + S2 - 2 (S1 S2)^(1/2))`, with means `m` and covariances `S` (of `N - 1`). With the features of a
/// classifier it says how far generated pictures are from real ones, quality and variety in one number: with those of
/// Inception v3 on 50,000 pictures it is the literature's *FID*. It depends on the network and on the number of samples, and it is
/// too large for few: state both. Each set is `(N, dim)`, row after row.
///
/// Heusel et al. 2017, *GANs trained by a two time-scale update rule converge to a local Nash equilibrium*, arXiv:1706.08500;
/// Dowson & Landau 1982. torcheval: `FrechetInceptionDistance`. Taught in notebook 18.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let here = [0.0, 0.0, 2.0, 0.0, 0.0, 2.0, 2.0, 2.0];
/// let moved = here.map(|x| x + 3.0);
/// assert!(metrics::frechet_distance(&here, &here, 2)?.abs() < 1e-9);
/// assert!((metrics::frechet_distance(&here, &moved, 2)? - 18.0).abs() < 1e-9);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Argument`] where a set has less than two samples or no whole number of them; [`Error::NotFinite`] for a feature that
/// is NaN or infinite.
pub fn frechet_distance(a: &[f32], b: &[f32], dim: usize) -> Result<f64> {
    let (a, b) = (Cloud::of("first", a, dim)?, Cloud::of("second", b, dim)?);
    let apart: f64 = a.mean.iter().zip(&b.mean).map(|(a, b)| (a - b).powi(2)).sum();
    // The eigenvalues of S1 S2 are those of S1^(1/2) S2 S1^(1/2), which is symmetric.
    let root = root(&a.covariance, dim);
    let middle = product(&product(&root, &b.covariance, dim), &root, dim);
    let (values, _) = eigen(symmetric(&middle, dim), dim);
    let common: f64 = values.iter().map(|value| value.max(0.0).sqrt()).sum();
    // What rounding leaves below 0 is 0.
    Ok((apart + trace(&a.covariance, dim) + trace(&b.covariance, dim) - 2.0 * common).max(0.0))
}

struct Cloud {
    mean: Vec<f64>,
    covariance: Vec<f64>,
}

impl Cloud {
    fn of(which: &str, values: &[f32], dim: usize) -> Result<Self> {
        if dim == 0 || !values.len().is_multiple_of(dim) || values.len() / dim < 2 {
            return Err(Error::Argument {
                what: format!("{which} set of a Fréchet distance"),
                expected: format!("at least 2 samples of {dim} features, which are at least 1"),
                got: format!("{} numbers", values.len()),
            });
        }
        if let Some(i) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::NotFinite {
                what: format!("feature {} of sample {} in the {which} set", i % dim, i / dim),
                value: f64::from(values[i]),
                hint: "look at the network that made the features, and at the pictures it was given".into(),
            });
        }
        let n = (values.len() / dim) as f64;
        let mut mean = vec![0.0; dim];
        for row in values.chunks(dim) {
            mean.iter_mut()
                .zip(row)
                .for_each(|(mean, x)| *mean += f64::from(*x) / n);
        }
        let mut covariance = vec![0.0; dim * dim];
        for row in values.chunks(dim) {
            let row: Vec<f64> = row.iter().zip(&mean).map(|(x, mean)| f64::from(*x) - mean).collect();
            for (sums, x) in covariance.chunks_mut(dim).zip(&row) {
                sums.iter_mut().zip(&row).for_each(|(sum, y)| *sum += x * y / (n - 1.0));
            }
        }
        Ok(Self { mean, covariance })
    }
}

fn trace(a: &[f64], n: usize) -> f64 {
    a.iter().step_by(n + 1).sum()
}

fn product(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    let mut c = vec![0.0; n * n];
    for (row, sums) in a.chunks(n).zip(c.chunks_mut(n)) {
        for (x, b) in row.iter().zip(b.chunks(n)) {
            sums.iter_mut().zip(b).for_each(|(sum, y)| *sum += x * y);
        }
    }
    c
}

/// The mean of a matrix and its mirror image: rounding does not keep them the same.
fn symmetric(a: &[f64], n: usize) -> Vec<f64> {
    (0..n * n).map(|at| 0.5 * (a[at] + a[at % n * n + at / n])).collect()
}

/// The square root of a covariance matrix.
fn root(a: &[f64], n: usize) -> Vec<f64> {
    let (values, vectors) = eigen(a.to_vec(), n);
    let mut root = vec![0.0; n * n];
    for (value, vector) in values.iter().zip(&vectors) {
        let length = value.max(0.0).sqrt();
        for (sums, x) in root.chunks_mut(n).zip(vector) {
            sums.iter_mut().zip(vector).for_each(|(sum, y)| *sum += length * x * y);
        }
    }
    root
}
