//! The affine map on a GPU: the product is dfdx's, by cuBLAS; the bias is added where the product stands.

use std::ops::Range;

use dfdx::prelude::*;

use super::launch::{Launch, gradient};
use crate::ops::tensors::{Tensor1, Tensor2};

/// Forward, and the backward pass recorded on the tape, by the rows `part` of `weight` and of `bias`.
pub(crate) fn linear_part<D: Launch, T: Tape<f32, D>>(
    x: Tensor2<D, T>,
    weight: Tensor2<D>,
    bias: Tensor1<D>,
    part: Range<usize>,
) -> Result<Tensor2<D, T>, D::Err> {
    let ((rows, columns), filters) = (*x.shape(), part.len());
    let mut weight = weight.retaped::<T>();
    if filters < weight.shape().0 {
        weight = weight
            .try_slice((part.clone(), 0..columns))?
            .try_reshape_like(&(filters, columns))?;
    }
    let y = x.try_matmul(weight.try_permute::<_, Axes2<1, 0>>()?)?;
    let (y, mut tape) = y.split_tape();
    let (dev, y) = (y.device().clone(), y.try_contiguous()?);
    let n = D::int(rows * filters)?;
    let (rows, filters, first) = (D::int(rows)?, D::int(filters)?, part.start);
    dev.add_bias(D::at(&y)?, D::at(&bias)?.plus(first), n, filters)?;
    let y_ghost = y.ghost();
    tape.add_backward_op(move |gradients| {
        let dy = gradient!(gradients, &y_ghost);
        let db = gradient!(gradients, &bias).plus(first);
        dev.add_columns(dy, db, rows, filters)
    });
    Ok(y.put_tape(tape))
}
