//! Pooling layers.

use dfdx::prelude::*;

use crate::ops::{Kernels, Pool2dOptions, PoolKind, pool2d_as};

macro_rules! pool {
    ($(#[$doc:meta])* $Pool:ident, $kind:expr) => {
        $(#[$doc])*
        ///
        /// `K` is the side of the window, `S` its stride (by default `K`: windows side by side), `P` the padding.
        /// Maps `(B, C, H, W)` to `(B, C, Ho, Wo)` with `Ho = (H + 2P - K) / S + 1`. With `CEIL`, the size is rounded up: a
        /// last window may hang over the edge (Caffe's networks pool so). Taught in notebook 09.
        ///
        /// # Errors
        /// Forward fails where the window does not fit into the image.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $Pool<const K: usize, const S: usize = K, const P: usize = 0, const CEIL: bool = false>;

        impl<const K: usize, const S: usize, const P: usize, const CEIL: bool> ZeroSizedModule
            for $Pool<K, S, P, CEIL> {}
        impl<const K: usize, const S: usize, const P: usize, const CEIL: bool> NonMutableModule
            for $Pool<K, S, P, CEIL> {}

        impl<const K: usize, const S: usize, const P: usize, const CEIL: bool, B, C, H, W, D, T>
            Module<Tensor<(B, C, H, W), f32, D, T>> for $Pool<K, S, P, CEIL>
        where
            B: Dim,
            C: Dim,
            H: Dim,
            W: Dim,
            D: Kernels,
            T: Tape<f32, D>,
        {
            type Output = Tensor<(B, C, usize, usize), f32, D, T>;
            type Error = D::Err;

            fn try_forward(&self, x: Tensor<(B, C, H, W), f32, D, T>) -> Result<Self::Output, D::Err> {
                let name = format_args!("{}<{K}, {S}, {P}>", stringify!($Pool));
                let options = Pool2dOptions { kernel: K, stride: S, padding: P, ceil_mode: CEIL };
                pool2d_as(&name, x, $kind, options).map_err(D::to_device_error)
            }
        }
    };
}

pool! {
    /// The largest value under each window. PyTorch: `torch.nn.MaxPool2d(K, S, P, ceil_mode=CEIL)`.
    MaxPool2D, PoolKind::Max
}
pool! {
    /// The smallest value under each window.
    MinPool2D, PoolKind::Min
}
pool! {
    /// The mean under each window. PyTorch: `torch.nn.AvgPool2d(K, S, P, ceil_mode=CEIL)`.
    AvgPool2D, PoolKind::Avg
}
