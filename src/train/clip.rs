//! Gradient clipping: steps that are too long are made shorter.

use super::learner::Learner;
use super::network::Walk;
use crate::{Error, Result};

/// What is done to the gradient before a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Clip {
    /// The greatest length of the gradient of all tensors together.
    norm: Option<f32>,
    /// The greatest size of a single number.
    value: Option<f32>,
}

impl Learner {
    /// Makes the gradient of all tensors together no longer than `max_norm` (its Euclidean norm) before each step; its
    /// direction stays. 0 switches it off.
    ///
    /// Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063. PyTorch: `torch.nn.utils.clip_grad_norm_`. Taught in notebook 12.
    pub fn clip_norm(&mut self, max_norm: f32) -> &mut Self {
        self.clip.norm = (max_norm != 0.0).then_some(max_norm);
        self
    }

    /// Cuts every number of the gradient off at `-max_value` and `max_value` before each step (before its norm is
    /// measured, where [`Learner::clip_norm`] is set too). 0 switches it off.
    ///
    /// PyTorch: `torch.nn.utils.clip_grad_value_`. Taught in notebook 12.
    pub fn clip_value(&mut self, max_value: f32) -> &mut Self {
        self.clip.value = (max_value != 0.0).then_some(max_value);
        self
    }
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

impl Learner {
    /// The norm of the gradient of all tensors that will be moved, where clipping needs it.
    pub(super) fn gradient_norm(&mut self, stops: &[bool]) -> Result<Option<f32>> {
        if !self.clip.needs_norm() {
            return Ok(None);
        }
        let clip = self.clip;
        let mut sum = 0.0;
        let walk = Walk {
            stops,
            values: false,
            clear: false,
        };
        self.net.walk(walk, &mut |slot| sum += clip.square(slot.gradient))?;
        Ok(Some(sum.sqrt() as f32))
    }
}
