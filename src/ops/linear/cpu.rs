//! The affine map on the CPU: the same product of matrices three times.

use std::ops::Range;

use dfdx::prelude::*;

use crate::ops::cpu::{
    Left, Level, Offsets, Out, PANEL, Pieces, Unasked, add, for_each_part, product, restore, scalar_product, take,
    transpose, values, with_scratch,
};
use crate::ops::tensors::{Tensor1, Tensor2};

/// See [`linear`](fn@super::linear).
pub(crate) fn linear<T: Tape<f32, Cpu>>(
    x: Tensor2<Cpu, T>,
    weight: Tensor2<Cpu>,
    bias: Tensor1<Cpu>,
) -> Result<Tensor2<Cpu, T>, CpuError> {
    let all = 0..weight.shape().0;
    linear_part(x, weight, bias, all)
}

/// Forward, and the backward pass recorded on the tape, by the rows `part` of `weight` and of `bias`.
pub(crate) fn linear_part<T: Tape<f32, Cpu>>(
    x: Tensor2<Cpu, T>,
    weight: Tensor2<Cpu>,
    bias: Tensor1<Cpu>,
    part: Range<usize>,
) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (rows, columns) = *x.shape();
    let filters = part.len();
    let within = part.start * columns..part.end * columns;
    let (xs, ws) = (values(&x)?, values(&weight)?);
    let out = forward(rows, &xs, &ws[within.clone()], &values(&bias)?[part.clone()]);
    let y = x.device().try_tensor_from_vec(out, (rows, filters))?;
    let (x, y_ghost, asked) = (x.ghost(), y.ghost(), !Unasked::is(&xs));
    tape.add_backward_op(move |gradients| {
        let dy = take!(gradients, &y_ghost);
        if asked {
            let ws = &ws[within.clone()];
            backward_input(rows, ws, &dy, gradients.get_or_alloc_mut(&x)?);
        }
        let dw = gradients.get_or_alloc_mut(&weight)?;
        backward_weight(rows, &xs, &dy, &mut dw[within]);
        let db = &mut gradients.get_or_alloc_mut(&bias)?[part];
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
