//! Functions applied to every number of a tensor.

use dfdx::prelude::*;
use rayon::prelude::*;

use super::Kernels;
use super::autograd::{restore, take, values};
use super::{curve, curve_cpu};
use crate::{Error, Result};

/// A function that bends what a layer computed, so that layers in a row are more than one layer.
///
/// Written in a formula it is applied to each number of a tensor. `x` is the number, `s` the logistic sigmoid, `Phi` the
/// distribution function of a standard normal variable. Taught in notebook 02.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Activation {
    /// `max(0, x)`.
    ReLU,
    /// `min(max(0, x), 6)`.
    ReLU6,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `x` above 0, `negative_slope * x` below. Maas, Hannun and Ng 2013, *Rectifier nonlinearities improve neural
    /// network acoustic models*.
    LeakyReLU {
        /// The slope below 0; PyTorch's default is 0.01.
        negative_slope: f32,
    },
    /// `x` above 0, `alpha * (exp(x) - 1)` below. Clevert, Unterthiner and Hochreiter 2016, arXiv:1511.07289.
    ELU {
        /// How far it falls below 0; PyTorch's default is 1.
        alpha: f32,
    },
    /// ELU with the scale and the `alpha` that keep mean 0 and variance 1 from layer to layer. Klambauer et al. 2017,
    /// arXiv:1706.02515.
    SELU,
    /// `x * Phi(x)`. Hendrycks and Gimpel 2016, arXiv:1606.08415.
    GELU,
    /// [`GELU`](Self::GELU), with `Phi` replaced by a formula with tanh that comes close to it.
    GELUTanh,
    /// `x * s(x)`, also called Swish. Ramachandran, Zoph and Le 2017, arXiv:1710.05941.
    SiLU,
    /// `x * tanh(softplus(x))`. Misra 2019, arXiv:1908.08681.
    Mish,
    /// `ln(1 + exp(x))`, a smooth ReLU. Dugas et al. 2001, *Incorporating second-order functional knowledge for better
    /// option pricing*.
    Softplus,
    /// `x / (1 + |x|)`.
    Softsign,
    /// `x`, cut off at -1 and 1.
    Hardtanh,
    /// `x / 6 + 1/2`, cut off at 0 and 1.
    Hardsigmoid,
}

impl Activation {
    /// The value of the function at `x`.
    pub fn value(self, x: f64) -> f64 {
        curve::value(self, x)
    }

    /// The slope of the function at `x`; at a kink, what PyTorch takes for it.
    pub fn slope(self, x: f64) -> f64 {
        curve::slope(self, x)
    }
}

/// The activations whose slope can be told from their result: they need not keep what they were given.
#[derive(Clone, Copy, Debug)]
enum Told {
    ReLU,
    ReLU6,
    Sigmoid,
    Tanh,
}

impl Told {
    fn of(activation: Activation) -> Option<Self> {
        match activation {
            Activation::ReLU => Some(Self::ReLU),
            Activation::ReLU6 => Some(Self::ReLU6),
            Activation::Sigmoid => Some(Self::Sigmoid),
            Activation::Tanh => Some(Self::Tanh),
            _ => None,
        }
    }
}

/// `activation(x)`, number by number; the shape stays.
///
/// PyTorch: the functions of the same names in lower case in `torch.nn.functional`. Taught in notebook 02.
///
/// # Errors
/// Only where memory runs out.
pub fn activate<S: Shape, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    activation: Activation,
) -> Result<Tensor<S, f32, D, T>> {
    let shape = *x.shape();
    let dfdx = |error: D::Err| Error::Dfdx(error.to_string());
    let x = x.try_reshape_like(&(shape.num_elements(),)).map_err(dfdx)?;
    let y = D::activate(x, activation).map_err(dfdx)?;
    if super::probe::watching() {
        let sizes: Vec<usize> = shape.concrete().into_iter().collect();
        super::probe::see(&format_args!("{activation:?}"), &sizes, false, &y.as_vec());
    }
    let sizes: Vec<usize> = shape.concrete().into_iter().collect();
    let relu = matches!(activation, Activation::ReLU | Activation::ReLU6);
    let y = super::trace::keep(&format_args!("{activation:?}"), &sizes, relu, y).map_err(dfdx)?;
    y.try_reshape_like(&shape).map_err(dfdx)
}

/// The same, composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(usize,), f32, D, T>,
    activation: Activation,
) -> Result<Tensor<(usize,), f32, D, T>, D::Err> {
    match activation {
        Activation::ReLU => x.try_relu(),
        Activation::ReLU6 => x.try_clamp(0.0, 6.0),
        Activation::Sigmoid => x.try_sigmoid(),
        Activation::Tanh => x.try_tanh(),
        other => super::curve_compose::composed(x, other),
    }
}

/// Activation on the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    x: Tensor<(usize,), f32, Cpu, T>,
    activation: Activation,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let Some(activation) = Told::of(activation) else {
        return curve_cpu::on_cpu(x, activation);
    };
    let (x, mut tape) = x.split_tape();
    let mut out = values(&x)?;
    forward(activation, &mut out);
    let kept = if T::OWNS_TAPE { out.clone() } else { Vec::new() };
    let y = x.device().try_tensor_from_vec(out, *x.shape())?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        backward(activation, &kept, &dy, gradients.get_or_alloc_mut(&x)?);
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Numbers that one task works through.
const CHUNK: usize = 1 << 14;

fn forward(activation: Told, x: &mut [f32]) {
    x.par_chunks_mut(CHUNK).for_each(|x| match activation {
        Told::ReLU => x.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x }),
        Told::ReLU6 => x.iter_mut().for_each(|x| *x = x.clamp(0.0, 6.0)),
        Told::Sigmoid => x.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp())),
        Told::Tanh => x.iter_mut().for_each(|x| *x = x.tanh()),
    });
}

/// Adds `dy * f'(x)` to `dx`. The slope is told from the result `y` alone.
fn backward(activation: Told, y: &[f32], dy: &[f32], dx: &mut [f32]) {
    fn add(y: &[f32], dy: &[f32], dx: &mut [f32], slope: impl Fn(f32) -> f32) {
        for ((dx, dy), y) in dx.iter_mut().zip(dy).zip(y) {
            *dx += *dy * slope(*y);
        }
    }
    let chunks = y
        .par_chunks(CHUNK)
        .zip(dy.par_chunks(CHUNK))
        .zip(dx.par_chunks_mut(CHUNK));
    chunks.for_each(|((y, dy), dx)| match activation {
        Told::ReLU => add(y, dy, dx, |y| if y > 0.0 { 1.0 } else { 0.0 }),
        Told::ReLU6 => add(y, dy, dx, |y| if y > 0.0 && y < 6.0 { 1.0 } else { 0.0 }),
        Told::Sigmoid => add(y, dy, dx, |y| y * (1.0 - y)),
        Told::Tanh => add(y, dy, dx, |y| 1.0 - y * y),
    });
}
