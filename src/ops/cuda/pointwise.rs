//! What is done to each number by itself, on a GPU: activations, sums, dropout.

use dfdx::prelude::*;

use super::launch::{Address, Arg, Grid, Launch, Module, args, gradient};
use crate::ops::activation::kind::Activation;

const ACTIVATION: Module = Module {
    name: "activation",
    source: include_str!("../activation/cuda.cu"),
};
const ADD: Module = Module {
    name: "add_relu",
    source: include_str!("../add_relu/cuda.cu"),
};
const DROPOUT: Module = Module {
    name: "dropout",
    source: include_str!("../dropout/cuda.cu"),
};

type Numbers<D, T = NoneTape> = Tensor<(usize,), f32, D, T>;

/// The number of an activation in the kernels, and its parameter.
fn code(activation: Activation) -> (i32, f32) {
    match activation {
        Activation::ReLU => (0, 0.0),
        Activation::ReLU6 => (1, 0.0),
        Activation::Sigmoid => (2, 0.0),
        Activation::Tanh => (3, 0.0),
        Activation::LeakyReLU { negative_slope } => (4, negative_slope),
        Activation::ELU { alpha } => (5, alpha),
        Activation::SELU => (6, 0.0),
        Activation::GELU => (7, 0.0),
        Activation::GELUTanh => (8, 0.0),
        Activation::SiLU => (9, 0.0),
        Activation::Mish => (10, 0.0),
        Activation::Softplus => (11, 0.0),
        Activation::Softsign => (12, 0.0),
        Activation::Hardtanh => (13, 0.0),
        Activation::Hardsigmoid => (14, 0.0),
    }
}

/// Forward, and the backward pass recorded on the tape.
pub(crate) fn activate<D: Launch, T: Tape<f32, D>>(
    x: Numbers<D, T>,
    activation: Activation,
) -> Result<Numbers<D, T>, D::Err> {
    let (x, mut tape) = x.split_tape();
    let (dev, x_ghost, x) = (x.device().clone(), x.ghost(), x.try_contiguous()?);
    let (n, (kind, p), y) = (D::int(x.shape().0)?, code(activation), dev.try_zeros_like(x.shape())?);
    dev.launch(
        &ACTIVATION,
        "activate_forward",
        Grid::each(n),
        args![D::at(&x)?, D::at(&y)?, n, kind, p],
    )?;
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let y_ghost = y.ghost();
    tape.add_backward_op(move |gradients| {
        let dy = gradient!(gradients, &y_ghost);
        let dx = gradient!(gradients, &x_ghost);
        dev.launch(
            &ACTIVATION,
            "activate_input",
            Grid::each(n),
            args![dy, D::at(&x)?, dx, n, kind, p],
        )
    });
    Ok(y.put_tape(tape))
}

/// `a + b` and, with `relu`, its ReLU: forward, and the backward pass recorded on the tape.
pub(crate) fn add<D: Launch, T: Tape<f32, D>>(
    a: Numbers<D, T>,
    b: Numbers<D>,
    relu: bool,
) -> Result<Numbers<D, T>, D::Err> {
    let (a, mut tape) = a.split_tape();
    let (dev, a_ghost, b_ghost) = (a.device().clone(), a.ghost(), b.ghost());
    let (a, b) = (a.try_contiguous()?, b.try_contiguous()?);
    let (n, y) = (D::int(a.shape().0)?, dev.try_zeros_like(a.shape())?);
    dev.launch(
        &ADD,
        "add_forward",
        Grid::each(n),
        args![D::at(&a)?, D::at(&b)?, D::at(&y)?, n, relu],
    )?;
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let (y_ghost, kept) = (y.ghost(), relu.then(|| y.clone()));
    tape.add_backward_op(move |gradients| {
        let dy = gradient!(gradients, &y_ghost);
        let y = kept.as_ref().map_or(Ok(Address::NONE), D::at)?;
        // One after the other: they may be the same tensor.
        for dx in [gradient!(gradients, &a_ghost), gradient!(gradients, &b_ghost)] {
            dev.launch(&ADD, "add_input", Grid::each(n), args![dy, y, dx, n])?;
        }
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Dropout: forward, and the backward pass recorded on the tape. The mask is not kept but drawn again; it is that of the CPU
/// for the same seed.
pub(crate) fn dropout<D: Launch, T: Tape<f32, D>>(x: Numbers<D, T>, rate: f32) -> Result<Numbers<D, T>, D::Err> {
    let (x, mut tape) = x.split_tape();
    let (dev, x_ghost, x) = (x.device().clone(), x.ghost(), x.try_contiguous()?);
    let (n, y) = (D::int(x.shape().0)?, dev.try_zeros_like(x.shape())?);
    let seed = dev.random_u64();
    let limit = (f64::from(rate) * 2f64.powi(32)) as u32;
    let [low, high, limit] = [seed as u32, (seed >> 32) as u32, limit].map(|bits| Arg::Int(bits.cast_signed()));
    let scale = Arg::Float(1.0 / (1.0 - rate));
    let n_arg = Arg::Int(n);
    let args = [D::at(&x)?.into(), D::at(&y)?.into(), n_arg, low, high, limit, scale];
    dev.launch(&DROPOUT, "dropout_forward", Grid::each(n), &args)?;
    let y_ghost = y.ghost();
    tape.add_backward_op(move |gradients| {
        let dy = gradient!(gradients, &y_ghost);
        let dx = gradient!(gradients, &x_ghost);
        let args = [dy.into(), dx.into(), n_arg, low, high, limit, scale];
        dev.launch(&DROPOUT, "dropout_input", Grid::each(n), &args)
    });
    Ok(y.put_tape(tape))
}
