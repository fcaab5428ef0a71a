//! What stands behind [`Network`]: a network with its type. This is what a cell compiles when it makes a learner, so
//! it holds what depends on the type and nothing else.

use std::any::Any;

use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorName, ViewTensorRef,
};
use dfdx::prelude::*;

use super::network::{Network, Scores, Scores2, Slot, TrainTape, Trainable, Walk};
use super::walker::Walker;
use crate::device::{Dev, DevError, reseeded};
use crate::inspect::trace;
use crate::nn::{HasInput, InputKind};
use crate::ops::Kernels;
use crate::{Error, Result};

/// What a network is fed.
type InputOf<N, T> = Tensor<<<N as HasInput>::Input as InputKind>::Shape, f32, Dev, T>;

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
            scratch: Vec::new(),
        }))
    }
}

/// The implementation of [`Network`] for the network type `N`.
struct Erased<N: BuildOnDevice<Dev, f32>> {
    net: N::Built,
    gradients: Option<Gradients<f32, Dev>>,
    dev: Dev,
    /// Memory for the numbers of a tensor while they are changed, where they cannot be changed in place.
    scratch: Vec<f32>,
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
        // Unless somebody traces, nobody asks for the gradient of the batch itself, which saves the first layer a third
        // of its work.
        let _unasked = if trace::tracing() { None } else { Dev::unasked(&x)? };
        let sizes: Vec<usize> = shape.concrete().into_iter().collect();
        let x = trace::keep(&"input", &sizes, false, x.traced(gradients))?;
        self.net.try_forward_mut(x)?.into_rows()
    }

    fn forward(&self, values: Vec<f32>, sample: &[usize]) -> Result<Scores2> {
        let shape = batch_shape::<N>(values.len(), sample)?;
        let x: InputOf<N, NoneTape> = self.dev.try_tensor_from_vec(values, shape)?;
        self.net.try_forward(x)?.into_rows()
    }

    fn backward(&mut self, loss: Tensor<Rank0, f32, Dev, TrainTape>) -> Result<()> {
        self.gradients = Some(loss.try_backward()?);
        Ok(())
    }

    fn walk(&mut self, walk: Walk, visit: &mut dyn FnMut(Slot)) -> Result<()> {
        Walker::new(walk, self.gradients.as_mut(), &mut self.scratch, visit).through(&mut self.net)
    }

    fn read(&self, read: &mut dyn FnMut(String, Vec<usize>, Vec<f32>, bool)) -> Result<()> {
        let mut reader = Reader { read };
        let mut walker = RecursiveWalker {
            m: (&self.net, String::new()),
            f: &mut reader,
        };
        <N::Built as TensorCollection<f32, Dev>>::iter_tensors(&mut walker).map(drop)
    }

    fn copy(&self, seed: u64) -> Result<Box<dyn Network>> {
        let mut copy = N::build(&reseeded(&self.dev, seed)?)?;
        let network: &dyn Network = self;
        copy.set_values(&network.values()?)?;
        Ok(copy)
    }

    fn as_any(&self) -> &dyn Any {
        &self.net
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
