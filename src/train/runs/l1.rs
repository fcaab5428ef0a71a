//! A pull on the weights that ends at zero.

use crate::train::learner::Learner;
use crate::{Error, Result};

impl Learner {
    /// Makes every weight pay for its absolute value from now on: after each step it moves towards 0 by `strength` times
    /// the learning rate, and stays at 0 when it gets there. Many weights end as exact zeros. 0 ends it.
    ///
    /// It acts on tensors named `weight` with two dimensions or more, not on biases. The loss that is shown does not contain
    /// the penalty. A step of the gradient followed by such a pull is a proximal gradient step (Beck & Teboulle 2009,
    /// section 1.1); adding `strength * sign(w)` to the gradient, as one does in PyTorch, makes weights hover around 0.
    /// Together with an optimizer's weight decay it is the elastic net. Taught in notebook 08.
    pub fn set_l1(&mut self, strength: f32) -> &mut Self {
        self.l1 = strength;
        self
    }
}

pub(in crate::train) fn check(strength: f32) -> Result<()> {
    if strength.is_finite() && strength >= 0.0 {
        return Ok(());
    }
    Err(Error::Argument {
        what: "strength of the L1 penalty".into(),
        expected: "a finite number, not below 0".into(),
        got: strength.to_string(),
    })
}

/// Moves every weight towards 0 by `by`, and not past it.
pub(in crate::train) fn shrink(weights: &mut [f32], by: f32) {
    for w in weights {
        *w -= w.clamp(-by, by);
    }
}
