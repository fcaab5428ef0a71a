//! Global pooling composed of dfdx's operations.

use dfdx::prelude::*;

use crate::ops::tensors::{Tensor2, Tensor4};

/// See [`avg_pool_global`](super::avg_pool_global).
pub(crate) fn avg_pool_global<D: Device<f32>, T: Tape<f32, D>>(x: Tensor4<D, T>) -> Result<Tensor2<D, T>, D::Err> {
    let (batch, channels, height, width) = *x.shape();
    x.try_reshape_like(&(batch, channels, height * width))?
        .try_mean::<_, Axis<2>>()
}
