//! Optimizers for networks that you hold yourself, in a loop of your own.

use dfdx::prelude::{Gradients, TensorCollection};

use super::optimizer::Optimizer;
use super::update::State;
use crate::Result;
use crate::device::Dev;
use crate::train::networks::network::Walk;
use crate::train::networks::walker::Walker;

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
/// let (mut move_generator, mut move_critic) = (NetStepper::new(adam), NetStepper::new(adam));
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
}

impl NetStepper {
    /// An optimizer that remembers nothing yet.
    pub fn new(optimizer: impl Into<Optimizer>) -> Self {
        Self {
            optimizer: optimizer.into(),
            state: State::default(),
        }
    }

    /// Moves all tensors of the network that are trained one step along their gradients, and sets those to zero. Gradients of
    /// other networks in the table stay. Always the same network: what is remembered belongs to its tensors.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) for settings of the optimizer that have no meaning.
    pub fn step<N: TensorCollection<f32, Dev>>(
        &mut self,
        net: &mut N,
        gradients: &mut Gradients<f32, Dev>,
    ) -> Result<()> {
        self.optimizer.check()?;
        let (optimizer, state) = (&self.optimizer, &mut self.state);
        let walk = Walk {
            stops: &[],
            values: true,
            clear: true,
        };
        Walker::new(walk, Some(gradients), &mut Vec::new(), &mut |slot| {
            if !slot.gradient.is_empty() {
                state.memory(slot.index).step(optimizer, slot.values, slot.gradient);
            }
        })
        .through(net)
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
