//! A network's tensors out of it, and into it, by name.

use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName, ViewTensorRef,
};
use dfdx::prelude::*;

use super::state_dict::StateDict;
use crate::ops::Kernels;
use crate::{Error, Result};

/// The tensors of a network by name. PyTorch: `net.state_dict()`. Taught in notebook 13.
///
/// # Errors
/// Only where memory runs out.
pub fn state_dict<D: Kernels, M: TensorCollection<f32, D>>(net: &M) -> Result<StateDict> {
    let mut dict = StateDict::new("the network");
    let mut walker = RecursiveWalker {
        m: (net, String::new()),
        f: &mut Reader(&mut dict),
    };
    M::iter_tensors(&mut walker)?;
    Ok(dict)
}

/// Sets all tensors of a network to those of the same names. PyTorch: `net.load_state_dict(dict)`. Taught in notebook 13.
///
/// ```
/// use gradus::nn::{load_state_dict, state_dict};
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let dev = device(0)?;
/// let [one, mut two] = [0, 1].map(|_| dev.build_module::<(Linear<2, 3>, ReLU), f32>());
/// load_state_dict(&mut two, &state_dict(&one)?)?;
/// assert_eq!(one.0.weight.array(), two.0.weight.array());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::File`] where a tensor is missing, left over or not finite, [`Error::Shape`] where one has another shape; the
/// network is as it was before.
pub fn load_state_dict<D: Kernels, M: TensorCollection<f32, D>>(net: &mut M, dict: &StateDict) -> Result<()> {
    if let Some(clash) = dict.clash() {
        return Err(clash);
    }
    let own = state_dict(net)?;
    for name in own.names() {
        let (Some((wanted, _)), (got, _)) = (own.get(&name), dict.tensor(&name)?) else {
            continue;
        };
        if wanted != got {
            return Err(Error::Shape {
                layer: format!("tensor `{name}` of {}", dict.source()),
                expected: format!("{wanted:?}"),
                got: format!("{got:?}"),
            });
        }
    }
    if let Some(name) = dict.names().into_iter().find(|name| own.get(name).is_none()) {
        return Err(Error::File {
            path: dict.source().into(),
            expected: "no tensor that the network does not have".into(),
            got: format!("`{name}`"),
            hint: "These are the weights of another network; `part` and `renamed` make those of this one".into(),
        });
    }
    let mut walker = RecursiveWalker {
        m: (net, String::new()),
        f: &mut Writer(dict),
    };
    M::iter_tensors(&mut walker).map(drop)
}

struct Reader<'a>(&'a mut StateDict);

impl<D: Kernels> TensorVisitor<f32, D> for Reader<'_> {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = Error;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, D>,
        (tensor, name): (&Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>> {
        let shape = tensor.shape().concrete().into_iter().collect();
        self.0.put(name, shape, tensor.as_vec());
        Ok(None)
    }
}

struct Writer<'a>(&'a StateDict);

impl<D: Kernels> TensorVisitor<f32, D> for Writer<'_> {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = Error;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, D>,
        (tensor, name): (&mut Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>> {
        tensor.copy_from(self.0.tensor(&name)?.1);
        Ok(None)
    }
}
