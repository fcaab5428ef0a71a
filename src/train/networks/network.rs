//! A network behind a trait object.
//!
//! A network's type spells out all its layers, and code that is generic over it is compiled anew for every network:
//! seconds, in a notebook cell. So the cell that makes a [`Learner`](crate::train::Learner) puts the network behind
//! [`Network`], and all else (fit, evaluate, predict, save) is ordinary code that was compiled with this crate.

use std::any::Any;

use dfdx::prelude::*;

use crate::Result;
use crate::device::Dev;
use crate::nn::Padded;

/// The scores of a batch, `(B, N)`, or of all its steps, `(B * T, N)`.
pub(in crate::train) type Scores2<T = NoneTape> = Tensor<(usize, usize), f32, Dev, T>;

/// The tape that training records on.
pub(in crate::train) type TrainTape = OwnedTape<f32, Dev>;

/// What a network that trains may return: `(B, N)` scores, one row per sample, or `(B, T, N)`, also as a
/// [`Padded`], one row for each step of its sequences.
///
/// Which of the two is asked, the targets say: rows per step belong to [`Targets::Steps`](crate::data::Targets::Steps).
#[diagnostic::on_unimplemented(
    message = "a network must return one row of scores per sample or per step, not `{Self}`",
    note = "end the network with a Linear layer; put Flatten or a global pool between convolutions and it"
)]
pub trait Scores<T> {
    /// The scores with both sizes known at run time, and the width of a row.
    ///
    /// # Errors
    /// Only where memory runs out.
    fn into_rows(self) -> Result<Tensor<(usize, usize), f32, Dev, T>>;
}

impl<const N: usize, T: Tape<f32, Dev>> Scores<T> for Tensor<(usize, Const<N>), f32, Dev, T> {
    fn into_rows(self) -> Result<Tensor<(usize, usize), f32, Dev, T>> {
        let rows = self.shape().0;
        Ok(self.try_reshape_like(&(rows, N))?)
    }
}

impl<const N: usize, T: Tape<f32, Dev>> Scores<T> for Tensor<(usize, usize, Const<N>), f32, Dev, T> {
    fn into_rows(self) -> Result<Tensor<(usize, usize), f32, Dev, T>> {
        let (samples, steps, _) = *self.shape();
        Ok(self.try_reshape_like(&(samples * steps, N))?)
    }
}

/// The steps behind the end of a sequence have rows too; the targets say that they do not count.
impl<X: Scores<T>, T: Tape<f32, Dev>> Scores<T> for Padded<X> {
    fn into_rows(self) -> Result<Tensor<(usize, usize), f32, Dev, T>> {
        self.steps.into_rows()
    }
}

/// A network type that a [`Learner`](crate::train::Learner) can train: it says what it eats, and returns [`Scores`].
///
/// Holds for every tuple of layers that begins with `Linear`, `Conv2D`, `Flatten` or `Embedding` and ends with `Linear`.
pub trait Trainable: 'static {
    /// Builds the network on a device, with fresh weights.
    ///
    /// # Errors
    /// Where memory runs out.
    fn build(dev: &Dev) -> Result<Box<dyn Network>>;
}

/// What there is to know about a tensor of a network besides its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorInfo {
    /// Where it stands: `0.1.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether an optimizer moves it.
    pub trainable: bool,
}

impl TensorInfo {
    /// Whether it holds the weights that lead into units, one row for each.
    pub(in crate::train) fn has_units(&self) -> bool {
        self.shape.len() > 1 && (self.name == "weight" || self.name.ends_with(".weight"))
    }
}

/// One tensor of a network, to be changed.
pub struct Parameter<'a> {
    /// Where it stands: `0.1.weight`.
    pub name: String,
    /// Its numbers.
    pub values: &'a mut [f32],
}

/// A tensor met on a [walk](Network::walk).
pub struct Slot<'a> {
    /// Its place among all tensors of the network, from 0.
    pub index: usize,
    /// Its numbers. Empty on a walk over gradients.
    pub values: &'a mut [f32],
    /// The gradient of the loss; empty where the tensor is not trainable or there was no backward pass.
    pub gradient: &'a mut [f32],
}

/// Which tensors a walk stops at, and what it is after.
#[derive(Clone, Copy)]
pub struct Walk<'a> {
    /// For each tensor, whether to stop there; those beyond its end are stopped at.
    pub stops: &'a [bool],
    /// Whether the numbers are wanted; they may then be changed.
    pub values: bool,
    /// Whether the gradients of all tensors are zero afterwards. Who visits a tensor on such a walk clears its gradient
    /// himself, when he has read it; the walk clears the others.
    pub clear: bool,
}

/// A network whose type has been forgotten.
pub trait Network {
    /// Scores in training mode (dropout drops, batch norm uses the batch), recorded for [`Network::backward`].
    #[doc(hidden)]
    fn forward_mut(&mut self, values: Vec<f32>, sample: &[usize]) -> Result<Scores2<TrainTape>>;

    /// Scores in evaluation mode.
    #[doc(hidden)]
    fn forward(&self, values: Vec<f32>, sample: &[usize]) -> Result<Scores2>;

    /// Runs the backward pass from `loss`. The gradients are added to those that are there, and wait for a walk.
    #[doc(hidden)]
    fn backward(&mut self, loss: Tensor<Rank0, f32, Dev, TrainTape>) -> Result<()>;

    /// Hands tensors with their gradients to `visit`, in the order of [`Network::read`].
    #[doc(hidden)]
    fn walk(&mut self, walk: Walk, visit: &mut dyn FnMut(Slot)) -> Result<()>;

    /// Hands name, shape, values and trainability of every tensor to `read`.
    #[doc(hidden)]
    fn read(&self, read: &mut dyn FnMut(String, Vec<usize>, Vec<f32>, bool)) -> Result<()>;

    /// The same network with the same numbers on a device of its own, whose random numbers begin anew from `seed`.
    #[doc(hidden)]
    fn copy(&self, seed: u64) -> Result<Box<dyn Network>>;

    /// The network with its type, for who knows it.
    #[doc(hidden)]
    fn as_any(&self) -> &dyn Any;
}

impl dyn Network + '_ {
    /// All tensors, in order.
    pub(in crate::train) fn layout(&self) -> Result<Vec<TensorInfo>> {
        let mut all = Vec::new();
        self.read(&mut |name, shape, _, trainable| all.push(TensorInfo { name, shape, trainable }))?;
        Ok(all)
    }

    /// Hands every tensor to `edit`, which may change it.
    pub(in crate::train) fn edit(&mut self, edit: &mut dyn FnMut(Parameter) -> Result<()>) -> Result<()> {
        let mut names: Vec<String> = self.layout()?.into_iter().map(|info| info.name).collect();
        let stops = vec![true; names.len()];
        let walk = Walk {
            stops: &stops,
            values: true,
            clear: false,
        };
        let mut result = Ok(());
        self.walk(walk, &mut |Slot { index, values, .. }| {
            let name = std::mem::take(&mut names[index]);
            if result.is_ok() {
                result = edit(Parameter { name, values });
            }
        })?;
        result
    }

    /// The numbers of all tensors, in order.
    pub(in crate::train) fn values(&self) -> Result<Vec<Vec<f32>>> {
        let mut all = Vec::new();
        self.read(&mut |_, _, values, _| all.push(values))?;
        Ok(all)
    }

    /// Sets the numbers of all tensors to what [`values`](Self::values) returned for a network of the same type.
    pub(in crate::train) fn set_values(&mut self, all: &[Vec<f32>]) -> Result<()> {
        let stops = vec![true; all.len()];
        let walk = Walk {
            stops: &stops,
            values: true,
            clear: false,
        };
        self.walk(walk, &mut |slot| slot.values.copy_from_slice(&all[slot.index]))
    }
}
