//! Operations with automatic differentiation: those that dfdx lacks on stable Rust (convolution, transposed
//! convolution, pooling, flattening), and some that a network spends its time in (the affine map, activations), so that
//! they run at full speed from a notebook cell, which is compiled without optimization.
//!
//! One operation is one folder: `mod.rs` has the function with its shapes, checks and docs. Each comes twice. On
//! [`Cpu`](dfdx::prelude::Cpu) it has a kernel of its own, forward and backward side by side in `cpu.rs`. On every other
//! device it is composed of dfdx operations, in `composed.rs`, unless it has kernels for a GPU in `cuda.cu`, which the folder
//! `cuda` starts. The trait [`Kernels`] chooses between them, and the tests hold one against the other. What the kernels of the
//! CPU are built from, and how, is told in the folder `cpu`.
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
//! | [`embedding`] | `torch.nn.functional.embedding` | 14 |
//! | [`last_step`], [`mean_steps`] | `x[:, -1]`, `x.mean(1)` | 14, 16 |
//! | [`last_step_of`], [`mean_steps_of`] | the same of sequences with lengths | 14 |
//! | [`last_state`] | `h_n` of the last layer | 14 |
//! | [`attention`], [`self_attention`] | `torch.nn.functional.scaled_dot_product_attention` | 15 |
//! | [`attention_within`], [`self_attention_within`] | the same with a mask of lengths | 15 |
//! | [`attention_weights`] | `MultiheadAttention`'s second result | 15 |
//! | [`add_positions`] | `x + rows[:T]` | 15 |
//! | [`add_layer_norm`] | `layer_norm(a + b)` | 15 |
//! | [`upsample`], [`pixel_shuffle`] | `interpolate`, `pixel_shuffle` | 17 |
//! | [`add_channels`] | `x + rows[:, :, None, None]` | 19 |
//! | [`group_norm`] | `torch.nn.functional.group_norm` | 19 |
//! | [`aggregate`], [`aggregate_weighted`], [`sparse_linear`] | `torch.sparse.mm` | 20 |
//! | [`aggregate_max`], [`max_relative`], [`nearest_neighbors`] | `scatter_reduce`, `MRConv`, `knn_graph` | 20 |
//! | [`batch_norm`], [`batch_norm_eval`] | `torch.nn.functional.batch_norm` | 08 |

mod activation;
mod activity;
mod add_channels;
mod add_norm;
mod add_relu;
mod attention;
mod batch_norm;
mod concat;
mod conv2d;
mod conv_transpose2d;
pub(crate) mod cpu;
#[cfg(feature = "cuda")]
mod cuda;
#[cfg(feature = "cuda")]
mod cuda_driver;
mod differences;
mod dropout;
mod edge_attention;
mod embedding;
mod flatten;
mod geometry;
mod global_pool;
mod group_norm;
mod kernels;
mod kernels_cpu;
#[cfg(feature = "cuda")]
mod kernels_cuda;
mod last_state;
mod layer_norm;
mod linear;
mod nearest;
mod pad;
mod pixel_shuffle;
mod pool2d;
mod positions;
mod recurrent;
mod softmax;
mod sparse;
mod steps;
mod tensors;
#[cfg(test)]
mod testing;
mod times;
mod upsample;
mod windows;

pub use activation::{Activation, activate};
pub use activity::penalize_activity;
pub use add_channels::add_channels;
pub use add_norm::add_layer_norm;
pub(crate) use add_relu::add_onto;
pub use add_relu::add_relu;
pub use attention::{
    AttentionOptions, attention, attention_weights, attention_within, self_attention, self_attention_within,
};
pub(crate) use attention::{project, project_part};
pub(crate) use batch_norm::batch_norm_as;
pub use batch_norm::{ChannelStats, batch_norm, batch_norm_eval};
pub use concat::concat_channels;
pub(crate) use concat::concat_channels_as;
pub(crate) use conv_transpose2d::conv_transpose2d_as;
pub use conv_transpose2d::{ConvTranspose2dOptions, conv_transpose2d};
pub(crate) use conv2d::conv2d_as;
pub use conv2d::{Conv2dOptions, conv2d};
pub use differences::{gradient_error, numeric_gradient};
pub use dropout::dropout;
pub(crate) use edge_attention::EdgeAttention;
pub use embedding::embedding;
pub use flatten::flatten;
pub(crate) use flatten::flatten_as;
pub use geometry::{ConvGeometry, PoolGeometry};
pub use global_pool::avg_pool_global;
pub(crate) use global_pool::avg_pool_global_as;
pub use group_norm::group_norm;
pub use kernels::Kernels;
pub use last_state::last_state;
pub use layer_norm::layer_norm;
pub use linear::linear;
pub use nearest::nearest_neighbors;
pub use pad::{Padding, zero_pad2d};
pub use pixel_shuffle::pixel_shuffle;
pub(crate) use pool2d::pool2d_as;
pub use pool2d::{Pool2dOptions, PoolKind, avg_pool2d, max_pool2d, min_pool2d};
pub use positions::{add_positions, sinusoidal_positions, sinusoidal_row};
pub use recurrent::{Cell, Way as RecurrentWay, Weights as RecurrentWeights, gru, lstm, rnn};
pub(crate) use recurrent::{read as read_sequences, way as way_of};
pub use softmax::{log_softmax, softmax};
pub use sparse::{aggregate, aggregate_max, aggregate_weighted, max_relative, sparse_linear};
pub(crate) use sparse::{aggregate_biased, square as same_nodes};
pub use steps::{last_step, last_step_of, mean_steps, mean_steps_of};
pub use tensors::{Tensor1, Tensor2, Tensor3, Tensor4};
pub use times::Times;
pub use upsample::{Interpolation, upsample};
