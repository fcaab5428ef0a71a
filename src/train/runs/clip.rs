//! Gradient clipping: steps that are too long are made shorter.

use crate::{Error, Result};

/// What is done to the gradient before a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::train) struct Clip {
    /// The greatest length of the gradient of all tensors together.
    pub norm: Option<f32>,
    /// The greatest size of a single number.
    pub value: Option<f32>,
}

impl Clip {
    pub fn check(&self) -> Result<()> {
        for (what, limit) in [("clip_norm", self.norm), ("clip_value", self.value)] {
            if let Some(limit) = limit.filter(|l| !(l.is_finite() && *l > 0.0)) {
                return Err(Error::Argument {
                    what: what.into(),
                    expected: "a finite number, not below 0".into(),
                    got: limit.to_string(),
                });
            }
        }
        Ok(())
    }

    /// Whether the norm of the whole gradient has to be known before the first tensor is moved.
    pub fn needs_norm(&self) -> bool {
        self.norm.is_some()
    }

    /// The square of the norm of a gradient, once its numbers are cut off.
    pub fn square(&self, gradient: &[f32]) -> f64 {
        // Eight sums at a time: one alone would wait for itself. Their order is fixed.
        let limit = self.value.unwrap_or(f32::INFINITY);
        let mut sums = [0.0f64; 8];
        for eight in gradient.chunks(8) {
            for (sum, g) in sums.iter_mut().zip(eight) {
                let g = f64::from(g.clamp(-limit, limit));
                *sum += g * g;
            }
        }
        sums.iter().sum()
    }

    /// Cuts the numbers of a gradient off and shortens it, where the norm of the whole is known.
    pub fn apply(&self, gradient: &mut [f32], norm: Option<f32>) {
        if let Some(limit) = self.value {
            gradient.iter_mut().for_each(|g| *g = g.clamp(-limit, limit));
        }
        if let (Some(limit), Some(norm)) = (self.norm, norm) {
            // PyTorch adds this small number too.
            let scale = limit / (norm + 1e-6);
            if scale < 1.0 {
                gradient.iter_mut().for_each(|g| *g *= scale);
            }
        }
    }
}
