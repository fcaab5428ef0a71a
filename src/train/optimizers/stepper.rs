//! Optimizers without a network: on any few numbers whose gradient is known.

use super::optimizer::Optimizer;
use super::update::Memory;
use crate::{Error, Result};

/// An optimizer and what it remembers, for `n` numbers that you hold yourself.
///
/// The same code moves the weights of a [`Learner`](crate::train::Learner). PyTorch: `optimizer.step()` for one tensor. Taught in
/// notebook 05.
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let mut stepper = Stepper::new(Sgd { lr: 0.1, momentum: 0.9, ..Sgd::default() }, 1);
/// let mut w = [0.0];
/// for _ in 0..100 {
///     let gradient = [2.0 * (w[0] - 3.0)];
///     stepper.step(&mut w, &gradient)?;
/// }
/// assert!((w[0] - 3.0).abs() < 0.1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Stepper {
    optimizer: Optimizer,
    memory: Memory,
    n: usize,
}

impl Stepper {
    /// An optimizer that remembers nothing yet.
    pub fn new(optimizer: impl Into<Optimizer>, n: usize) -> Self {
        Self {
            optimizer: optimizer.into(),
            memory: Memory::default(),
            n,
        }
    }

    /// Moves the weights one step along their gradient.
    ///
    /// # Errors
    /// [`Error::Argument`] unless there are `n` weights and as many gradients, and for settings of the optimizer that have no
    /// meaning.
    pub fn step(&mut self, weights: &mut [f32], gradient: &[f32]) -> Result<()> {
        if weights.len() != self.n || gradient.len() != self.n {
            return Err(Error::Argument {
                what: "a step of an optimizer".into(),
                expected: format!("{} weights with a gradient each", self.n),
                got: format!("{} weights, {} gradients", weights.len(), gradient.len()),
            });
        }
        self.optimizer.check()?;
        self.memory.step(&self.optimizer, weights, &mut gradient.to_vec());
        Ok(())
    }

    /// The learning rate.
    pub fn lr(&self) -> f32 {
        self.optimizer.lr()
    }

    /// Sets the learning rate of the next steps.
    pub fn set_lr(&mut self, lr: f32) {
        self.optimizer.set_lr(lr);
    }
}

/// Walks down a function of two numbers and returns every place on the way: the start, then one per step.
///
/// `gradient` gives the slope at a point in both directions. Draw the path with
/// [`Contour::path`](crate::plot::Contour::path). Taught in notebook 05.
///
/// Where the rate or a slope is no number, neither is any place from there on: the path shows where it went wrong.
///
/// ```
/// use gradus::prelude::*;
///
/// let bowl = |[x, y]: [f32; 2]| [2.0 * x, 8.0 * y];
/// let path = descend(Adam { lr: 0.1, ..Adam::default() }, [1.0, -1.0], 200, bowl);
/// assert_eq!(path.len(), 201);
/// assert!(path[200][0].hypot(path[200][1]) < 1e-2);
/// ```
pub fn descend(
    optimizer: impl Into<Optimizer>,
    start: [f32; 2],
    steps: usize,
    gradient: impl Fn([f32; 2]) -> [f32; 2],
) -> Vec<[f32; 2]> {
    let (optimizer, mut memory) = (optimizer.into(), Memory::default());
    let mut path = vec![start];
    let mut at = start;
    for _ in 0..steps {
        let slope = gradient(at);
        memory.step(&optimizer, &mut at, &mut slope.clone());
        path.push(at);
    }
    path
}
