//! Counting numbers in bins.

use crate::plot::draw::number::Number;
use crate::{Error, Result};

/// More bins than a figure has pixels show nothing.
const MOST: usize = 2000;

/// How many of some numbers lie in each of a row of equally wide bins.
///
/// A bin holds its lower end and not its upper one; the last holds both. NumPy: `numpy.histogram`.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    edges: Vec<f64>,
    counts: Vec<usize>,
}

impl Bins {
    /// Counts `values` in bins chosen as NumPy's `bins="auto"` does: the narrower of Sturges' width and Freedman and
    /// Diaconis', the latter with a limit. NaN and infinite values are left out.
    ///
    /// Freedman and Diaconis 1981, *On the histogram as a density estimator*.
    ///
    /// # Errors
    /// [`Error::Argument`] if no value is finite.
    pub fn auto<N: Number>(values: &[N]) -> Result<Self> {
        let values = finite(values);
        let (lo, hi) = ends(&values)?;
        Self::count(&values, auto_bins(&values), lo, hi)
    }

    /// Counts `values` in so many bins between `from` and `to`; what lies outside is left out.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are no bins or more than 2000, or if `from` is not below `to`.
    pub fn between<N: Number>(values: &[N], bins: usize, from: f64, to: f64) -> Result<Self> {
        Self::count(&finite(values), bins, from, to)
    }

    /// The ends of the bins, one more than there are bins.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// The number of values in each bin.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// The share of the counted values in each bin, divided by its width: the areas sum to 1.
    pub fn densities(&self) -> Vec<f64> {
        let total = self.counts.iter().sum::<usize>().max(1) as f64;
        let widths = self.edges.windows(2).map(|ends| ends[1] - ends[0]);
        self.counts
            .iter()
            .zip(widths)
            .map(|(&n, w)| n as f64 / total / w)
            .collect()
    }

    fn count(values: &[f64], bins: usize, lo: f64, hi: f64) -> Result<Self> {
        if !(1..=MOST).contains(&bins) {
            return Err(wrong("number of bins", &format!("1 to {MOST}"), bins.to_string()));
        }
        if !(lo < hi && (hi - lo).is_finite()) {
            let got = format!("{lo} and {hi}");
            return Err(wrong("range of bins", "two numbers, the smaller first", got));
        }
        let edge = |i: usize| {
            if i == bins {
                hi
            } else {
                lo + (hi - lo) * i as f64 / bins as f64
            }
        };
        let edges: Vec<f64> = (0..=bins).map(edge).collect();
        let mut counts = vec![0; bins];
        for &value in values.iter().filter(|v| (lo..=hi).contains(*v)) {
            let mut bin = (((value - lo) / (hi - lo) * bins as f64) as usize).min(bins - 1);
            // The division may have rounded a value over an edge.
            if value < edges[bin] {
                bin -= 1;
            } else if bin + 1 < bins && value >= edges[bin + 1] {
                bin += 1;
            }
            counts[bin] += 1;
        }
        Ok(Self { edges, counts })
    }
}

pub(crate) fn finite<N: Number>(values: &[N]) -> Vec<f64> {
    let numbers = values.iter().map(|v| v.to_f64());
    numbers.filter(|v| v.abs() < 1e150).collect()
}

/// The smallest and the largest value, with room between them where all are the same.
pub(crate) fn ends(values: &[f64]) -> Result<(f64, f64)> {
    let (lo, hi) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    if lo > hi {
        return Err(wrong("values to count", "at least one finite number", "none".into()));
    }
    // Beside a large number a half is lost in rounding.
    let room = if hi > lo { 0.0 } else { (lo.abs() * 1e-3).max(0.5) };
    Ok((lo - room, hi + room))
}

/// NumPy's `auto`.
pub(crate) fn auto_bins(values: &[f64]) -> usize {
    let n = values.len() as f64;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return 1;
    };
    let long = last - first;
    if long == 0.0 {
        return 1;
    }
    let sturges = long / (n.log2() + 1.0);
    let spread = quantile(&sorted, 0.75) - quantile(&sorted, 0.25);
    // Freedman and Diaconis', but no more than twice as many bins as the root of the number of values.
    let narrow = (2.0 * spread / n.cbrt()).max(long / n.sqrt() / 2.0);
    let width = narrow.min(sturges);
    ((long / width).ceil() as usize).clamp(1, MOST)
}

/// The value below which the share `q` of the sorted values lies, on a straight line between neighbours.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = q * (sorted.len() - 1) as f64;
    let low = at.floor() as usize;
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (at - low as f64) * (sorted[high] - sorted[low])
}

fn wrong(what: &str, expected: &str, got: String) -> Error {
    Error::Argument {
        what: what.into(),
        expected: expected.into(),
        got,
    }
}
