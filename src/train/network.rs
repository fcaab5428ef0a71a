//! A network behind a trait object.
//!
//! A network's type spells out all its layers, and code that is generic over it is compiled anew for every network:
//! seconds, in a notebook cell. So the cell that makes a [`Learner`](super::Learner) puts the network behind
//! [`Network`], and all else (fit, evaluate, predict, save) is ordinary code that was compiled with this crate.

use std::any::Any;

use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName, ViewTensorRef,
};
use dfdx::prelude::*;

use crate::device::{Dev, DevError};
use crate::nn::{HasInput, InputKind};
use crate::{Error, Result};

/// The scores of a batch, `(B, N)`.
pub(super) type Scores2<T = NoneTape> = Tensor<(usize, usize), f32, Dev, T>;

/// The tape that training records on.
pub(super) type TrainTape = OwnedTape<f32, Dev>;

/// What a network is fed.
type InputOf<N, T> = Tensor<<<N as HasInput>::Input as InputKind>::Shape, f32, Dev, T>;

/// What a network that trains may return: `(B, N)` scores, one row per sample.
#[diagnostic::on_unimplemented(
    message = "a network must return one row of scores per sample, not `{Self}`",
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

/// A network type that a [`Learner`](super::Learner) can train: it says what it eats, and returns [`Scores`].
///
/// Holds for every tuple of layers that begins with `Linear`, `Conv2D` or `Flatten` and ends with `Linear`.
pub trait Trainable: 'static {
    /// Builds the network on a device, with fresh weights.
    ///
    /// # Errors
    /// Where memory runs out.
    fn build(dev: &Dev) -> Result<Box<dyn Network>>;
}

impl<N> Trainable for N
where
    N: HasInput + BuildOnDevice<Dev, f32> + 'static,
    N::Built: TensorCollection<f32, Dev>
        + ModuleMut<InputOf<N, TrainTape>, Error = DevError>
        + Module<InputOf<N, NoneTape>, Error = DevError>
        + 'static,
    <N::Built as ModuleMut<InputOf<N, TrainTape>>>::Output: Scores<TrainTape>,
    <N::Built as Module<InputOf<N, NoneTape>>>::Output: Scores<NoneTape>,
{
    fn build(dev: &Dev) -> Result<Box<dyn Network>> {
        let net = N::try_build_on_device(dev)?;
        let gradients = net.try_alloc_grads()?;
        Ok(Box::new(Erased::<N> {
            net,
            gradients: Some(gradients),
            dev: dev.clone(),
        }))
    }
}

/// One tensor of a network.
pub struct Parameter<'a> {
    /// Where it stands: `0.1.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether the optimizer moves it.
    pub trainable: bool,
    /// Its numbers.
    pub values: &'a mut Vec<f32>,
    /// The gradient of the loss, where one was asked for.
    pub gradient: Option<Vec<f32>>,
}

/// A network whose type has been forgotten.
pub trait Network {
    /// Scores in training mode (dropout drops, batch norm uses the batch), recorded for [`Network::backward`].
    #[doc(hidden)]
    fn forward_mut(&mut self, values: Vec<f32>, sample: &[usize]) -> Result<Scores2<TrainTape>>;

    /// Scores in evaluation mode.
    #[doc(hidden)]
    fn forward(&self, values: Vec<f32>, sample: &[usize]) -> Result<Scores2>;

    /// Runs the backward pass from `loss` and hands every tensor with its gradient to `step`, which may change it.
    #[doc(hidden)]
    fn backward(
        &mut self,
        loss: Tensor<Rank0, f32, Dev, TrainTape>,
        step: &mut dyn FnMut(Parameter) -> Result<()>,
    ) -> Result<()>;

    /// Hands every tensor to `edit`, which may change it.
    #[doc(hidden)]
    fn edit(&mut self, edit: &mut dyn FnMut(Parameter) -> Result<()>) -> Result<()>;

    /// Hands name, shape, values and trainability of every tensor to `read`.
    #[doc(hidden)]
    fn read(&self, read: &mut dyn FnMut(String, Vec<usize>, Vec<f32>, bool)) -> Result<()>;

    /// The network with its type, for who knows it.
    #[doc(hidden)]
    fn as_any(&self) -> &dyn Any;
}

/// The implementation of [`Network`] for the network type `N`.
struct Erased<N: BuildOnDevice<Dev, f32>> {
    net: N::Built,
    gradients: Option<Gradients<f32, Dev>>,
    dev: Dev,
}

fn batch_shape<N: HasInput>(values: usize, sample: &[usize]) -> Result<<N::Input as InputKind>::Shape> {
    let batch = values / sample.iter().product::<usize>().max(1);
    N::Input::shape(batch, sample)
}

impl<N> Network for Erased<N>
where
    N: HasInput + BuildOnDevice<Dev, f32> + 'static,
    N::Built: TensorCollection<f32, Dev>
        + ModuleMut<InputOf<N, TrainTape>, Error = DevError>
        + Module<InputOf<N, NoneTape>, Error = DevError>
        + 'static,
    <N::Built as ModuleMut<InputOf<N, TrainTape>>>::Output: Scores<TrainTape>,
    <N::Built as Module<InputOf<N, NoneTape>>>::Output: Scores<NoneTape>,
{
    fn forward_mut(&mut self, values: Vec<f32>, sample: &[usize]) -> Result<Scores2<TrainTape>> {
        let shape = batch_shape::<N>(values.len(), sample)?;
        let x: InputOf<N, NoneTape> = self.dev.try_tensor_from_vec(values, shape)?;
        let gradients = match self.gradients.take() {
            Some(gradients) => gradients,
            None => self.net.try_alloc_grads()?,
        };
        self.net.try_forward_mut(x.traced(gradients))?.into_rows()
    }

    fn forward(&self, values: Vec<f32>, sample: &[usize]) -> Result<Scores2> {
        let shape = batch_shape::<N>(values.len(), sample)?;
        let x: InputOf<N, NoneTape> = self.dev.try_tensor_from_vec(values, shape)?;
        self.net.try_forward(x)?.into_rows()
    }

    fn backward(
        &mut self,
        loss: Tensor<Rank0, f32, Dev, TrainTape>,
        step: &mut dyn FnMut(Parameter) -> Result<()>,
    ) -> Result<()> {
        let mut gradients = loss.try_backward()?;
        let result = edit(&mut self.net, Some(&gradients), step);
        self.net.try_zero_grads(&mut gradients)?;
        self.gradients = Some(gradients);
        result
    }

    fn edit(&mut self, f: &mut dyn FnMut(Parameter) -> Result<()>) -> Result<()> {
        edit(&mut self.net, None, f)
    }

    fn read(&self, read: &mut dyn FnMut(String, Vec<usize>, Vec<f32>, bool)) -> Result<()> {
        let mut reader = Reader { read };
        let mut walker = RecursiveWalker {
            m: (&self.net, String::new()),
            f: &mut reader,
        };
        <N::Built as TensorCollection<f32, Dev>>::iter_tensors(&mut walker).map(drop)
    }

    fn as_any(&self) -> &dyn Any {
        &self.net
    }
}

fn edit<M: TensorCollection<f32, Dev>>(
    net: &mut M,
    gradients: Option<&Gradients<f32, Dev>>,
    edit: &mut dyn FnMut(Parameter) -> Result<()>,
) -> Result<()> {
    let mut editor = Editor { gradients, edit };
    let mut walker = RecursiveWalker {
        m: (net, String::new()),
        f: &mut editor,
    };
    M::iter_tensors(&mut walker).map(drop)
}

struct Editor<'a> {
    gradients: Option<&'a Gradients<f32, Dev>>,
    edit: &'a mut dyn FnMut(Parameter) -> Result<()>,
}

impl TensorVisitor<f32, Dev> for Editor<'_> {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = Error;
    type E2 = f32;
    type D2 = Dev;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, Dev>,
        (tensor, name): (&mut Tensor<S, f32, Dev>, String),
    ) -> Result<Option<Tensor<S, f32, Dev>>> {
        let mut values = flat(tensor);
        let trainable = options.do_gradient_update;
        let gradient = self.gradients.filter(|_| trainable).map(|g| flat(&g.get(tensor)));
        let parameter = Parameter {
            name,
            shape: tensor.shape().concrete().into_iter().collect(),
            trainable,
            values: &mut values,
            gradient,
        };
        (self.edit)(parameter)?;
        tensor.copy_from(&values);
        Ok(None)
    }
}

struct Reader<'a> {
    read: &'a mut dyn FnMut(String, Vec<usize>, Vec<f32>, bool),
}

impl TensorVisitor<f32, Dev> for Reader<'_> {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = Error;
    type E2 = f32;
    type D2 = Dev;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, Dev>,
        (tensor, name): (&Tensor<S, f32, Dev>, String),
    ) -> Result<Option<Tensor<S, f32, Dev>>> {
        let shape = tensor.shape().concrete().into_iter().collect();
        (self.read)(name, shape, flat(tensor), options.do_gradient_update);
        Ok(None)
    }
}

/// The numbers of a contiguous tensor.
fn flat<S: Shape>(tensor: &Tensor<S, f32, Dev>) -> Vec<f32> {
    let mut values = vec![0.0; tensor.shape().num_elements()];
    tensor.copy_into(&mut values);
    values
}
