//! Tensors whose sizes are known at run time: what the kernels work on. A kernel for them is compiled once, in this
//! crate, and not for every shape in every cell of a notebook.

use dfdx::prelude::*;

/// A vector whose length is known at run time.
pub type Tensor1<D> = Tensor<(usize,), f32, D>;

/// A table, `(rows, columns)`, with both sizes known at run time.
pub type Tensor2<D, T = NoneTape> = Tensor<(usize, usize), f32, D, T>;

/// A batch of sequences, `(B, T, I)`, with all sizes known at run time.
pub type Tensor3<D, T = NoneTape> = Tensor<(usize, usize, usize), f32, D, T>;

/// A batch of images or feature maps, `(B, C, H, W)`, with all sizes known at run time.
pub type Tensor4<D, T = NoneTape> = Tensor<(usize, usize, usize, usize), f32, D, T>;
