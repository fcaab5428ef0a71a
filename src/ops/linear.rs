//! The affine map `y = x W^T + b`.

use dfdx::prelude::*;

use super::autograd::{Unasked, restore, take, values};
use super::correlate::add;
use super::parallel::{Pieces, for_each_part, with_scratch};
use super::simd::{Level, widened};
use super::tile::{Left, Offsets, Out, PANEL, product};
use super::transpose::transpose;
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
    let (xs, ws) = (values(&x)?, values(&weight)?);
    let out = forward(rows, &xs, &ws, &values(&bias)?);
    let y = x.device().try_tensor_from_vec(out, (rows, filters))?;
    let (x, y_ghost, asked) = (x.ghost(), y.ghost(), !Unasked::is(&xs));
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        if asked {
            backward_input(rows, &ws, &dy, gradients.get_or_alloc_mut(&x)?);
        }
        backward_weight(rows, &xs, &dy, gradients.get_or_alloc_mut(&weight)?);
        let db = gradients.get_or_alloc_mut(&bias)?;
        dy.chunks(filters.max(1)).for_each(|dy| add(db, dy));
        restore!(gradients, &y_ghost, dy);
        Ok(())
    });
    Ok(y.put_tape(tape))
}

/// Rows of a matrix that one task works through.
const ROWS: usize = 32;

/// `y = x W^T + b`.
///
/// For a batch, a panel of the product is `(y^T) = W (x^T)`: some samples side by side, one row per filter.
fn forward(rows: usize, x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let filters = bias.len();
    let mut y = vec![0.0; rows * filters];
    if y.is_empty() {
        return y;
    }
    let columns = weight.len() / filters;
    if rows < FEW {
        few_rows(x, weight, bias, &mut y);
        return y;
    }
    let panels = rows.div_ceil(PANEL);
    with_scratch(panels * columns * PANEL, |turned| {
        let strips = Pieces::new(turned, columns * PANEL);
        for_each_part(panels, |i| {
            let n = PANEL.min(rows - i * PANEL);
            let mut strip = strips.lock(i);
            transpose(&x[i * PANEL * columns..], columns, [n, columns], &mut strip, PANEL);
        });
        drop(strips);
        many_rows(rows, turned, weight, bias, &mut y);
    });
    y
}

/// [`forward`] for a batch, whose rows are the columns of `turned`: strips of [`PANEL`] of them, the last maybe with
/// columns that nobody wants.
fn many_rows(rows: usize, turned: &[f32], weight: &[f32], bias: &[f32], y: &mut [f32]) {
    let (filters, panels) = (bias.len(), rows.div_ceil(PANEL));
    let columns = weight.len() / filters;
    let blocks = filters.div_ceil(ROWS);
    let pieces = Pieces::new(y, PANEL * filters);
    for_each_part(panels * blocks, |part| {
        let (panel, first) = (part / blocks, part % blocks * ROWS);
        let (m, n) = (ROWS.min(filters - first), PANEL.min(rows - panel * PANEL));
        let left = Left {
            data: &weight[first * columns..],
            rows: Offsets::Every(columns),
            cols: Offsets::Every(1),
        };
        let mut result = [0.0; ROWS * PANEL];
        let out = Out {
            data: &mut result,
            row: PANEL,
            add: false,
        };
        product(
            Level::get(),
            [m, columns, n],
            left,
            &turned[panel * columns * PANEL..],
            PANEL,
            out,
        );
        for (row, b) in result.chunks_mut(PANEL).zip(&bias[first..first + m]) {
            row.iter_mut().for_each(|v| *v += *b);
        }
        transpose(&result, PANEL, [m, n], &mut pieces.lock(panel)[first..], filters);
    });
}

/// Below so many rows a panel would be mostly empty.
const FEW: usize = 16;

/// [`forward`] by one scalar product per number: for a few samples, reading the weights is what takes the time.
fn few_rows(x: &[f32], weight: &[f32], bias: &[f32], y: &mut [f32]) {
    let (filters, columns) = (bias.len(), weight.len() / bias.len());
    // Tasks that are worth another core's while.
    let share = ((1 << 18) / columns.max(1)).clamp(1, filters);
    for (sample, y) in y.chunks_mut(filters).enumerate() {
        let x = &x[sample * columns..][..columns];
        let pieces = Pieces::new(y, share);
        for_each_part(pieces.len(), |i| {
            for (j, y) in pieces.lock(i).iter_mut().enumerate() {
                let filter = i * share + j;
                scalar_product(x, &weight[filter * columns..][..columns], y);
                *y += bias[filter];
            }
        });
    }
}

widened! {
    pub(super) fn scalar_product(a: &[f32], b: &[f32], result: &mut f32) = each_product;
}

#[inline(always)]
fn each_product(a: &[f32], b: &[f32], result: &mut f32) {
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<32>(), b.as_chunks::<32>());
    let mut sums = [0.0; 32];
    for (a, b) in a.iter().zip(b) {
        for i in 0..32 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    *result = sums.iter().sum::<f32>() + rest;
}

/// `dx += dy W`, some rows at a time.
fn backward_input(rows: usize, weight: &[f32], dy: &[f32], dx: &mut [f32]) {
    if dy.is_empty() || dx.is_empty() {
        return;
    }
    let (filters, columns) = (dy.len() / rows, dx.len() / rows);
    let pieces = Pieces::new(dx, ROWS * columns);
    for_each_part(pieces.len(), |i| {
        let mut dx = pieces.lock(i);
        let left = Left {
            data: &dy[i * ROWS * filters..],
            rows: Offsets::Every(filters),
            cols: Offsets::Every(1),
        };
        add_product([dx.len() / columns, filters, columns], left, weight, &mut dx);
    });
}

/// `dW += dy^T x`, some filters at a time: each sum over the batch is made in one piece, so that its result does not
/// depend on the number of threads.
fn backward_weight(rows: usize, x: &[f32], dy: &[f32], dw: &mut [f32]) {
    if dy.is_empty() || dw.is_empty() {
        return;
    }
    let (filters, columns) = (dy.len() / rows, x.len() / rows);
    let pieces = Pieces::new(dw, ROWS * columns);
    for_each_part(pieces.len(), |i| {
        let mut dw = pieces.lock(i);
        let left = Left {
            data: &dy[i * ROWS..],
            rows: Offsets::Every(1),
            cols: Offsets::Every(filters),
        };
        add_product([dw.len() / columns, rows, columns], left, x, &mut dw);
    });
}

/// `c += a b` for whole matrices, `b` of `k` x `n` and `c` of `m` x `n` without gaps.
fn add_product([m, k, n]: [usize; 3], a: Left, b: &[f32], c: &mut [f32]) {
    let whole = n - n % 16;
    for first in (0..whole).step_by(PANEL) {
        let out = Out {
            data: &mut c[first..],
            row: n,
            add: true,
        };
        product(Level::get(), [m, k, PANEL.min(whole - first)], a, &b[first..], n, out);
    }
    if whole == n {
        return;
    }
    // The last columns do not fill a register: they are copied to where they may be followed by anything.
    with_scratch((k + m) * 16, |scratch| {
        let (panel, result) = scratch.split_at_mut(k * 16);
        panel.fill(0.0);
        let rest = n - whole;
        for (row, b) in panel.chunks_mut(16).zip(b.chunks(n)) {
            row[..rest].copy_from_slice(&b[whole..]);
        }
        let out = Out {
            data: result,
            row: 16,
            add: false,
        };
        product(Level::get(), [m, k, rest], a, panel, 16, out);
        for (c, row) in c.chunks_mut(n).zip(result.chunks(16)) {
            add(&mut c[whole..], &row[..rest]);
        }
    });
}
