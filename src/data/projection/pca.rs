//! Principal components.

use crate::eigen::eigen;
use crate::{Error, Result};

/// The directions along which samples of many numbers differ most: to draw them in two dimensions, or to see how many they
/// really have.
///
/// ```
/// use gradus::data::Pca;
/// // Three points on a slanted line: one direction says all of it.
/// let pca = Pca::fit(&[0.0, 0.0, 1.0, 2.0, 2.0, 4.0], 2, 2)?;
/// assert!((pca.explained()[0] - 1.0).abs() < 1e-6);
/// # Ok::<(), gradus::Error>(())
/// ```
///
/// scikit-learn: `PCA`. Pearson, *On lines and planes of closest fit to systems of points in space*, 1901. Taught in notebook 15.
#[derive(Clone, Debug, PartialEq)]
pub struct Pca {
    mean: Vec<f64>,
    components: Vec<Vec<f64>>,
    variances: Vec<f64>,
    explained: Vec<f64>,
}

impl Pca {
    /// Finds the first `count` directions of samples of `dim` numbers each: `values` is `(N, dim)`, row after row. The number
    /// of a direction that is largest without its sign is positive, so that the same data give the same picture.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are less than two samples, if they are not of `dim` numbers, or if `count` is 0 or above
    /// the smaller of the number of samples and `dim`; [`Error::NotFinite`] for a number that is NaN or infinite.
    pub fn fit(values: &[f32], dim: usize, count: usize) -> Result<Self> {
        let n = samples(values, dim)?;
        if n < 2 || count == 0 || count > n.min(dim) {
            return Err(Error::Argument {
                what: "principal components".into(),
                expected: format!("at least 2 samples, and 1 to {} components", n.min(dim)),
                got: format!("{n} samples, {count} components"),
            });
        }
        let mean: Vec<f64> = (0..dim)
            .map(|j| values.iter().skip(j).step_by(dim).map(|x| f64::from(*x)).sum::<f64>() / n as f64)
            .collect();
        let centred: Vec<f64> = values
            .iter()
            .enumerate()
            .map(|(i, x)| f64::from(*x) - mean[i % dim])
            .collect();
        let total = centred.iter().map(|x| x * x).sum::<f64>() / (n - 1) as f64;
        // The smaller of two matrices says the same: numbers with numbers, or samples with samples.
        let (variances, mut components) = if dim <= n {
            let columns: Vec<Vec<f64>> = (0..dim)
                .map(|j| centred.iter().skip(j).step_by(dim).copied().collect())
                .collect();
            eigen(products(&columns, n - 1), dim)
        } else {
            let rows: Vec<Vec<f64>> = centred.chunks(dim).map(<[f64]>::to_vec).collect();
            let (variances, mixes) = eigen(products(&rows, n - 1), n);
            let mixed = |mix: &Vec<f64>| {
                let direction: Vec<f64> = (0..dim).map(|j| (0..n).map(|i| mix[i] * rows[i][j]).sum()).collect();
                let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
                direction
                    .iter()
                    .map(|x| if length > 0.0 { x / length } else { 0.0 })
                    .collect()
            };
            (variances, mixes[..count].iter().map(mixed).collect())
        };
        components.truncate(count);
        for component in &mut components {
            let largest = component
                .iter()
                .copied()
                .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
            if largest < 0.0 {
                component.iter_mut().for_each(|x| *x = -*x);
            }
        }
        let variances: Vec<f64> = variances[..count].iter().map(|v| v.max(0.0)).collect();
        let explained = variances
            .iter()
            .map(|v| if total > 0.0 { v / total } else { 0.0 })
            .collect();
        Ok(Self {
            mean,
            components,
            variances,
            explained,
        })
    }

    /// Samples along the directions, `(N, count)`, row after row.
    ///
    /// # Errors
    /// [`Error::Argument`] for samples of another length than those it was fitted on.
    pub fn transform(&self, values: &[f32]) -> Result<Vec<f32>> {
        let dim = self.mean.len();
        samples(values, dim)?;
        let place = |row: &[f32], component: &Vec<f64>| {
            let parts = row.iter().zip(&self.mean).zip(component);
            parts.map(|((x, mean), c)| (f64::from(*x) - mean) * c).sum::<f64>() as f32
        };
        let rows = values.chunks(dim);
        Ok(rows
            .flat_map(|row| self.components.iter().map(move |component| place(row, component)))
            .collect())
    }

    /// Samples of `dim` numbers from what [`transform`](Self::transform) made of them: the mean plus each direction as often as the
    /// code says, `(N, dim)`, row after row. What no direction holds stays lost.
    ///
    /// scikit-learn: `inverse_transform`. Taught in notebook 17.
    ///
    /// # Errors
    /// [`Error::Argument`] for codes that do not have one number for each direction.
    pub fn rebuild(&self, codes: &[f32]) -> Result<Vec<f32>> {
        let count = self.components.len();
        samples(codes, count)?;
        let number = |code: &[f32], j: usize| {
            let parts = code.iter().zip(&self.components);
            (self.mean[j] + parts.map(|(x, c)| f64::from(*x) * c[j]).sum::<f64>()) as f32
        };
        let rows = codes.chunks(count);
        Ok(rows
            .flat_map(|code| (0..self.mean.len()).map(move |j| number(code, j)))
            .collect())
    }

    /// The first two numbers of each sample along the directions: points to draw.
    ///
    /// # Errors
    /// As [`transform`](Self::transform), and [`Error::Argument`] where there are less than two directions.
    pub fn points(&self, values: &[f32]) -> Result<Vec<[f32; 2]>> {
        let count = self.components.len();
        if count < 2 {
            return Err(Error::Argument {
                what: "points in two dimensions".into(),
                expected: "at least 2 principal components".into(),
                got: count.to_string(),
            });
        }
        Ok(self
            .transform(values)?
            .chunks(count)
            .map(|row| [row[0], row[1]])
            .collect())
    }

    /// The directions, each of length 1 (scikit-learn's `components_`).
    pub fn components(&self) -> &[Vec<f64>] {
        &self.components
    }

    /// The variance along each direction, divided by the number of samples minus 1 (`explained_variance_`).
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// The share of the whole variance along each direction (`explained_variance_ratio_`).
    pub fn explained(&self) -> &[f64] {
        &self.explained
    }
}

/// How many samples these are.
pub(super) fn samples(values: &[f32], dim: usize) -> Result<usize> {
    if dim == 0 || values.is_empty() || !values.len().is_multiple_of(dim) {
        return Err(Error::Argument {
            what: "samples".into(),
            expected: format!("a multiple of {dim} numbers, above 0"),
            got: format!("{} numbers", values.len()),
        });
    }
    match values.iter().position(|x| !x.is_finite()) {
        None => Ok(values.len() / dim),
        Some(at) => Err(Error::NotFinite {
            what: format!("number {} of sample {}", at % dim, at / dim),
            value: f64::from(values[at]),
            hint: "Leave the sample out.".into(),
        }),
    }
}

/// The product of every row with every row, divided by `by`.
fn products(rows: &[Vec<f64>], by: usize) -> Vec<f64> {
    let n = rows.len();
    let mut out = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum();
            (out[i * n + j], out[j * n + i]) = (sum / by as f64, sum / by as f64);
        }
    }
    out
}
