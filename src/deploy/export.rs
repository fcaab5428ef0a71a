//! How layers write themselves into a graph.

use dfdx::prelude::{Const, Device, Dtype, HasShape, Shape, Storage, Tensor};

use super::draft::{Draft, within};
use super::node::Op;
use super::size::Size;
use crate::nn::modules::*;
use crate::ops::{Activation, Conv2dOptions, Pool2dOptions, PoolKind};
use crate::{Error, Result};

/// A layer, or a tuple of layers, that can be written as a part of a [`Graph`](super::Graph). Taught in notebook 23.
///
/// ```compile_fail
/// # use gradus::prelude::*;
/// # fn main() -> gradus::Result<()> {
/// // The U-Net of chapter 19 takes a noise level besides the picture: no translation yet, and the compiler says so.
/// let net = device(0)?.build_module::<UNet<1, 8, 16, 10>, f32>();
/// gradus::deploy::Graph::of(&net, &[1, 8, 8])?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the layer `{Self}` has no translation into a graph",
    note = "`gradus::deploy::Export` lists the layers that have one; a tuple may have up to six layers"
)]
pub trait Export {
    /// Adds what the layer does to what is called `x`, and gives the name of the result. `name` is the layer's path in a
    /// weights file, such as `0.1`, or empty for a network that is one layer.
    ///
    /// # Errors
    /// [`Error::Shape`] where the layer does not take what comes, [`Error::Argument`] where the graph has no such operation.
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String>;
}

/// The name of a step: the path of its layer, or what it does where there is no path.
pub(super) fn named(name: &str, what: &str) -> String {
    if name.is_empty() { what.into() } else { name.into() }
}

/// A tensor of a network as a constant.
pub(super) fn keep<S: Shape, D: Device<f32>>(
    draft: &mut Draft,
    name: String,
    tensor: &Tensor<S, f32, D>,
) -> Result<String> {
    let shape: Vec<usize> = tensor.shape().concrete().into_iter().collect();
    draft.constant(name, &shape, tensor.as_vec())
}

/// A convolution with its tensors.
pub(super) fn convolve<S: Shape, O: Shape, D: Device<f32>>(
    draft: &mut Draft,
    name: &str,
    x: &String,
    (weight, bias): (&Tensor<S, f32, D>, &Tensor<O, f32, D>),
    options: Conv2dOptions,
) -> Result<String> {
    let weight = keep(draft, within(name, "weight"), weight)?;
    let bias = keep(draft, within(name, "bias"), bias)?;
    draft.node(&named(name, "conv"), Op::Conv(options), &[x, &weight, &bias])
}

/// The affine map of rows, or of the steps of sequences, by tensors that are constants already.
pub(super) fn affine(draft: &mut Draft, name: &str, x: &String, [weight, bias]: [&String; 2]) -> Result<String> {
    let (op, shape) = (Op::Gemm { relu: false }, draft.shape(x).to_vec());
    let &[Size::Batch(b), Size::Fixed(steps), features] = &shape[..] else {
        return draft.node(&named(name, "linear"), op, &[x, weight, bias]);
    };
    let rows = draft.node(
        &within(name, "rows"),
        Op::Reshape(vec![Size::Batch(b * steps), features]),
        &[x],
    )?;
    let y = draft.node(&named(name, "linear"), op, &[&rows, weight, bias])?;
    let wide = draft.shape(&y).last().copied().unwrap_or(features);
    let back = Op::Reshape(vec![Size::Batch(b), Size::Fixed(steps), wide]);
    draft.node(&within(name, "steps"), back, &[&y])
}

/// [`affine`] with tensors of a network.
pub(super) fn linear<S: Shape, O: Shape, D: Device<f32>>(
    draft: &mut Draft,
    name: &str,
    x: &String,
    weight: &Tensor<S, f32, D>,
    bias: &Tensor<O, f32, D>,
) -> Result<String> {
    let [o, i] = matrix(weight);
    let weight = draft.constant(within(name, "weight"), &[o, i], weight.as_vec())?;
    let bias = draft.constant(within(name, "bias"), &[o], bias.as_vec())?;
    affine(draft, name, x, [&weight, &bias])
}

/// Rows and columns of a matrix, whatever its sizes are called.
pub(super) fn matrix<S: Shape, E: Dtype, D: Storage<E>>(weight: &Tensor<S, E, D>) -> [usize; 2] {
    let sizes: Vec<usize> = weight.shape().concrete().into_iter().collect();
    [sizes[0], sizes.iter().skip(1).product()]
}

impl<const I: usize, const O: usize, const K: usize, const S: usize, const P: usize, const L: usize, D: Device<f32>>
    Export for Conv2D<I, O, K, S, P, L, f32, D>
{
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let options = Conv2dOptions {
            stride: S,
            padding: P,
            dilation: L,
            ..Default::default()
        };
        convolve(draft, name, &x, (&self.weight, &self.bias), options)
    }
}

impl<const C: usize, const K: usize, const S: usize, const P: usize, const L: usize, D: Device<f32>> Export
    for DepthwiseConv2D<C, K, S, P, L, f32, D>
{
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let options = Conv2dOptions {
            stride: S,
            padding: P,
            dilation: L,
            groups: C,
            ..Default::default()
        };
        convolve(draft, name, &x, (&self.weight, &self.bias), options)
    }
}

impl<const I: usize, const O: usize, D: Device<f32>> Export for Linear<I, O, f32, D> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        linear(draft, name, &x, &self.weight, &self.bias)
    }
}

macro_rules! batch_norm {
    ($($Layer:ident),*) => {$(
        impl<const C: usize, D: Device<f32>> Export for $Layer<C, f32, D> {
            fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
                let tensors = [
                    ("weight", &self.weight),
                    ("bias", &self.bias),
                    ("running_mean", &self.running_mean),
                    ("running_var", &self.running_var),
                ];
                let mut inputs = vec![x];
                for (part, tensor) in tensors {
                    inputs.push(keep::<(Const<C>,), D>(draft, within(name, part), tensor)?);
                }
                let inputs: Vec<&String> = inputs.iter().collect();
                draft.node(&named(name, "batch_norm"), Op::BatchNorm { eps: self.eps }, &inputs)
            }
        }
    )*};
}
batch_norm!(BatchNorm1D, BatchNorm2D);

impl<const N: usize, D: Device<f32>> Export for LayerNorm<N, f32, D> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let weight = keep(draft, within(name, "weight"), &self.weight)?;
        let bias = keep(draft, within(name, "bias"), &self.bias)?;
        let op = Op::LayerNorm { eps: self.eps };
        draft.node(&named(name, "layer_norm"), op, &[&x, &weight, &bias])
    }
}

macro_rules! pools {
    ($($Layer:ident, $kind:ident;)*) => {$(
        impl<const K: usize, const S: usize, const P: usize, const CEIL: bool> Export for $Layer<K, S, P, CEIL> {
            fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
                let options = Pool2dOptions { kernel: K, stride: S, padding: P, ceil_mode: CEIL };
                draft.node(&named(name, "pool"), Op::Pool(PoolKind::$kind, options), &[&x])
            }
        }
    )*};
}
pools!(MaxPool2D, Max; AvgPool2D, Avg;);

impl<const K: usize, const S: usize, const P: usize, const CEIL: bool> Export for MinPool2D<K, S, P, CEIL> {
    fn export(&self, _: &mut Draft, name: &str, _: String) -> Result<String> {
        Err(untranslated(&format!("MinPool2D<{K}, {S}, {P}>"), name))
    }
}

/// A layer that is known, and for which there is no operation.
pub(super) fn untranslated(layer: &str, name: &str) -> Error {
    Error::Argument {
        what: format!("layer `{name}`, {layer}"),
        expected: "a layer that has an operation in ONNX".into(),
        got: "one that has none; build the network without it, or run it by the crate".into(),
    }
}

impl Export for AvgPoolGlobal {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        draft.node(&named(name, "mean"), Op::GlobalAveragePool, &[&x])
    }
}

impl<const N: usize> Export for Flatten<N> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let to = vec![Size::Batch(1), Size::Fixed(N)];
        draft.node(&named(name, "flatten"), Op::Reshape(to), &[&x])
    }
}

macro_rules! activations {
    ($($Layer:ident)*) => {$(
        impl Export for $Layer {
            fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
                draft.node(&named(name, "activation"), Op::Activate(Activation::$Layer), &[&x])
            }
        }
    )*};
}
activations!(ReLU ReLU6 Sigmoid Tanh SELU GELU GELUTanh SiLU Mish Softplus Softsign Hardtanh Hardsigmoid);

impl<const P: usize> Export for LeakyReLU<P> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let negative_slope = P as f32 / 100.0;
        let op = Op::Activate(Activation::LeakyReLU { negative_slope });
        draft.node(&named(name, "activation"), op, &[&x])
    }
}

impl<const P: usize> Export for ELU<P> {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        let op = Op::Activate(Activation::ELU {
            alpha: P as f32 / 100.0,
        });
        draft.node(&named(name, "activation"), op, &[&x])
    }
}

macro_rules! softmax {
    ($($Layer:ident, $log:literal;)*) => {$(
        impl Export for $Layer {
            fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
                draft.node(&named(name, "softmax"), Op::Softmax { log: $log }, &[&x])
            }
        }
    )*};
}
softmax!(Softmax, false; LogSoftmax, true;);

/// What does nothing in evaluation is not in the graph.
macro_rules! nothing {
    ($($Layer:ident<$($G:ident),+>),*) => {$(
        impl<$(const $G: usize),+> Export for $Layer<$($G),+> {
            fn export(&self, _: &mut Draft, _: &str, x: String) -> Result<String> {
                Ok(x)
            }
        }
    )*};
}
nothing!(Dropout<PERCENT>, ActivityL1<M, E>, ActivityL2<M, E>);

impl Export for FirstStep {
    fn export(&self, draft: &mut Draft, name: &str, x: String) -> Result<String> {
        draft.node(&named(name, "first_step"), Op::FirstStep, &[&x])
    }
}
