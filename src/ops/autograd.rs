//! What every operation on the CPU needs from dfdx: the numbers of a tensor, and its gradient.

use dfdx::prelude::*;

/// The numbers of `t` in row-major order.
///
/// `copy_into` copies *physical* memory, which is another order where a tensor was permuted or broadcast. Making it
/// contiguous first costs nothing where it already is.
pub(super) fn values<S: Shape>(t: &Tensor<S, f32, Cpu>) -> Result<Vec<f32>, CpuError> {
    let t = t.clone().try_contiguous()?;
    let mut values = vec![0.0; t.shape().num_elements()];
    t.copy_into(&mut values);
    Ok(values)
}

/// Moves the gradient of the tensor out of `gradients`, so that another one can be written at the same time.
/// It must be put back with `restore!`: callers may ask for the gradient of any tensor afterwards.
///
/// A macro, because the trait that tensors and their ghosts share has no public name in dfdx.
macro_rules! take {
    ($gradients:expr, $tensor:expr) => {
        std::mem::take(&mut **$gradients.get_or_alloc_mut($tensor)?)
    };
}

/// Puts back what `take!` moved out.
macro_rules! restore {
    ($gradients:expr, $tensor:expr, $values:expr) => {
        **$gradients.get_or_alloc_mut($tensor)? = $values
    };
}

pub(super) use {restore, take};
