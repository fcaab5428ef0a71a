//! Neighbourhoods in two dimensions.

use rayon::prelude::*;

use super::pca::{Pca, samples};
use crate::{Error, Result};

/// Steps in which the attraction is exaggerated, so that neighbours find each other; then the others.
const EARLY: usize = 250;
const STEPS: usize = 1000;
const EXAGGERATION: f64 = 12.0;
/// Nothing is less likely than this.
const LEAST: f64 = f64::EPSILON;

/// Samples of many numbers laid out on a plane, so that those which are neighbours stay neighbours (t-SNE).
///
/// Distances between groups and the sizes of groups mean nothing in such a picture, and another perplexity gives another one:
/// look at several (Wattenberg, Viégas & Johnson 2016, *How to use t-SNE effectively*, Distill). The exact method, for some
/// thousands of samples; it starts from the principal components, so the same samples give the same picture.
///
/// ```
/// use gradus::data::Tsne;
/// // Two groups of five in three dimensions.
/// let values: Vec<f32> = (0..10).flat_map(|i| [i as f32 % 5.0, 0.0, if i < 5 { 0.0 } else { 100.0 }]).collect();
/// let tsne = Tsne::fit(&values, 3, 3.0)?;
/// let apart = |i: usize, j: usize| {
///     let ([a, b], [c, d]) = (tsne.points()[i], tsne.points()[j]);
///     (a - c).hypot(b - d)
/// };
/// assert!(apart(0, 1) < apart(0, 9) && apart(8, 9) < apart(0, 9));
/// # Ok::<(), gradus::Error>(())
/// ```
///
/// van der Maaten & Hinton 2008, *Visualizing data using t-SNE*, JMLR 9. scikit-learn: `TSNE(method='exact')`, with its
/// settings. Taught in notebook 15.
#[derive(Clone, Debug, PartialEq)]
pub struct Tsne {
    points: Vec<[f32; 2]>,
    divergence: f64,
}

impl Tsne {
    /// Lays out samples of `dim` numbers each: `values` is `(N, dim)`, row after row. `perplexity` is about the number of neighbours
    /// that each sample has; 5 to 50 are usual.
    ///
    /// # Errors
    /// [`Error::Argument`] for less than three samples, samples that are not of `dim` numbers, and a perplexity that is not at
    /// least 1 and below the number of samples; [`Error::NotFinite`] for a number that is NaN or infinite.
    pub fn fit(values: &[f32], dim: usize, perplexity: f64) -> Result<Self> {
        let likely = neighbours(values, dim, perplexity)?;
        let n = values.len() / dim;
        let mut points = start(values, dim, n)?;
        let (mut speed, mut gains) = (vec![[0.0; 2]; n], vec![[1.0f64; 2]; n]);
        let rate = (n as f64 / EXAGGERATION / 4.0).max(50.0);
        for step in 0..STEPS {
            let (exaggeration, momentum) = if step < EARLY { (EXAGGERATION, 0.5) } else { (1.0, 0.8) };
            if step == EARLY {
                (speed, gains) = (vec![[0.0; 2]; n], vec![[1.0; 2]; n]);
            }
            let slopes = slopes(&likely, &points, exaggeration);
            for (i, slope) in slopes.iter().enumerate() {
                for axis in 0..2 {
                    // Faster where the slope still points against the movement, that is, the movement goes on downhill.
                    let downhill = speed[i][axis] * slope[axis] < 0.0;
                    let gain = &mut gains[i][axis];
                    *gain = if downhill { *gain + 0.2 } else { (*gain * 0.8).max(0.01) };
                    speed[i][axis] = momentum * speed[i][axis] - rate * *gain * slope[axis];
                    points[i][axis] += speed[i][axis];
                }
            }
        }
        Ok(Self {
            divergence: divergence(&likely, &points),
            points: points.iter().map(|point| point.map(|x| x as f32)).collect(),
        })
    }

    /// The place of each sample.
    pub fn points(&self) -> &[[f32; 2]] {
        &self.points
    }

    /// What the layout has made small: the Kullback–Leibler divergence of the neighbourhoods on the plane from those of the
    /// samples, in natural units. 0 would be perfect.
    pub fn divergence(&self) -> f64 {
        self.divergence
    }

    /// [`Tsne::divergence`] of any other layout of the samples, such as one by [`Pca`].
    ///
    /// # Errors
    /// As [`Tsne::fit`]; [`Error::Argument`] where there is not one place for each sample.
    pub fn divergence_of(values: &[f32], dim: usize, perplexity: f64, points: &[[f32; 2]]) -> Result<f64> {
        let likely = neighbours(values, dim, perplexity)?;
        if points.len() != values.len() / dim {
            return Err(Error::Argument {
                what: "places of samples".into(),
                expected: format!("{}, one for each sample", values.len() / dim),
                got: points.len().to_string(),
            });
        }
        let points: Vec<_> = points.iter().map(|point| point.map(f64::from)).collect();
        Ok(divergence(&likely, &points))
    }
}

/// The first two principal components, with a standard deviation of 1e-4 along the first.
fn start(values: &[f32], dim: usize, n: usize) -> Result<Vec<[f64; 2]>> {
    let count = dim.min(2);
    let flat = Pca::fit(values, dim, count)?.transform(values)?;
    let spread = (flat.iter().step_by(count).map(|x| f64::from(*x).powi(2)).sum::<f64>() / n as f64).sqrt();
    let scale = if spread > 0.0 { 1e-4 / spread } else { 0.0 };
    // Samples of one number would stay on a line for ever: a shift that no picture shows.
    let beside = |i: usize| 1e-8 * (i as f64 / n as f64 - 0.5);
    let second = |i: usize| {
        if count < 2 {
            beside(i)
        } else {
            f64::from(flat[i * count + 1]) * scale
        }
    };
    Ok((0..n)
        .map(|i| [f64::from(flat[i * count]) * scale, second(i)])
        .collect())
}

/// How likely each pair of samples is to be one of neighbours: `(N, N)`, symmetric, with a sum of 1.
fn neighbours(values: &[f32], dim: usize, perplexity: f64) -> Result<Vec<f64>> {
    let n = samples(values, dim)?;
    if n < 3 || !(perplexity >= 1.0 && perplexity < n as f64) {
        return Err(Error::Argument {
            what: "t-SNE".into(),
            expected: "at least 3 samples, and a perplexity from 1 to less than their number".into(),
            got: format!("{n} samples and a perplexity of {perplexity}"),
        });
    }
    let distance = |i: usize, j: usize| -> f64 {
        let pairs = values[i * dim..][..dim].iter().zip(&values[j * dim..][..dim]);
        pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
    };
    let rows: Vec<Vec<f64>> = (0..n)
        .into_par_iter()
        .map(|i| of_sample(&(0..n).map(|j| distance(i, j)).collect::<Vec<_>>(), i, perplexity))
        .collect();
    let total = 2.0 * n as f64;
    let pair = |at: usize| ((rows[at / n][at % n] + rows[at % n][at / n]) / total).max(LEAST);
    Ok((0..n * n)
        .map(|at| if at / n == at % n { 0.0 } else { pair(at) })
        .collect())
}

/// Shares of the other samples as neighbours of one: a bell curve whose width gives the wished-for perplexity, found by halving.
fn of_sample(distances: &[f64], own: usize, perplexity: f64) -> Vec<f64> {
    let others = || distances.iter().enumerate().filter(move |(j, _)| *j != own);
    let nearest = others().fold(f64::INFINITY, |least, (_, d)| least.min(*d));
    let (mut sharpness, mut low, mut high) = (1.0, 0.0, f64::INFINITY);
    let mut shares = vec![0.0; distances.len()];
    for _ in 0..100 {
        let (mut sum, mut weighted) = (0.0, 0.0);
        for (j, d) in others() {
            // Measured from the nearest, whose share then never vanishes; the shares are the same.
            let share = (-sharpness * (d - nearest)).exp();
            shares[j] = share;
            sum += share;
            weighted += share * (d - nearest);
        }
        shares.iter_mut().for_each(|share| *share /= sum);
        let surplus = sum.ln() + sharpness * weighted / sum - perplexity.ln();
        if surplus.abs() < 1e-5 {
            break;
        }
        if surplus > 0.0 {
            low = sharpness;
            sharpness = if high.is_finite() {
                (low + high) / 2.0
            } else {
                2.0 * low
            };
        } else {
            high = sharpness;
            sharpness = (low + high) / 2.0;
        }
    }
    shares
}

/// `1 / (1 + |a - b|²)`: Student's t with one degree of freedom.
fn closeness(a: [f64; 2], b: [f64; 2]) -> f64 {
    1.0 / (1.0 + (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2))
}

/// The sum of the closeness of all pairs.
fn total(points: &[[f64; 2]]) -> f64 {
    let row = |i: usize| -> f64 {
        let others = points.iter().enumerate().filter(|(j, _)| *j != i);
        others.map(|(_, other)| closeness(points[i], *other)).sum()
    };
    let rows: Vec<f64> = (0..points.len()).into_par_iter().map(row).collect();
    rows.iter().sum()
}

/// The slope of the divergence at each point, where all that is likely counts `exaggeration` times.
fn slopes(likely: &[f64], points: &[[f64; 2]], exaggeration: f64) -> Vec<[f64; 2]> {
    let (n, total) = (points.len(), total(points));
    let slope = |i: usize| {
        let mut slope = [0.0; 2];
        for (other, p) in points.iter().zip(&likely[i * n..][..n]) {
            let close = closeness(points[i], *other);
            let pull = 4.0 * (exaggeration * p - (close / total).max(LEAST)) * close;
            slope[0] += pull * (points[i][0] - other[0]);
            slope[1] += pull * (points[i][1] - other[1]);
        }
        slope
    };
    (0..n).into_par_iter().map(slope).collect()
}

fn divergence(likely: &[f64], points: &[[f64; 2]]) -> f64 {
    let (n, total) = (points.len(), total(points));
    let pair = |(at, p): (usize, &f64)| {
        let (i, j) = (at / n, at % n);
        let q = (closeness(points[i], points[j]) / total).max(LEAST);
        if i == j { 0.0 } else { p * (p / q).ln() }
    };
    likely.iter().enumerate().map(pair).sum()
}
