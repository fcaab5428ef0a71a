//! Optimizers for networks that you hold yourself, in a loop of your own.

use dfdx::prelude::{Gradients, TensorCollection};

use super::optimizer::Optimizer;
use super::update::State;
use crate::device::Dev;
use crate::train::networks::network::Walk;
use crate::train::networks::walker::Walker;
use crate::{Error, Result};

/// An optimizer and what it remembers, for a network that you hold yourself: where there are two networks, or several
/// losses, and a [`Learner`](crate::train::Learner) would not do.
///
/// The same code moves the weights of a learner. One gradient table serves all networks of a loss; each stepper moves its own,
/// and [`NetStepper::step`] clears their gradients, so that the table can be used again. PyTorch: an optimizer of
/// `torch.optim`, whose `step()` and `zero_grad()` it does in one. Taught in notebook 18.
///
/// Two networks that are trained against each other, as a generator and a critic are:
///
/// ```
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// type Generator = (Linear<2, 16>, ReLU, Linear<16, 1>);
/// type Critic = (Linear<1, 16>, ReLU, Linear<16, 1>);
/// let dev = device(0)?;
/// let (mut generator, mut critic) = (dev.build_module::<Generator, f32>(), dev.build_module::<Critic, f32>());
/// let adam = Adam { lr: 0.01, ..Adam::default() };
/// let mut move_generator = NetStepper::new(adam).named("generator");
/// let mut move_critic = NetStepper::new(adam).named("critic");
/// let (mut in_critic, mut in_both) = (critic.try_alloc_grads()?, generator.try_alloc_grads()?);
/// let is_real = |real: usize| data::Targets::Classes(vec![real; 32]);
/// let loss = Loss::from(BinaryCrossEntropy::default());
/// for _ in 0..3 {
///     let noise = || dev.sample_normal_like(&(32, Const::<2>));
///     let real: Tensor<(usize, Const<1>), f32, _> = dev.sample_normal_like(&(32, Const::<1>)) + 3.0;
///     // The critic: real is 1, made is 0. Two losses add up in one table.
///     let cost = loss.forward(critic.try_forward_mut(real.traced(in_critic))?, &is_real(1))?;
///     let gradients = cost.try_backward()?;
///     let made = generator.try_forward(noise())?;
///     let cost = loss.forward(critic.try_forward_mut(made.traced(gradients))?, &is_real(0))?;
///     in_critic = cost.try_backward()?;
///     move_critic.step(&mut critic, &mut in_critic)?;
///     // The generator: what it makes should pass for real. The critic has gradients too, but does not move.
///     let made = generator.try_forward_mut(noise().traced(in_both))?;
///     let cost = loss.forward(critic.try_forward_mut(made)?, &is_real(1))?;
///     in_both = cost.try_backward()?;
///     move_generator.step(&mut generator, &mut in_both)?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct NetStepper {
    optimizer: Optimizer,
    state: State,
    name: String,
    steps: usize,
}

impl NetStepper {
    /// An optimizer that remembers nothing yet.
    pub fn new(optimizer: impl Into<Optimizer>) -> Self {
        Self {
            optimizer: optimizer.into(),
            state: State::default(),
            name: "network".into(),
            steps: 0,
        }
    }

    /// What errors call the network, where there are several.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// How many steps it has made.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Moves all tensors of the network that are trained one step along their gradients, and sets those to zero. Gradients of
    /// other networks in the table stay. Always the same network: what is remembered belongs to its tensors.
    ///
    /// # Errors
    /// [`Error::Argument`] for settings of the optimizer that have no meaning. [`Error::NotFinite`], with the network's name and the
    /// number of the step, where a gradient or, after the step, a weight is NaN or infinite: the run has diverged. Weights are
    /// not moved by such a gradient.
    pub fn step<N: TensorCollection<f32, Dev>>(
        &mut self,
        net: &mut N,
        gradients: &mut Gradients<f32, Dev>,
    ) -> Result<()> {
        self.optimizer.check()?;
        let mut bad = None;
        let look = Walk {
            stops: &[],
            values: false,
            clear: false,
        };
        Walker::new(look, Some(&mut *gradients), &mut Vec::new(), &mut |slot| {
            bad = bad.or_else(|| not_finite(slot.gradient));
        })
        .through(net)?;
        self.refuse("a gradient", bad)?;
        let (optimizer, state) = (&self.optimizer, &mut self.state);
        let walk = Walk {
            stops: &[],
            values: true,
            clear: true,
        };
        Walker::new(walk, Some(gradients), &mut Vec::new(), &mut |slot| {
            if !slot.gradient.is_empty() {
                state.memory(slot.index).step(optimizer, slot.values, slot.gradient);
                bad = bad.or_else(|| not_finite(slot.values));
            }
        })
        .through(net)?;
        self.refuse("a weight", bad)?;
        self.steps += 1;
        Ok(())
    }

    /// Ends a run whose numbers mean nothing any more.
    fn refuse(&self, what: &str, bad: Option<f32>) -> Result<()> {
        let Some(value) = bad else {
            return Ok(());
        };
        Err(Error::NotFinite {
            what: format!("{what} of the {} in step {}", self.name, self.steps + 1),
            value: f64::from(value),
            hint: "The run has diverged: begin anew with a lower learning rate, or clip or normalize the weights. Where networks train each other, another one may have run away first"
                .into(),
        })
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

fn not_finite(values: &[f32]) -> Option<f32> {
    values.iter().copied().find(|value| !value.is_finite())
}
