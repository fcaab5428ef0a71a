//! Batch and layer normalization on a GPU.

use dfdx::prelude::*;

use super::launch::{Buffer, Grid, Launch, Module, args, gradient};
use crate::ops::tensors::{Tensor1, Tensor2, Tensor4};

const BATCH: Module = Module {
    name: "batch_norm",
    source: include_str!("../batch_norm/cuda.cu"),
};
const LAYER: Module = Module {
    name: "layer_norm",
    source: include_str!("../layer_norm/cuda.cu"),
};

/// Batch normalization in training: the result, mean and variance of each channel.
pub(crate) fn batch_norm<D: Launch, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    weight: Tensor1<D>,
    bias: Tensor1<D>,
    eps: f32,
) -> Result<(Tensor4<D, T>, Tensor1<D>, Tensor1<D>), D::Err> {
    let (x, tape) = x.split_tape();
    let (dev, channels, row_major) = (x.device().clone(), x.shape().1, x.clone().try_contiguous()?);
    let (mean, variance) = (dev.try_zeros_like(&(channels,))?, dev.try_zeros_like(&(channels,))?);
    let [images, channels, pixels] = layout::<D>(&x)?;
    let args = args![
        D::at(&row_major)?,
        D::at(&mean)?,
        D::at(&variance)?,
        images,
        channels,
        pixels
    ];
    dev.launch(&BATCH, "batch_norm_stats", Grid::rows(channels, images * pixels), args)?;
    let given = [weight, bias, mean.clone(), variance.clone()];
    let y = normalize(x, tape, given, eps, true)?;
    Ok((y, mean, variance))
}

/// Batch normalization in evaluation.
pub(crate) fn batch_norm_eval<D: Launch, T: Tape<f32, D>>(
    x: Tensor4<D, T>,
    [weight, bias, mean, variance]: [Tensor1<D>; 4],
    eps: f32,
) -> Result<Tensor4<D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    normalize(x, tape, [weight, bias, mean, variance], eps, false)
}

/// Images, channels and pixels.
fn layout<D: Launch>(x: &Tensor4<D>) -> Result<[i32; 3], D::Err> {
    let (images, channels, height, width) = *x.shape();
    D::int(images * channels * height * width)?;
    Ok([D::int(images)?, D::int(channels)?, D::int(height * width)?])
}

/// `(x - mean) / sqrt(variance + eps) * weight + bias`. With `from_batch`, mean and variance are those of `x`, so that the
/// gradient has to pass through them.
fn normalize<D: Launch, T: Tape<f32, D>>(
    x: Tensor4<D>,
    mut tape: T,
    [weight, bias, mean, variance]: [Tensor1<D>; 4],
    eps: f32,
    from_batch: bool,
) -> Result<Tensor4<D, T>, D::Err> {
    let (x_ghost, dev, x) = (x.ghost(), x.device().clone(), x.try_contiguous()?);
    let [images, channels, pixels] = layout(&x)?;
    let n = images * channels * pixels;
    let y = dev.try_zeros_like(x.shape())?;
    let (mean_at, variance_at) = (D::at(&mean)?, D::at(&variance)?);
    let args = args![
        D::at(&x)?,
        mean_at,
        variance_at,
        D::at(&weight)?,
        D::at(&bias)?,
        D::at(&y)?,
        n,
        channels,
        pixels,
        eps
    ];
    dev.launch(&BATCH, "batch_norm_forward", Grid::each(n), args)?;
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let y_ghost = y.ghost();
    tape.add_backward_op(move |gradients| {
        let mut sums = dev.memory(2 * channels as usize)?;
        let (sums, x_at) = (D::at_buffer(&mut sums), D::at(&x)?);
        let (mean, variance, weight_at) = (D::at(&mean)?, D::at(&variance)?, D::at(&weight)?);
        let dy = gradient!(gradients, &y_ghost);
        let (dw, db) = (gradient!(gradients, &weight), gradient!(gradients, &bias));
        let grid = Grid::rows(channels, images * pixels);
        let args = args![dy, x_at, mean, variance, sums, dw, db, images, channels, pixels, eps];
        dev.launch(&BATCH, "batch_norm_sums", grid, args)?;
        let dx = gradient!(gradients, &x_ghost);
        let args = args![
            dy, x_at, mean, variance, weight_at, sums, dx, n, channels, pixels, eps, from_batch
        ];
        dev.launch(&BATCH, "batch_norm_input", Grid::each(n), args)
    });
    Ok(y.put_tape(tape))
}

/// Layer normalization: forward, and the backward pass recorded on the tape.
pub(crate) fn layer_norm<D: Launch, T: Tape<f32, D>>(
    x: Tensor2<D, T>,
    weight: Tensor1<D>,
    bias: Tensor1<D>,
    eps: f32,
) -> Result<Tensor2<D, T>, D::Err> {
    let (x, mut tape) = x.split_tape();
    let (dev, x_ghost, x) = (x.device().clone(), x.ghost(), x.try_contiguous()?);
    let (rows, columns) = (D::int(x.shape().0)?, D::int(x.shape().1)?);
    let n = D::int(x.shape().0 * x.shape().1)?;
    let y = dev.try_zeros_like(x.shape())?;
    let mut stats: Buffer<D> = dev.memory(2 * x.shape().0)?;
    let stats_at = D::at_buffer(&mut stats);
    let args = args![
        D::at(&x)?,
        D::at(&weight)?,
        D::at(&bias)?,
        D::at(&y)?,
        stats_at,
        rows,
        columns,
        eps
    ];
    dev.launch(&LAYER, "layer_norm_forward", Grid::rows(rows, columns), args)?;
    if !T::OWNS_TAPE {
        return Ok(y.put_tape(tape));
    }
    let y_ghost = y.ghost();
    tape.add_backward_op(move |gradients| {
        let (stats, x_at, weight_at) = (D::at_buffer(&mut stats), D::at(&x)?, D::at(&weight)?);
        let dy = gradient!(gradients, &y_ghost);
        let (dw, db) = (gradient!(gradients, &weight), gradient!(gradients, &bias));
        dev.add_columns(dy, db, rows, columns)?;
        let mut products = dev.memory(n as usize)?;
        let products = D::at_buffer(&mut products);
        let args = args![dy, x_at, stats, products, rows, columns];
        dev.launch(&LAYER, "layer_norm_products", Grid::each(n), args)?;
        dev.add_columns(products, dw, rows, columns)?;
        let dx = gradient!(gradients, &x_ghost);
        let args = args![dy, x_at, weight_at, stats, dx, rows, columns];
        dev.launch(&LAYER, "layer_norm_input", Grid::rows(rows, columns), args)
    });
    Ok(y.put_tape(tape))
}
