//! The limits that a learner keeps its gradients and its weights within.

use super::constraint::Constraint;
use crate::Result;
use crate::train::learner::Learner;
use crate::train::networks::network::Walk;

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

    /// Keeps the weights of every unit within a limit from now on, in the tensors named `weight` with two dimensions or
    /// more.
    pub fn set_constraint(&mut self, constraint: Constraint) -> &mut Self {
        self.constraint = Some(constraint);
        self
    }

    /// Lifts the limit.
    pub fn clear_constraint(&mut self) -> &mut Self {
        self.constraint = None;
        self
    }

    /// The norm of the gradient of all tensors that will be moved, where clipping needs it.
    pub(in crate::train) fn gradient_norm(&mut self, stops: &[bool]) -> Result<Option<f32>> {
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
