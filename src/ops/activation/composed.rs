//! The activations composed of dfdx's operations for devices without kernels of ours.

use dfdx::prelude::*;

use super::curve::{SELU_ALPHA, SELU_SCALE};
use super::kind::Activation;

type Numbers<D, T> = Tensor<(usize,), f32, D, T>;

/// See [`activate`](super::activate).
pub(crate) fn activate<D: Device<f32>, T: Tape<f32, D>>(
    x: Numbers<D, T>,
    activation: Activation,
) -> Result<Numbers<D, T>, D::Err> {
    match activation {
        Activation::LeakyReLU { negative_slope } => leaky(x, negative_slope),
        Activation::ELU { alpha } => elu(x, alpha, 1.0),
        Activation::SELU => elu(x, SELU_ALPHA as f32, SELU_SCALE as f32),
        Activation::GELU => gelu(x),
        Activation::GELUTanh => x.try_fast_gelu(),
        Activation::SiLU => {
            let (x, kept) = twice(x);
            x.try_mul(kept.try_sigmoid()?)
        }
        Activation::Mish => {
            let (x, kept) = twice(x);
            x.try_mul(softplus(kept)?.try_tanh()?)
        }
        Activation::Softplus => softplus(x),
        Activation::Softsign => {
            let (x, kept) = twice(x);
            x.try_div(kept.try_abs()?.try_add(1.0)?)
        }
        Activation::Hardtanh => x.try_clamp(-1.0, 1.0),
        Activation::Hardsigmoid => x.try_mul(1.0 / 6.0)?.try_add(0.5)?.try_clamp(0.0, 1.0),
        Activation::ReLU => x.try_relu(),
        Activation::ReLU6 => x.try_clamp(0.0, 6.0),
        Activation::Sigmoid => x.try_sigmoid(),
        Activation::Tanh => x.try_tanh(),
    }
}

/// The tensor two times, what was recorded so far with the second.
fn twice<D: Device<f32>, T: Tape<f32, D>>(x: Numbers<D, T>) -> (Numbers<D, T>, Numbers<D, T>) {
    let (x, tape) = x.split_tape();
    (x.retaped(), x.put_tape(tape))
}

/// `max(x, 0) - slope * max(-x, 0)`.
fn leaky<D: Device<f32>, T: Tape<f32, D>>(x: Numbers<D, T>, slope: f32) -> Result<Numbers<D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let below = x.retaped::<T>().try_negate()?.try_relu()?.try_mul(slope)?;
    x.put_tape(tape).try_relu()?.try_sub(below)
}

/// `scale * (max(x, 0) + alpha * (exp(min(x, 0)) - 1))`.
fn elu<D: Device<f32>, T: Tape<f32, D>>(x: Numbers<D, T>, alpha: f32, scale: f32) -> Result<Numbers<D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let below = x.retaped::<T>().try_negate()?.try_relu()?.try_negate()?.try_exp()?;
    let below = below.try_sub(1.0)?.try_mul(alpha)?;
    x.put_tape(tape).try_relu()?.try_add(below)?.try_mul(scale)
}

/// dfdx's own, whose value is right and whose slope is not: dfdx 0.13 has `Phi(x) + sqrt(2) x phi(x)`, where `phi` is the
/// density. What is too much of it is the slope of `(1 - sqrt(2)) phi(x)`. So that much of `phi` is added, and
/// taken away again as a constant.
fn gelu<D: Device<f32>, T: Tape<f32, D>>(x: Numbers<D, T>) -> Result<Numbers<D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let density = x.retaped::<T>().try_square()?.try_mul(-0.5)?.try_exp()?;
    let surplus = (std::f32::consts::SQRT_2 - 1.0) / std::f32::consts::TAU.sqrt();
    let density = density.try_mul(surplus)?;
    // Times one, so that it has a name and a gradient of its own.
    let constant = density.retaped::<NoneTape>().try_mul(1.0)?;
    let nothing = density.try_sub(constant)?;
    x.put_tape(tape).try_accurate_gelu()?.try_add(nothing)
}

/// `max(x, 0) + ln(1 + exp(-|x|))`.
fn softplus<D: Device<f32>, T: Tape<f32, D>>(x: Numbers<D, T>) -> Result<Numbers<D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let rest = x
        .retaped::<T>()
        .try_abs()?
        .try_negate()?
        .try_exp()?
        .try_add(1.0)?
        .try_ln()?;
    x.put_tape(tape).try_relu()?.try_add(rest)
}

#[cfg(test)]
mod tests {
    use super::super::cpu;
    use super::*;
    use crate::ops::tensors::Tensor4;
    use crate::ops::testing::{Taped, compare};

    /// Values and gradients of the compositions equal those of the CPU's kernels.
    #[test]
    fn compositions_equal_the_kernels() {
        let dev = Cpu::seed_from_u64(4);
        let x: Tensor<(usize,), f32, Cpu> = dev.sample_normal_like(&(200,)) * 3.0;
        let close = |name: &str, a: &[f32], b: &[f32]| {
            let far = a.iter().zip(b).find(|(a, b)| (*a - *b).abs() > 1e-5 * (1.0 + a.abs()));
            assert_eq!(far, None, "{name}");
        };
        for f in [
            Activation::ReLU,
            Activation::ReLU6,
            Activation::Sigmoid,
            Activation::Tanh,
            Activation::LeakyReLU { negative_slope: 0.3 },
            Activation::ELU { alpha: 0.7 },
            Activation::SELU,
            Activation::GELU,
            Activation::GELUTanh,
            Activation::SiLU,
            Activation::Mish,
            Activation::Softplus,
            Activation::Softsign,
            Activation::Hardtanh,
            Activation::Hardsigmoid,
        ] {
            let a = cpu::activate(x.leaky_trace(), f).expect("kernel");
            let b = activate(x.leaky_trace(), f).expect("composed");
            close(&f.to_string(), &a.as_vec(), &b.as_vec());
            let (a, b) = (a.square().sum().backward(), b.square().sum().backward());
            close(&f.to_string(), &a.get(&x).as_vec(), &b.get(&x).as_vec());
        }
    }

    #[test]
    fn activations_equal_the_kernel() {
        let dev = Cpu::seed_from_u64(5);
        let x: Tensor4<Cpu> = dev.sample_normal_like(&(2, 3, 7, 5));
        for kind in [Activation::ReLU, Activation::Sigmoid, Activation::Tanh] {
            let (flat, back) = (
                |x: Taped| x.reshape_like(&(210,)),
                |y: Tensor<(usize,), f32, Cpu, _>| y.reshape_like(&(2, 3, 7, 5)),
            );
            compare(
                &[&x],
                |x| back(cpu::activate(flat(x), kind).expect("kernel")),
                |x| back(activate(flat(x), kind).expect("composed")),
            );
        }
    }
}
