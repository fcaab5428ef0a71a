//! Weight constraints: what every step is followed by.

use crate::{Error, Result};

/// A limit on the weights that lead into a unit, kept after each step. Biases are left alone.
///
/// The weights of a unit are a row of a `Linear`'s weight `(O, I)`, or the filter of an output channel of a convolution,
/// `(O, I, K, K)`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Constraint {
    /// The norm is at most this. Srivastava et al. 2014, *Dropout*, section 5.1. PyTorch: `torch.renorm(w, 2, 0, c)`;
    /// Keras: `MaxNorm`. Taught in notebook 08.
    MaxNorm(f32),
    /// The norm is exactly 1. Keras: `UnitNorm`. Taught in notebook 08.
    UnitNorm,
}

impl Constraint {
    pub(in crate::train) fn check(self) -> Result<()> {
        match self {
            Self::MaxNorm(limit) if !(limit.is_finite() && limit > 0.0) => Err(Error::Argument {
                what: "MaxNorm".into(),
                expected: "a finite number above 0".into(),
                got: limit.to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// Brings the rows of a tensor whose first dimension is `units` within the limit.
    pub(in crate::train) fn apply(self, weights: &mut [f32], units: usize) {
        for row in weights.chunks_mut((weights.len() / units.max(1)).max(1)) {
            let norm = row.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>().sqrt() as f32;
            // The small number keeps a row of zeros from becoming NaN; PyTorch adds the same.
            let scale = match self {
                Self::MaxNorm(limit) if norm <= limit => continue,
                Self::MaxNorm(limit) => limit / (norm + 1e-7),
                Self::UnitNorm => 1.0 / (norm + 1e-7),
            };
            row.iter_mut().for_each(|w| *w *= scale);
        }
    }
}
