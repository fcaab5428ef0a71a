//! Operations on a GPU by kernels of our own.
//!
//! The kernels stand beside those of the CPU, in `cuda.cu` in the folder of each operation. Here is what surrounds them: the
//! memory, the size of the grid, the arguments, the backward pass on the tape. All of it is generic over [`launch::Launch`],
//! a device that runs kernels by their names: `Cuda`, through its driver (`ops/cuda_driver.rs`), and in the tests the CPU,
//! which runs the same sources compiled as C++. So what is tested without a GPU is all but the driver itself.

pub(crate) mod conv2d;
pub(crate) mod embedding;
pub(crate) mod launch;
pub(crate) mod linear;
pub(crate) mod norm;
pub(crate) mod pointwise;
pub(crate) mod pool2d;
pub(crate) mod softmax;
