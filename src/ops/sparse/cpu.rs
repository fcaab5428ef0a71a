//! Products with sparse matrices, on the CPU.

use dfdx::prelude::*;

use crate::graph::SparseMatrix;
use crate::ops::cpu::{
    Pieces, add, for_each_part, made_in_parts, restore, scalar_product, share, take, transpose, values, widened,
};
use crate::ops::tensors::{Tensor1, Tensor2};

/// `A x + bias`, or with `turned` `A x^T`: forward, and the backward pass recorded on the tape. `weights`, where they are
/// given, stand in the place of the entries of `A` and get a gradient.
pub(crate) fn sparse_product<T: Tape<f32, Cpu>>(
    a: &SparseMatrix,
    weights: Option<Tensor1<Cpu>>,
    x: Tensor2<Cpu, T>,
    bias: Option<Tensor1<Cpu>>,
    turned: bool,
) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let width = if turned { x.shape().0 } else { x.shape().1 };
    let y = {
        let x_values = values(&x)?;
        let rows = Rows::new(&x_values, x.shape().1, turned);
        let of_weights = weights.as_ref().map(values).transpose()?;
        let of_bias = bias.as_ref().map(values).transpose()?;
        forward(
            a,
            of_weights.as_deref().unwrap_or(a.values()),
            &rows,
            of_bias.as_deref(),
            width,
        )
    };
    let y = x.device().try_tensor_from_vec(y, (a.shape().0, width))?;
    if T::OWNS_TAPE {
        let (a, y_ghost) = (a.clone(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let dy = take!(gradients, &y_ghost);
            if let Some(bias) = &bias {
                let dbias = gradients.get_or_alloc_mut(bias)?;
                dy.chunks(width.max(1)).for_each(|dy| add(dbias, dy));
            }
            let of_weights = weights.as_ref().map(values).transpose()?;
            let entries = of_weights.as_deref().unwrap_or(a.values());
            backward(&a, entries, &dy, gradients.get_or_alloc_mut(&x)?, width, turned);
            if let Some(weights) = &weights {
                let x_values = values(&x)?;
                let rows = Rows::new(&x_values, x.shape().1, turned);
                backward_entries(&a, &rows, &dy, gradients.get_or_alloc_mut(weights)?, width);
            }
            restore!(gradients, &y_ghost, dy);
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// The rows that a product sums up.
enum Rows<'a> {
    AsTheyAre(&'a [f32]),
    Turned(Vec<f32>),
}

impl<'a> Rows<'a> {
    fn new(x: &'a [f32], columns: usize, turned: bool) -> Self {
        if !turned || x.is_empty() {
            return Self::AsTheyAre(x);
        }
        Self::Turned(turn(x, columns))
    }

    fn get(&self) -> &[f32] {
        match self {
            Self::AsTheyAre(x) => x,
            Self::Turned(x) => x,
        }
    }
}

/// The numbers of `x` column after column.
fn turn(x: &[f32], columns: usize) -> Vec<f32> {
    let mut turned = vec![0.0; x.len()];
    let rows = x.len() / columns.max(1);
    transpose(x, columns, [rows, columns], &mut turned, rows);
    turned
}

/// Rows for a part: more, the fewer entries they have.
fn rows_for_a_part(entries: usize, rows: usize, width: usize) -> usize {
    share((entries / rows.max(1) + 1) * width)
}

fn forward(a: &SparseMatrix, entries: &[f32], x: &Rows, bias: Option<&[f32]>, width: usize) -> Vec<f32> {
    let (rows, x) = (a.shape().0, x.get());
    let part = rows_for_a_part(entries.len(), rows, width);
    made_in_parts(rows * width, part * width, |i, y| {
        for (row, y) in y.chunks_mut(width.max(1)).enumerate() {
            if let Some(bias) = bias {
                y.copy_from_slice(bias);
            }
            let (from, to) = (a.starts()[i * part + row], a.starts()[i * part + row + 1]);
            combine(y, &a.places()[from..to], &entries[from..to], x);
        }
    })
}

/// `dx += A^T dy`, row by row of `dx`, in the order of the entries.
fn backward(a: &SparseMatrix, entries: &[f32], dy: &[f32], dx: &mut [f32], width: usize, turned: bool) {
    if dy.is_empty() || dx.is_empty() {
        return;
    }
    let back = a.turned();
    let part = rows_for_a_part(entries.len(), a.shape().1, width);
    let run = |dx: &mut [f32]| {
        let pieces = Pieces::new(dx, part * width);
        for_each_part(pieces.len(), |i| {
            let mut weights = Vec::new();
            for (row, dx) in pieces.lock(i).chunks_mut(width).enumerate() {
                let range = back.starts[i * part + row]..back.starts[i * part + row + 1];
                weights.clear();
                weights.extend(back.entries[range.clone()].iter().map(|e| entries[*e as usize]));
                combine(dx, &back.rows[range], &weights, dy);
            }
        });
    };
    if turned {
        let mut columns = vec![0.0; dx.len()];
        run(&mut columns);
        add(dx, &turn(&columns, width));
    } else {
        run(dx);
    }
}

/// The gradient of each entry: what came to its row times what stands in its column.
fn backward_entries(a: &SparseMatrix, x: &Rows, dy: &[f32], dentries: &mut [f32], width: usize) {
    let x = x.get();
    if dy.is_empty() || x.is_empty() {
        return;
    }
    let part = share(width);
    let pieces = Pieces::new(dentries, part);
    for_each_part(pieces.len(), |i| {
        let mut dentries = pieces.lock(i);
        let mut row = a.starts().partition_point(|start| *start <= i * part) - 1;
        for (k, dentry) in dentries.iter_mut().enumerate() {
            let entry = i * part + k;
            while a.starts()[row + 1] <= entry {
                row += 1;
            }
            let mut product = 0.0;
            let column = a.places()[entry] as usize;
            scalar_product(&dy[row * width..][..width], &x[column * width..][..width], &mut product);
            *dentry += product;
        }
    });
}

widened! {
    /// `y += sum of weights[k] * x[places[k]]`, in the order of `k`.
    fn combine(y: &mut [f32], places: &[u32], weights: &[f32], x: &[f32]) = combine_each;
}

#[inline(always)]
fn combine_each(y: &mut [f32], places: &[u32], weights: &[f32], x: &[f32]) {
    let width = y.len();
    for (place, weight) in places.iter().zip(weights) {
        let x = &x[*place as usize * width..][..width];
        y.iter_mut().zip(x).for_each(|(y, x)| *y += weight * x);
    }
}

/// The largest of the rows that each row of `A` names, with `relative` less the row's own numbers: forward, and the backward
/// pass recorded on the tape.
pub(crate) fn sparse_max<T: Tape<f32, Cpu>>(
    a: &SparseMatrix,
    x: Tensor2<Cpu, T>,
    relative: bool,
) -> Result<Tensor2<Cpu, T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (rows, width) = (a.shape().0, x.shape().1);
    let mut winners = vec![u32::MAX; rows * width];
    let y = largest(a, &values(&x)?, &mut winners, width, relative);
    let y = x.device().try_tensor_from_vec(y, (rows, width))?;
    if T::OWNS_TAPE {
        let (a, x, y_ghost) = (a.clone(), x.ghost(), y.ghost());
        tape.add_backward_op(move |gradients| {
            let dy = take!(gradients, &y_ghost);
            backward_max(&a, &winners, &dy, gradients.get_or_alloc_mut(&x)?, width, relative);
            restore!(gradients, &y_ghost, dy);
            Ok(())
        });
    }
    Ok(y.put_tape(tape))
}

/// The largest numbers, and in which row of `x` each stands.
fn largest(a: &SparseMatrix, x: &[f32], winners: &mut [u32], width: usize, relative: bool) -> Vec<f32> {
    let rows = a.shape().0;
    let part = rows_for_a_part(a.entries(), rows, width);
    let winners = Pieces::new(winners, part * width);
    made_in_parts(rows * width, part * width, |i, y| {
        let mut winners = winners.lock(i);
        let pieces = y.chunks_mut(width.max(1)).zip(winners.chunks_mut(width.max(1)));
        for (row, (y, winners)) in pieces.enumerate() {
            let (from, to) = (a.starts()[i * part + row], a.starts()[i * part + row + 1]);
            for place in &a.places()[from..to] {
                let x = &x[*place as usize * width..][..width];
                for ((y, winner), x) in y.iter_mut().zip(winners.iter_mut()).zip(x) {
                    if *winner == u32::MAX || x > y {
                        (*y, *winner) = (*x, *place);
                    }
                }
            }
            if relative && to > from {
                let own = &x[(i * part + row) * width..];
                y.iter_mut().zip(own).for_each(|(y, own)| *y -= own);
            }
        }
    })
}

fn backward_max(a: &SparseMatrix, winners: &[u32], dy: &[f32], dx: &mut [f32], width: usize, relative: bool) {
    if dy.is_empty() || dx.is_empty() {
        return;
    }
    let back = a.turned();
    let part = rows_for_a_part(a.entries(), a.shape().1, width);
    let pieces = Pieces::new(dx, part * width);
    for_each_part(pieces.len(), |i| {
        for (row, dx) in pieces.lock(i).chunks_mut(width).enumerate() {
            let place = i * part + row;
            if relative && a.starts()[place] < a.starts()[place + 1] {
                dx.iter_mut().zip(&dy[place * width..]).for_each(|(dx, dy)| *dx -= dy);
            }
            for from in &back.rows[back.starts[place]..back.starts[place + 1]] {
                let from = *from as usize * width;
                for ((dx, dy), winner) in dx.iter_mut().zip(&dy[from..]).zip(&winners[from..][..width]) {
                    *dx += if *winner as usize == place { *dy } else { 0.0 };
                }
            }
        }
    });
}
