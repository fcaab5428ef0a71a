//! Operations with automatic differentiation: those that dfdx lacks on stable Rust (convolution, transposed
//! convolution, pooling, flattening), and some that a network spends its time in (the affine map, activations), so that
//! they run at full speed from a notebook cell, which is compiled without optimization.
//!
//! Each comes twice. On [`Cpu`] it has a kernel of its own, forward and backward side by side in one file. On every
//! other device it is composed of dfdx operations (`compose`). The trait [`Kernels`] chooses between the two, and
//! the tests hold one against the other.
//!
//! | function | PyTorch | taught in notebook |
//! |---|---|---|
//! | [`linear`] | `torch.nn.functional.linear` | 02 |
//! | [`activate`] | `relu`, `sigmoid`, `tanh`, `gelu` and others | 02 |
//! | [`softmax`], [`log_softmax`] | `softmax`, `log_softmax` | 03 |
//! | [`conv2d`] | `torch.nn.functional.conv2d` | 09 |
//! | [`conv_transpose2d`] | `torch.nn.functional.conv_transpose2d` | 17 |
//! | [`max_pool2d`], [`min_pool2d`], [`avg_pool2d`] | `max_pool2d`, `avg_pool2d` | 09 |
//! | [`avg_pool_global`], [`add_relu`] | `adaptive_avg_pool2d(x, 1)`, `relu(a + b)` | 11 |
//! | [`flatten`] | `torch.flatten(x, start_dim=1)` | 06 |
//! | [`numeric_gradient`], [`gradient_error`] | `torch.autograd.gradcheck` | 04 |
//! | [`dropout`] | `torch.nn.functional.dropout` | 08 |
//! | [`penalize_activity`] | Keras: `ActivityRegularization` | 08 |
//! | [`concat_channels`] | `torch.cat((a, b), dim=1)` | 13 |
//! | [`zero_pad2d`] | `torch.nn.functional.pad` | 13 |
//! | [`layer_norm`] | `torch.nn.functional.layer_norm` | 15 |
//! | [`rnn`], [`gru`], [`lstm`] | `torch.nn.RNN`, `GRU`, `LSTM` with `batch_first=True` | 14 |
//! | [`last_step`], [`mean_steps`] | `x[:, -1]`, `x.mean(1)` | 14, 16 |
//! | [`attention`], [`self_attention`] | `torch.nn.functional.scaled_dot_product_attention` | 15 |
//! | [`add_layer_norm`] | `layer_norm(a + b)` | 15 |
//! | [`batch_norm`], [`batch_norm_eval`] | `torch.nn.functional.batch_norm` | 08 |

mod activation;
mod activity;
mod add_norm;
mod add_relu;
mod attention;
mod attention_cpu;
mod autograd;
mod batch_norm;
mod batch_norm_cpu;
mod cells;
mod compose;
mod concat;
mod conv2d;
mod conv_transpose2d;
mod correlate;
mod curve;
mod curve_compose;
mod curve_cpu;
mod differences;
mod dropout;
mod flatten;
mod geometry;
mod global_pool;
mod layer_norm;
mod linear;
mod matrix;
mod pad;
mod parallel;
mod patches;
mod pool2d;
mod pool2x2;
pub(crate) mod probe;
mod recurrent;
mod recurrent_cpu;
mod simd;
mod smooth;
mod softmax;
mod steps;
mod tile;
mod times;
pub(crate) mod trace;

use dfdx::prelude::*;

pub use activation::{Activation, activate};
pub use activity::penalize_activity;
pub use add_norm::add_layer_norm;
pub use add_relu::add_relu;
pub(crate) use attention::project;
pub use attention::{AttentionOptions, attention, self_attention};
pub(crate) use autograd::Unasked;
pub(crate) use batch_norm::batch_norm_as;
pub use batch_norm::{ChannelStats, batch_norm, batch_norm_eval};
pub use cells::Cell;
pub use concat::concat_channels;
pub(crate) use concat::concat_channels_as;
pub(crate) use conv_transpose2d::conv_transpose2d_as;
pub use conv_transpose2d::{ConvTranspose2dOptions, conv_transpose2d};
pub(crate) use conv2d::conv2d_as;
pub use conv2d::{Conv2dOptions, conv2d};
pub use differences::{gradient_error, numeric_gradient};
pub use dropout::dropout;
pub use flatten::flatten;
pub(crate) use flatten::flatten_as;
pub use geometry::{ConvGeometry, PoolGeometry};
pub use global_pool::avg_pool_global;
pub(crate) use global_pool::avg_pool_global_as;
pub use layer_norm::layer_norm;
pub use linear::{Tensor2, linear};
pub use pad::{Padding, zero_pad2d};
pub(crate) use pool2d::pool2d_as;
pub use pool2d::{Pool2dOptions, PoolKind, avg_pool2d, max_pool2d, min_pool2d};
pub use recurrent::{Tensor3, Weights as RecurrentWeights, gru, lstm, rnn};
pub use softmax::{log_softmax, softmax};
pub use steps::{last_step, mean_steps};
pub use times::Times;

use crate::Error;

/// A batch of images or feature maps, `(B, C, H, W)`, with all sizes known at run time.
pub type Tensor4<D, T = NoneTape> = Tensor<(usize, usize, usize, usize), f32, D, T>;

/// A vector whose length is known at run time.
pub type Tensor1<D> = Tensor<(usize,), f32, D>;

/// A device that can run the operations of this module.
///
/// The methods take shapes that were checked already; use the functions of this module, or the layers in
/// [`nn`](crate::nn), which check them. The default of each method is composed of dfdx operations.
pub trait Kernels: Device<f32> {
    /// Wraps an error of this crate in the error type of the device's own operations.
    fn to_device_error(error: Error) -> Self::Err;

    /// Says that nobody will ask for the gradient of `x`, until the result is dropped. `None` where that saves nothing.
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn unasked<S: Shape>(_x: &Tensor<S, f32, Self>) -> Result<Option<Unasked>, Self::Err> {
        Ok(None)
    }

    /// See [`activate`].
    fn activate<T: Tape<f32, Self>>(
        x: Tensor<(usize,), f32, Self, T>,
        activation: Activation,
    ) -> Result<Tensor<(usize,), f32, Self, T>, Self::Err> {
        activation::composed(x, activation)
    }

    /// See [`softmax`] and, with `log`, [`log_softmax`]; along the rows of `x`.
    fn softmax<T: Tape<f32, Self>>(x: Tensor2<Self, T>, log: bool) -> Result<Tensor2<Self, T>, Self::Err> {
        softmax::composed(x, log)
    }

    /// See [`add_relu`].
    fn add_relu<T: Tape<f32, Self>>(
        a: Tensor<(usize,), f32, Self, T>,
        b: Tensor<(usize,), f32, Self>,
    ) -> Result<Tensor<(usize,), f32, Self, T>, Self::Err> {
        add_relu::composed(a, b)
    }

    /// See [`avg_pool_global`].
    fn avg_pool_global<T: Tape<f32, Self>>(x: Tensor4<Self, T>) -> Result<Tensor2<Self, T>, Self::Err> {
        global_pool::composed(x)
    }

    /// See [`linear`].
    fn linear<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor2<Self>,
        bias: Tensor1<Self>,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        linear::composed(x, weight, bias)
    }

    /// See [`conv2d`].
    fn conv2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor4<Self>,
        bias: Option<Tensor1<Self>>,
        geometry: ConvGeometry,
        relu: bool,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        compose::conv2d(x, weight, bias, geometry, relu)
    }

    /// See [`conv_transpose2d`]. `geometry` is that of the convolution that maps the output back to the input.
    fn conv_transpose2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor4<Self>,
        bias: Option<Tensor1<Self>>,
        geometry: ConvGeometry,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        compose::conv_transpose2d(x, weight, bias, geometry)
    }

    /// See [`max_pool2d`], [`min_pool2d`] and [`avg_pool2d`].
    fn pool2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        kind: PoolKind,
        geometry: PoolGeometry,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        compose::pool2d(x, kind, geometry)
    }

    /// See [`concat_channels`].
    fn concat_channels<T: Tape<f32, Self> + Merge<T>>(
        a: Tensor4<Self, T>,
        b: Tensor4<Self, T>,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        concat::composed(a, b)
    }

    /// See [`zero_pad2d`].
    fn zero_pad2d<T: Tape<f32, Self>>(x: Tensor4<Self, T>, padding: Padding) -> Result<Tensor4<Self, T>, Self::Err> {
        pad::composed(x, padding)
    }

    /// See [`batch_norm`]: the result, and mean and variance of each channel.
    fn batch_norm<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<(Tensor4<Self, T>, Tensor1<Self>, Tensor1<Self>), Self::Err> {
        batch_norm::composed(x, weight, bias, eps)
    }

    /// See [`batch_norm_eval`].
    fn batch_norm_eval<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        mean: Tensor1<Self>,
        variance: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        batch_norm::composed_eval(x, weight, bias, mean, variance, eps)
    }

    /// See [`layer_norm`].
    fn layer_norm<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        layer_norm::composed(x, weight, bias, eps)
    }

    /// See [`dropout`].
    fn dropout<T: Tape<f32, Self>>(
        x: Tensor<(usize,), f32, Self, T>,
        rate: f32,
    ) -> Result<Tensor<(usize,), f32, Self, T>, Self::Err> {
        x.try_dropout(rate)
    }

    /// See [`penalize_activity`]. `l1` and `l2` are divided by the batch size already.
    fn penalize_activity<T: Tape<f32, Self>>(
        x: Tensor<(usize,), f32, Self, T>,
        l1: f32,
        l2: f32,
    ) -> Result<Tensor<(usize,), f32, Self, T>, Self::Err> {
        activity::composed(x, l1, l2)
    }

    /// See [`rnn`], [`gru`] and [`lstm`].
    fn recurrent<T: Tape<f32, Self>>(
        cell: Cell,
        x: Tensor3<Self, T>,
        weights: RecurrentWeights<Self>,
    ) -> Result<Tensor3<Self, T>, Self::Err> {
        recurrent::composed(cell, x, weights)
    }

    /// See [`attention`].
    fn attention<T: Tape<f32, Self>>(
        queries: Tensor3<Self, T>,
        keys: Tensor3<Self, T>,
        values: Tensor3<Self, T>,
        options: AttentionOptions,
    ) -> Result<Tensor3<Self, T>, Self::Err> {
        attention::composed(queries, keys, values, options)
    }

    /// See [`self_attention`].
    fn self_attention<T: Tape<f32, Self>>(
        x: Tensor3<Self, T>,
        options: AttentionOptions,
    ) -> Result<Tensor3<Self, T>, Self::Err> {
        attention::composed_self(x, options)
    }

    /// See [`add_layer_norm`].
    fn add_layer_norm<T: Tape<f32, Self>>(
        a: Tensor2<Self, T>,
        b: Tensor2<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        add_norm::composed(a, b, weight, bias, eps)
    }

    /// See [`last_step`] and, with `mean`, [`mean_steps`].
    fn steps<T: Tape<f32, Self>>(x: Tensor3<Self, T>, mean: bool) -> Result<Tensor2<Self, T>, Self::Err> {
        steps::composed(x, mean)
    }
}

impl Kernels for Cpu {
    fn to_device_error(error: Error) -> CpuError {
        crate::device::set_aside(error)
    }

    #[allow(private_interfaces)]
    fn unasked<S: Shape>(x: &Tensor<S, f32, Self>) -> Result<Option<Unasked>, CpuError> {
        Unasked::new(x).map(Some)
    }

    fn activate<T: Tape<f32, Self>>(
        x: Tensor<(usize,), f32, Self, T>,
        activation: Activation,
    ) -> Result<Tensor<(usize,), f32, Self, T>, CpuError> {
        activation::on_cpu(x, activation)
    }

    fn softmax<T: Tape<f32, Self>>(x: Tensor2<Self, T>, log: bool) -> Result<Tensor2<Self, T>, CpuError> {
        softmax::on_cpu(x, log)
    }

    fn add_relu<T: Tape<f32, Self>>(
        a: Tensor<(usize,), f32, Self, T>,
        b: Tensor<(usize,), f32, Self>,
    ) -> Result<Tensor<(usize,), f32, Self, T>, CpuError> {
        add_relu::on_cpu(a, b)
    }

    fn avg_pool_global<T: Tape<f32, Self>>(x: Tensor4<Self, T>) -> Result<Tensor2<Self, T>, CpuError> {
        global_pool::on_cpu(x)
    }

    fn linear<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor2<Self>,
        bias: Tensor1<Self>,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        linear::on_cpu(x, weight, bias)
    }

    fn conv2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor4<Self>,
        bias: Option<Tensor1<Self>>,
        geometry: ConvGeometry,
        relu: bool,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        conv2d::on_cpu(x, weight, bias, geometry, relu)
    }

    fn conv_transpose2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor4<Self>,
        bias: Option<Tensor1<Self>>,
        geometry: ConvGeometry,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        conv_transpose2d::on_cpu(x, weight, bias, geometry)
    }

    fn pool2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        kind: PoolKind,
        geometry: PoolGeometry,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        pool2d::on_cpu(x, kind, geometry)
    }

    fn concat_channels<T: Tape<f32, Self> + Merge<T>>(
        a: Tensor4<Self, T>,
        b: Tensor4<Self, T>,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        concat::on_cpu(a, b)
    }

    fn zero_pad2d<T: Tape<f32, Self>>(x: Tensor4<Self, T>, padding: Padding) -> Result<Tensor4<Self, T>, CpuError> {
        pad::on_cpu(x, padding)
    }

    fn batch_norm<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<(Tensor4<Self, T>, Tensor1<Self>, Tensor1<Self>), CpuError> {
        batch_norm_cpu::train(x, weight, bias, eps)
    }

    fn batch_norm_eval<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        mean: Tensor1<Self>,
        variance: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        batch_norm_cpu::eval(x, weight, bias, mean, variance, eps)
    }

    fn layer_norm<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        layer_norm::on_cpu(x, weight, bias, eps)
    }

    fn dropout<T: Tape<f32, Self>>(
        x: Tensor<(usize,), f32, Self, T>,
        rate: f32,
    ) -> Result<Tensor<(usize,), f32, Self, T>, CpuError> {
        dropout::on_cpu(x, rate)
    }

    fn penalize_activity<T: Tape<f32, Self>>(
        x: Tensor<(usize,), f32, Self, T>,
        l1: f32,
        l2: f32,
    ) -> Result<Tensor<(usize,), f32, Self, T>, CpuError> {
        activity::on_cpu(x, l1, l2)
    }

    fn recurrent<T: Tape<f32, Self>>(
        cell: Cell,
        x: Tensor3<Self, T>,
        weights: RecurrentWeights<Self>,
    ) -> Result<Tensor3<Self, T>, CpuError> {
        recurrent_cpu::on_cpu(cell, x, weights)
    }

    fn steps<T: Tape<f32, Self>>(x: Tensor3<Self, T>, mean: bool) -> Result<Tensor2<Self, T>, CpuError> {
        steps::on_cpu(x, mean)
    }

    fn attention<T: Tape<f32, Self>>(
        queries: Tensor3<Self, T>,
        keys: Tensor3<Self, T>,
        values: Tensor3<Self, T>,
        options: AttentionOptions,
    ) -> Result<Tensor3<Self, T>, CpuError> {
        attention_cpu::apart(queries, keys, values, options)
    }

    fn self_attention<T: Tape<f32, Self>>(
        x: Tensor3<Self, T>,
        options: AttentionOptions,
    ) -> Result<Tensor3<Self, T>, CpuError> {
        attention_cpu::together(x, options)
    }

    fn add_layer_norm<T: Tape<f32, Self>>(
        a: Tensor2<Self, T>,
        b: Tensor2<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        add_norm::on_cpu(a, b, weight, bias, eps)
    }
}
