//! One number added to all pixels of a feature map: how a row of features speaks to a picture.

pub(super) mod composed;
pub(super) mod cpu;

use dfdx::prelude::*;

use crate::ops::kernels::Kernels;
use crate::{Error, Result};

/// `y[b, c, i, j] = x[b, c, i, j] + rows[b, c]`: each map of each image is raised by a number of its own.
///
/// - `x` and result: `(B, C, H, W)`
/// - `rows`: `(B, C)`
///
/// PyTorch: `x + rows[:, :, None, None]`. Taught in notebook 19.
///
/// # Errors
/// [`Error::Shape`] where there is not one number for each map.
pub fn add_channels<B: Dim, C: Dim, H: Dim, W: Dim, D: Kernels, T: Tape<f32, D> + Merge<T>>(
    x: Tensor<(B, C, H, W), f32, D, T>,
    rows: Tensor<(B, C), f32, D, T>,
) -> Result<Tensor<(B, C, H, W), f32, D, T>> {
    let shape = *x.shape();
    let ([b, c, h, w], [n, numbers]) = (shape.concrete(), rows.shape().concrete());
    if [b, c] != [n, numbers] {
        return Err(Error::Shape {
            layer: "add_channels".into(),
            expected: format!("rows of shape ({b}, {c}), a number for each map"),
            got: format!("({n}, {numbers})"),
        });
    }
    let run = || -> Result<_, D::Err> {
        let (rows, other) = rows.try_reshape_like(&(b, c))?.split_tape();
        let (x, tape) = x.try_reshape_like(&(b, c, h, w))?.split_tape();
        D::add_channels(x.put_tape(tape.merge(other)), rows)?.try_reshape_like(&shape)
    };
    run().map_err(|error| Error::Dfdx(error.to_string()))
}
