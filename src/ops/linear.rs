//! The affine map `y = x W^T + b`.

use dfdx::prelude::*;
use rayon::prelude::*;

use super::autograd::{restore, take, values};
use super::conv2d::add;
use super::matmul::{Matrix, matmul};
use super::parallel::part_size;
use super::{Kernels, Tensor1};
use crate::{Error, Result};

/// A table, `(rows, columns)`, with both sizes known at run time.
pub type Tensor2<D, T = NoneTape> = Tensor<(usize, usize), f32, D, T>;

/// `y = x W^T + b` for each row of `x`: `(B, I)` to `(B, O)`, with `weight` `(O, I)` and `bias` `(O,)`.
///
/// PyTorch: `torch.nn.functional.linear`. Taught in notebook 02.
///
/// # Errors
/// Only where memory runs out: the compiler checks the shapes.
pub fn linear<B: Dim, const I: usize, const O: usize, D: Kernels, T: Tape<f32, D>>(
    x: Tensor<(B, Const<I>), f32, D, T>,
    weight: &Tensor<Rank2<O, I>, f32, D>,
    bias: &Tensor<Rank1<O>, f32, D>,
) -> Result<Tensor<(B, Const<O>), f32, D, T>> {
    let batch = x.shape().0;
    let run = || -> Result<_, D::Err> {
        let x = x.try_reshape_like(&(batch.size(), I))?;
        let weight = weight.clone().try_reshape_like(&(O, I))?;
        let bias = bias.clone().try_reshape_like(&(O,))?;
        let y = D::linear(x, weight, bias)?;
        if super::probe::watching() {
            super::probe::see(
                &format_args!("Linear<{I}, {O}>"),
                &y.shape().concrete(),
                true,
                &y.as_vec(),
            );
        }
        let y = super::trace::keep(&format_args!("Linear<{I}, {O}>"), &y.shape().concrete(), false, y)?;
        y.try_reshape_like(&(batch, Const))
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}

/// The same, composed of dfdx's operations.
pub(super) fn composed<D: Kernels, T: Tape<f32, D>>(
    x: Tensor2<D, T>,
    weight: Tensor2<D>,
    bias: Tensor1<D>,
) -> Result<Tensor2<D, T>, D::Err> {
    let shape = (x.shape().0, weight.shape().0);
    let y = x.try_matmul(weight.retaped::<T>().try_permute::<_, Axes2<1, 0>>()?)?;
    y.try_add(bias.retaped::<T>().try_broadcast_like::<_, Axis<0>>(&shape)?)
}

/// The affine map on the CPU: forward, and the backward pass recorded on the tape.
pub(super) fn on_cpu<T: Tape<f32, Cpu>>(
    x: Tensor2<Cpu, T>,
    weight: Tensor2<Cpu>,
    bias: Tensor1<Cpu>,
) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (rows, filters) = (x.shape().0, weight.shape().0);
    let (xs, ws, bs) = (values(&x)?, values(&weight)?, values(&bias)?);
    let y = x
        .device()
        .try_tensor_from_vec(forward(rows, &xs, &ws, &bs), (rows, filters))?;
    let (x, y_ghost) = (x.ghost(), y.ghost());
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        let mut dx = take!(gradients, &x);
        backward_input(rows, &ws, &dy, &mut dx);
        restore!(gradients, &x, dx);
        backward_weight(rows, &xs, &dy, gradients.get_or_alloc_mut(&weight)?);
        let db = gradients.get_or_alloc_mut(&bias)?;
        dy.chunks(filters.max(1)).for_each(|dy| add(db, dy));
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

fn forward(rows: usize, x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let filters = bias.len();
    let mut y = vec![0.0; rows * filters];
    if y.is_empty() {
        return y;
    }
    let columns = weight.len() / filters;
    let w = Matrix::new(weight, filters, columns);
    let part = part_size(rows);
    y.par_chunks_mut(part * filters).enumerate().for_each(|(i, y)| {
        let n = y.len() / filters;
        matmul(
            y,
            false,
            Matrix::new(&x[i * part * columns..], n, columns),
            w.transposed(),
        );
        y.chunks_mut(filters).for_each(|y| add(y, bias));
    });
    y
}

/// `dx += dy W`, a share of the rows at a time.
fn backward_input(rows: usize, weight: &[f32], dy: &[f32], dx: &mut [f32]) {
    if dy.is_empty() || dx.is_empty() {
        return;
    }
    let (filters, columns) = (dy.len() / rows, dx.len() / rows);
    let part = part_size(rows);
    let parts = dx.par_chunks_mut(part * columns).zip(dy.par_chunks(part * filters));
    parts.for_each(|(dx, dy)| {
        let n = dy.len() / filters;
        matmul(
            dx,
            true,
            Matrix::new(dy, n, filters),
            Matrix::new(weight, filters, columns),
        );
    });
}

/// `dW += dy^T x`, a share of the filters at a time: each sum over the batch is made in one piece, so that its result
/// does not depend on the number of threads.
fn backward_weight(rows: usize, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    if dy.is_empty() || dw.is_empty() {
        return;
    }
    let (filters, columns) = (dy.len() / rows, x.len() / rows);
    let part = part_size(filters);
    dw.par_chunks_mut(part * columns).enumerate().for_each(|(i, dw)| {
        let dy = Matrix::new(dy, rows, filters).columns(i * part, dw.len() / columns);
        matmul(dw, true, dy.transposed(), Matrix::new(x, rows, columns));
    });
}
