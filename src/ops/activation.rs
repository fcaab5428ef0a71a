//! Functions applied to every number of a tensor.

use dfdx::prelude::*;

use super::Kernels;
use super::autograd::{restore, take, values, values_mut};
use super::parallel::{Pieces, for_each_part};
use super::simd::widened;
use super::{curve, curve_cpu, smooth};
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
///
/// Where nobody else holds the numbers of `x`, they become those of `y` where they stand: no memory is asked for, and the
/// gradient in front of the activation takes the place of the one behind it.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    x: Tensor<(usize,), f32, Cpu, T>,
    activation: Activation,
) -> Result<Tensor<(usize,), f32, Cpu, T>, CpuError> {
    let Some(activation) = Told::of(activation) else {
        return curve_cpu::on_cpu(x, activation);
    };
    let (x, mut tape) = x.split_tape();
    let x_ghost = x.ghost();
    let (y, in_place) = forward(x, activation, T::OWNS_TAPE)?;
    if T::OWNS_TAPE {
        let (kept, y_ghost) = (values(&y)?, y.ghost());
        tape.add_backward_op(move |gradients| {
            if in_place {
                // x and y go by one name. Who else took x as input did so before us, and adds to its gradient after us.
                backward_in_place(activation, &kept, gradients.get_or_alloc_mut(&y_ghost)?);
            } else {
                let dy = take!(gradients, &y_ghost);
                backward(activation, &kept, &dy, gradients.get_or_alloc_mut(&x_ghost)?);
                restore!(gradients, &y_ghost, dy);
            }
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// Numbers that one task works through.
const CHUNK: usize = 1 << 15;

/// `activation(x)`, and whether it took the place of `x`. With `record`, a result that did not has a name of its own.
fn forward(
    x: Tensor<(usize,), f32, Cpu>,
    activation: Told,
    record: bool,
) -> Result<(Tensor<(usize,), f32, Cpu>, bool), CpuError> {
    // Where the numbers of x stand. Those of y stand somewhere else if x was a view, or is held by somebody.
    let before = (x.shape().0 > 0).then(|| &raw const x[[0]]);
    let mut y = x.try_contiguous()?;
    let numbers = values_mut(&mut y);
    let in_place = before.is_none_or(|before| std::ptr::eq(before, numbers.as_ptr()));
    let chunks = Pieces::new(numbers, CHUNK);
    for_each_part(chunks.len(), |i| apply(activation, &mut chunks.lock(i)));
    drop(chunks);
    if record && !in_place {
        // dfdx lets a result that it computes in place have a new name; times one changes nothing.
        y = y.try_mul(1.0)?;
    }
    Ok((y, in_place))
}

widened! {
    fn apply(activation: Told, x: &mut [f32]) = apply_each;
}

#[inline(always)]
fn apply_each(activation: Told, x: &mut [f32]) {
    match activation {
        Told::ReLU => x.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x }),
        Told::ReLU6 => x.iter_mut().for_each(|x| *x = x.clamp(0.0, 6.0)),
        Told::Sigmoid => x.iter_mut().for_each(|x| *x = smooth::sigmoid(*x)),
        Told::Tanh => x.iter_mut().for_each(|x| *x = smooth::tanh(*x)),
    }
}

/// Adds `dy * f'(x)` to `dx`. The slope is told from the result `y` alone.
fn backward(activation: Told, y: &[f32], dy: &[f32], dx: &mut [f32]) {
    let dx = Pieces::new(dx, CHUNK);
    for_each_part(dx.len(), |i| {
        let mut dx = dx.lock(i);
        let part = i * CHUNK..i * CHUNK + dx.len();
        add_slopes(activation, &y[part.clone()], &dy[part], &mut dx);
    });
}

/// `dx = dy * f'(x)` where `dx` takes the place of `dy`.
fn backward_in_place(activation: Told, y: &[f32], dy: &mut [f32]) {
    let dy = Pieces::new(dy, CHUNK);
    for_each_part(dy.len(), |i| {
        let mut dy = dy.lock(i);
        let part = i * CHUNK..i * CHUNK + dy.len();
        multiply_slopes(activation, &y[part], &mut dy);
    });
}

widened! {
    fn add_slopes(activation: Told, y: &[f32], dy: &[f32], dx: &mut [f32]) = add_each_slope;
}
widened! {
    fn multiply_slopes(activation: Told, y: &[f32], dy: &mut [f32]) = multiply_each_slope;
}

#[inline(always)]
fn add_each_slope(activation: Told, y: &[f32], dy: &[f32], dx: &mut [f32]) {
    let each = dx.iter_mut().zip(dy).zip(y);
    match activation {
        Told::ReLU => each.for_each(|((dx, dy), y)| *dx += if *y > 0.0 { *dy } else { 0.0 }),
        Told::ReLU6 => each.for_each(|((dx, dy), y)| *dx += if *y > 0.0 && *y < 6.0 { *dy } else { 0.0 }),
        Told::Sigmoid => each.for_each(|((dx, dy), y)| *dx += *dy * (*y * (1.0 - *y))),
        Told::Tanh => each.for_each(|((dx, dy), y)| *dx += *dy * (1.0 - *y * *y)),
    }
}

#[inline(always)]
fn multiply_each_slope(activation: Told, y: &[f32], dy: &mut [f32]) {
    let each = dy.iter_mut().zip(y);
    match activation {
        Told::ReLU => each.for_each(|(dy, y)| *dy = if *y > 0.0 { *dy } else { 0.0 }),
        Told::ReLU6 => each.for_each(|(dy, y)| *dy = if *y > 0.0 && *y < 6.0 { *dy } else { 0.0 }),
        Told::Sigmoid => each.for_each(|(dy, y)| *dy *= *y * (1.0 - *y)),
        Told::Tanh => each.for_each(|(dy, y)| *dy *= 1.0 - *y * *y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Taped = Tensor<(usize,), f32, Cpu, OwnedTape<f32, Cpu>>;

    /// An activation that works in place gives the same numbers and gradients as one that may not, because somebody
    /// still holds its input; and what other operations make of the same input stays right.
    #[test]
    fn in_place_or_not() {
        let dev = Cpu::seed_from_u64(3);
        let x: Tensor<(usize,), f32, Cpu> = dev.sample_normal_like(&(100,));
        for kind in [Activation::ReLU, Activation::Sigmoid, Activation::Tanh] {
            // Before us, an operation that keeps nothing but the name of its input.
            let run = |hold: bool| {
                let z: Taped = x.leaky_trace() * 1.5;
                let (z, tape) = z.split_tape();
                let side = z.retaped::<OwnedTape<f32, Cpu>>() * 3.0;
                let held = hold.then(|| z.clone());
                let y = on_cpu(z.put_tape(tape), kind).expect("works");
                let before = held.as_ref().map(|z| z.as_vec());
                let values = y.as_vec();
                let gradient = (y + side).square().sum().backward().get(&x).as_vec();
                assert_eq!(held.map(|z| z.as_vec()), before);
                (values, gradient)
            };
            assert_eq!(run(true), run(false), "{kind:?}");
        }
    }
}
