//! The choice between the two forms of every operation: a kernel of ours, or a composition of dfdx's operations.
//!
//! The functions and layers that a reader calls ask for a device with [`Kernels`]; they check shapes and call its method of
//! their name. The defaults here are the compositions (`composed.rs` in the folder of the operation), which run on every
//! device; the CPU has kernels instead (`cpu.rs`), named in `kernels_cpu.rs`. A GPU kernel will be one more method of
//! `impl Kernels for Cuda`.
//!
//! Files of kernels and compositions know nothing of the trait, so that arrows run one way: public function, trait,
//! kernel.

use std::ops::Range;
use std::sync::Arc;

use dfdx::prelude::*;

use super::activation::{composed as activation, kind::Activation};
use super::activity::composed as activity;
use super::add_channels::composed as add_channels;
use super::add_norm::composed as add_norm;
use super::add_relu::composed as add_relu;
use super::attention::{
    composed as attention,
    options::{AttentionOptions, Lengths},
};
use super::batch_norm::composed as batch_norm;
use super::concat::composed as concat;
use super::conv_transpose2d::composed as conv_transpose2d;
use super::conv2d::composed as conv2d;
use super::cpu::Unasked;
use super::edge_attention::{composed as edge_attention, vectors::Vectors};
use super::embedding::composed as embedding;
use super::geometry::{ConvGeometry, PoolGeometry};
use super::global_pool::composed as global_pool;
use super::group_norm::composed as group_norm;
use super::last_state::composed as last_state;
use super::layer_norm::composed as layer_norm;
use super::linear::composed as linear;
use super::pad::{composed as pad, padding::Padding};
use super::pixel_shuffle::composed as pixel_shuffle;
use super::pool2d::{composed as pool2d, options::PoolKind};
use super::positions::composed as positions;
use super::recurrent::{cell::Cell, composed as recurrent, way::Way};
use super::softmax::composed as softmax;
use super::sparse::composed as sparse;
use super::steps::composed as steps;
use super::tensors::{Tensor1, Tensor2, Tensor3, Tensor4};
use super::upsample::{composed as upsample, places::Interpolation};
use crate::Error;
use crate::graph::{Graph, SparseMatrix};

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

    /// See [`activate`](fn@super::activate).
    fn activate<T: Tape<f32, Self>>(
        x: Tensor<(usize,), f32, Self, T>,
        activation: Activation,
    ) -> Result<Tensor<(usize,), f32, Self, T>, Self::Err> {
        activation::activate(x, activation)
    }

    /// See [`softmax`](fn@super::softmax) and, with `log`, [`log_softmax`](fn@super::log_softmax); along the rows of `x`.
    fn softmax<T: Tape<f32, Self>>(x: Tensor2<Self, T>, log: bool) -> Result<Tensor2<Self, T>, Self::Err> {
        softmax::softmax(x, log)
    }

    /// `a + b` or, with `relu`, [`add_relu`](fn@super::add_relu).
    fn add<T: Tape<f32, Self>>(
        a: Tensor<(usize,), f32, Self, T>,
        b: Tensor<(usize,), f32, Self>,
        relu: bool,
    ) -> Result<Tensor<(usize,), f32, Self, T>, Self::Err> {
        add_relu::add_relu(a, b, relu)
    }

    /// See [`avg_pool_global`](fn@super::avg_pool_global).
    fn avg_pool_global<T: Tape<f32, Self>>(x: Tensor4<Self, T>) -> Result<Tensor2<Self, T>, Self::Err> {
        global_pool::avg_pool_global(x)
    }

    /// See [`linear`](fn@super::linear).
    fn linear<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor2<Self>,
        bias: Tensor1<Self>,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        linear::linear(x, weight, bias)
    }

    /// [`linear`](fn@super::linear) by the rows `part` of `weight` and of `bias` alone.
    fn linear_part<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor2<Self>,
        bias: Tensor1<Self>,
        part: Range<usize>,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        linear::linear_part(x, weight, bias, part)
    }

    /// See [`conv2d`](fn@super::conv2d).
    fn conv2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor4<Self>,
        bias: Option<Tensor1<Self>>,
        geometry: ConvGeometry,
        relu: bool,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        conv2d::conv2d(x, weight, bias, geometry, relu)
    }

    /// See [`conv_transpose2d`](fn@super::conv_transpose2d). `geometry` is that of the convolution that maps the output back to the input.
    fn conv_transpose2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor4<Self>,
        bias: Option<Tensor1<Self>>,
        geometry: ConvGeometry,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        conv_transpose2d::conv_transpose2d(x, weight, bias, geometry)
    }

    /// See [`max_pool2d`](fn@super::max_pool2d), [`min_pool2d`](fn@super::min_pool2d) and [`avg_pool2d`](fn@super::avg_pool2d).
    fn pool2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        kind: PoolKind,
        geometry: PoolGeometry,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        pool2d::pool2d(x, kind, geometry)
    }

    /// See [`add_channels`](fn@super::add_channels).
    fn add_channels<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        rows: Tensor2<Self>,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        add_channels::add_channels(x, rows)
    }

    /// See [`concat_channels`](fn@super::concat_channels).
    fn concat_channels<T: Tape<f32, Self> + Merge<T>>(
        a: Tensor4<Self, T>,
        b: Tensor4<Self, T>,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        concat::concat_channels(a, b)
    }

    /// See [`zero_pad2d`](fn@super::zero_pad2d).
    fn zero_pad2d<T: Tape<f32, Self>>(x: Tensor4<Self, T>, padding: Padding) -> Result<Tensor4<Self, T>, Self::Err> {
        pad::zero_pad2d(x, padding)
    }

    /// See [`batch_norm`](fn@super::batch_norm): the result, and mean and variance of each channel.
    fn batch_norm<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<(Tensor4<Self, T>, Tensor1<Self>, Tensor1<Self>), Self::Err> {
        batch_norm::batch_norm(x, weight, bias, eps)
    }

    /// See [`batch_norm_eval`](fn@super::batch_norm_eval).
    fn batch_norm_eval<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        mean: Tensor1<Self>,
        variance: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        batch_norm::batch_norm_eval(x, weight, bias, mean, variance, eps)
    }

    /// See [`group_norm`](fn@super::group_norm).
    fn group_norm<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        groups: usize,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        group_norm::group_norm(x, groups, weight, bias, eps)
    }

    /// See [`upsample`](fn@super::upsample).
    fn upsample<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        scale: usize,
        interpolation: Interpolation,
    ) -> Result<Tensor4<Self, T>, Self::Err> {
        upsample::upsample(x, scale, interpolation)
    }

    /// See [`pixel_shuffle`](fn@super::pixel_shuffle).
    fn pixel_shuffle<T: Tape<f32, Self>>(x: Tensor4<Self, T>, r: usize) -> Result<Tensor4<Self, T>, Self::Err> {
        pixel_shuffle::pixel_shuffle(x, r)
    }

    /// See [`layer_norm`](fn@super::layer_norm).
    fn layer_norm<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        layer_norm::layer_norm(x, weight, bias, eps)
    }

    /// See [`dropout`](fn@super::dropout).
    fn dropout<T: Tape<f32, Self>>(
        x: Tensor<(usize,), f32, Self, T>,
        rate: f32,
    ) -> Result<Tensor<(usize,), f32, Self, T>, Self::Err> {
        x.try_dropout(rate)
    }

    /// See [`penalize_activity`](fn@super::penalize_activity). `l1` and `l2` are divided by the batch size already.
    fn penalize_activity<T: Tape<f32, Self>>(
        x: Tensor<(usize,), f32, Self, T>,
        l1: f32,
        l2: f32,
    ) -> Result<Tensor<(usize,), f32, Self, T>, Self::Err> {
        activity::penalize_activity(x, l1, l2)
    }

    /// See [`rnn`](fn@super::rnn), [`gru`](fn@super::gru) and [`lstm`](fn@super::lstm): the outputs of all ways beside each
    /// other and, with `last`, the state with which each way ends (the output, and LSTM's memory). What is recorded of
    /// those is on the tape of the outputs.
    fn recurrent<T: Tape<f32, Self>>(
        cell: Cell,
        x: Tensor3<Self, T>,
        ways: Vec<Way<Self>>,
        lengths: Option<Arc<[usize]>>,
        last: bool,
    ) -> Result<(Tensor3<Self, T>, Vec<Tensor2<Self>>), Self::Err> {
        recurrent::recurrent(cell, x, ways, lengths, last)
    }

    /// See [`last_state`](fn@super::last_state): for each sequence and each part of a row, the step it is taken from.
    fn last_state<T: Tape<f32, Self>>(
        x: Tensor3<Self, T>,
        rows: Vec<Vec<usize>>,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        last_state::last_state(x, rows)
    }

    /// See [`attention`](fn@super::attention) and, with `lengths`, [`attention_within`](fn@super::attention_within).
    fn attention<T: Tape<f32, Self>>(
        queries: Tensor3<Self, T>,
        keys: Tensor3<Self, T>,
        values: Tensor3<Self, T>,
        lengths: Lengths,
        options: AttentionOptions,
    ) -> Result<Tensor3<Self, T>, Self::Err> {
        attention::attention(queries, keys, values, lengths, options)
    }

    /// See [`self_attention`](fn@super::self_attention) and, with `lengths`,
    /// [`self_attention_within`](fn@super::self_attention_within).
    fn self_attention<T: Tape<f32, Self>>(
        x: Tensor3<Self, T>,
        lengths: Lengths,
        options: AttentionOptions,
    ) -> Result<Tensor3<Self, T>, Self::Err> {
        attention::self_attention(x, lengths, options)
    }

    /// See [`add_positions`](fn@super::add_positions).
    fn add_positions<T: Tape<f32, Self>>(
        x: Tensor3<Self, T>,
        rows: Tensor2<Self>,
    ) -> Result<Tensor3<Self, T>, Self::Err> {
        positions::add_positions(x, rows)
    }

    /// See [`add_layer_norm`](fn@super::add_layer_norm).
    fn add_layer_norm<T: Tape<f32, Self>>(
        a: Tensor2<Self, T>,
        b: Tensor2<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        add_norm::add_layer_norm(a, b, weight, bias, eps)
    }

    /// See [`last_step`](fn@super::last_step) and, with `mean`, [`mean_steps`](fn@super::mean_steps); with lengths,
    /// [`last_step_of`](fn@super::last_step_of) and [`mean_steps_of`](fn@super::mean_steps_of).
    fn steps<T: Tape<f32, Self>>(
        x: Tensor3<Self, T>,
        lengths: Option<Arc<[usize]>>,
        mean: bool,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        steps::steps(x, lengths, mean)
    }

    /// See [`embedding`](fn@super::embedding): the rows of `weight` with these numbers. Of `ids` only the tape is used.
    fn embedding<T: Tape<f32, Self>>(
        ids: Tensor<(usize,), f32, Self, T>,
        rows: Arc<[usize]>,
        weight: Tensor2<Self>,
        padding: Option<usize>,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        embedding::embedding(ids, rows, weight, padding)
    }

    /// See [`aggregate`](fn@super::aggregate): `A x + bias`, or with `turned` `A x^T + bias`; `weights` stand in the place of
    /// the entries of `A`, and have a gradient where those have none.
    fn sparse_product<T: Tape<f32, Self>>(
        a: &SparseMatrix,
        weights: Option<Tensor1<Self>>,
        x: Tensor2<Self, T>,
        bias: Option<Tensor1<Self>>,
        turned: bool,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        sparse::sparse_product(a, weights, x, bias, turned)
    }

    /// See [`aggregate_max`](fn@super::aggregate_max) and, with `relative`, [`max_relative`](fn@super::max_relative).
    fn sparse_max<T: Tape<f32, Self>>(
        a: &SparseMatrix,
        x: Tensor2<Self, T>,
        relative: bool,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        sparse::sparse_max(a, x, relative)
    }

    /// Attention along edges, for [`GatConv`](crate::nn::modules::GatConv).
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn edge_attention<T: Tape<f32, Self>>(
        graph: &Graph,
        h: Tensor2<Self, T>,
        vectors: Vectors<Self>,
        keep: Option<Tensor1<Self>>,
    ) -> Result<Tensor2<Self, T>, Self::Err> {
        edge_attention::edge_attention(graph, h, vectors, keep)
    }
}
