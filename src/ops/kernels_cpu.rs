//! Which kernel runs which operation on the CPU.

use std::ops::Range;
use std::sync::Arc;

use dfdx::prelude::*;

use super::activation::{cpu as activation, kind::Activation};
use super::activity::cpu as activity;
use super::add_channels::cpu as add_channels;
use super::add_norm::cpu as add_norm;
use super::add_relu::cpu as add_relu;
use super::attention::{
    cpu as attention,
    options::{AttentionOptions, Lengths},
};
use super::batch_norm::cpu as batch_norm;
use super::concat::cpu as concat;
use super::conv_transpose2d::cpu as conv_transpose2d;
use super::conv2d::cpu as conv2d;
use super::cpu::Unasked;
use super::dropout;
use super::edge_attention::{cpu as edge_attention, vectors::Vectors};
use super::embedding::cpu as embedding;
use super::geometry::{ConvGeometry, PoolGeometry};
use super::global_pool::cpu as global_pool;
use super::group_norm::cpu as group_norm;
use super::kernels::Kernels;
use super::last_state::cpu as last_state;
use super::layer_norm::cpu as layer_norm;
use super::linear::cpu as linear;
use super::pad::{cpu as pad, padding::Padding};
use super::pixel_shuffle::cpu as pixel_shuffle;
use super::pool2d::{cpu as pool2d, options::PoolKind};
use super::positions::cpu as positions;
use super::recurrent::{cell::Cell, cpu as recurrent, way::Way};
use super::softmax::cpu as softmax;
use super::sparse::cpu as sparse;
use super::steps::cpu as steps;
use super::tensors::{Tensor1, Tensor2, Tensor3, Tensor4};
use super::upsample::{cpu as upsample, places::Interpolation};
use crate::Error;
use crate::graph::{Graph, SparseMatrix};

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
        activation::activate(x, activation)
    }

    fn softmax<T: Tape<f32, Self>>(x: Tensor2<Self, T>, log: bool) -> Result<Tensor2<Self, T>, CpuError> {
        softmax::softmax(x, log)
    }

    fn add<T: Tape<f32, Self>>(
        a: Tensor<(usize,), f32, Self, T>,
        b: Tensor<(usize,), f32, Self>,
        relu: bool,
    ) -> Result<Tensor<(usize,), f32, Self, T>, CpuError> {
        add_relu::add_relu(a, b, relu)
    }

    fn avg_pool_global<T: Tape<f32, Self>>(x: Tensor4<Self, T>) -> Result<Tensor2<Self, T>, CpuError> {
        global_pool::avg_pool_global(x)
    }

    fn linear<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor2<Self>,
        bias: Tensor1<Self>,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        linear::linear(x, weight, bias)
    }

    fn linear_part<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor2<Self>,
        bias: Tensor1<Self>,
        part: Range<usize>,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        linear::linear_part(x, weight, bias, part)
    }

    fn conv2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor4<Self>,
        bias: Option<Tensor1<Self>>,
        geometry: ConvGeometry,
        relu: bool,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        conv2d::conv2d(x, weight, bias, geometry, relu)
    }

    fn conv_transpose2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor4<Self>,
        bias: Option<Tensor1<Self>>,
        geometry: ConvGeometry,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        conv_transpose2d::conv_transpose2d(x, weight, bias, geometry)
    }

    fn pool2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        kind: PoolKind,
        geometry: PoolGeometry,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        pool2d::pool2d(x, kind, geometry)
    }

    fn add_channels<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        rows: Tensor2<Self>,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        add_channels::add_channels(x, rows)
    }

    fn concat_channels<T: Tape<f32, Self> + Merge<T>>(
        a: Tensor4<Self, T>,
        b: Tensor4<Self, T>,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        concat::concat_channels(a, b)
    }

    fn zero_pad2d<T: Tape<f32, Self>>(x: Tensor4<Self, T>, padding: Padding) -> Result<Tensor4<Self, T>, CpuError> {
        pad::zero_pad2d(x, padding)
    }

    fn batch_norm<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<(Tensor4<Self, T>, Tensor1<Self>, Tensor1<Self>), CpuError> {
        batch_norm::batch_norm(x, weight, bias, eps)
    }

    fn batch_norm_eval<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        mean: Tensor1<Self>,
        variance: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        batch_norm::batch_norm_eval(x, weight, bias, mean, variance, eps)
    }

    fn group_norm<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        groups: usize,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        group_norm::group_norm(x, groups, weight, bias, eps)
    }

    fn upsample<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        scale: usize,
        interpolation: Interpolation,
    ) -> Result<Tensor4<Self, T>, CpuError> {
        upsample::upsample(x, scale, interpolation)
    }

    fn pixel_shuffle<T: Tape<f32, Self>>(x: Tensor4<Self, T>, r: usize) -> Result<Tensor4<Self, T>, CpuError> {
        pixel_shuffle::pixel_shuffle(x, r)
    }

    fn layer_norm<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        layer_norm::layer_norm(x, weight, bias, eps)
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
        activity::penalize_activity(x, l1, l2)
    }

    fn recurrent<T: Tape<f32, Self>>(
        cell: Cell,
        x: Tensor3<Self, T>,
        ways: Vec<Way<Self>>,
        lengths: Option<Arc<[usize]>>,
        last: bool,
    ) -> Result<(Tensor3<Self, T>, Vec<Tensor2<Self>>), CpuError> {
        recurrent::recurrent(cell, x, ways, lengths, last)
    }

    fn steps<T: Tape<f32, Self>>(
        x: Tensor3<Self, T>,
        lengths: Option<Arc<[usize]>>,
        mean: bool,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        steps::steps(x, lengths, mean)
    }

    fn embedding<T: Tape<f32, Self>>(
        ids: Tensor<(usize,), f32, Self, T>,
        rows: Arc<[usize]>,
        weight: Tensor2<Self>,
        padding: Option<usize>,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        embedding::embedding(ids, rows, weight, padding)
    }

    fn sparse_product<T: Tape<f32, Self>>(
        a: &SparseMatrix,
        weights: Option<Tensor1<Self>>,
        x: Tensor2<Self, T>,
        bias: Option<Tensor1<Self>>,
        turned: bool,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        sparse::sparse_product(a, weights, x, bias, turned)
    }

    fn sparse_max<T: Tape<f32, Self>>(
        a: &SparseMatrix,
        x: Tensor2<Self, T>,
        relative: bool,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        sparse::sparse_max(a, x, relative)
    }

    #[allow(private_interfaces)]
    fn edge_attention<T: Tape<f32, Self>>(
        graph: &Graph,
        h: Tensor2<Self, T>,
        vectors: Vectors<Self>,
        keep: Option<Tensor1<Self>>,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        edge_attention::edge_attention(graph, h, vectors, keep)
    }

    fn last_state<T: Tape<f32, Self>>(
        x: Tensor3<Self, T>,
        rows: Vec<Vec<usize>>,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        last_state::last_state(x, rows)
    }

    fn attention<T: Tape<f32, Self>>(
        queries: Tensor3<Self, T>,
        keys: Tensor3<Self, T>,
        values: Tensor3<Self, T>,
        lengths: Lengths,
        options: AttentionOptions,
    ) -> Result<Tensor3<Self, T>, CpuError> {
        attention::attention(queries, keys, values, lengths, options)
    }

    fn self_attention<T: Tape<f32, Self>>(
        x: Tensor3<Self, T>,
        lengths: Lengths,
        options: AttentionOptions,
    ) -> Result<Tensor3<Self, T>, CpuError> {
        attention::self_attention(x, lengths, options)
    }

    fn add_positions<T: Tape<f32, Self>>(
        x: Tensor3<Self, T>,
        rows: Tensor2<Self>,
    ) -> Result<Tensor3<Self, T>, CpuError> {
        positions::add_positions(x, rows)
    }

    fn add_layer_norm<T: Tape<f32, Self>>(
        a: Tensor2<Self, T>,
        b: Tensor2<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor2<Self, T>, CpuError> {
        add_norm::add_layer_norm(a, b, weight, bias, eps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::conv2d::{Conv2dOptions, conv2d};
    use crate::ops::linear::linear;

    /// What is left out is the gradient of the batch, and nothing else; a tensor that took over the memory of an earlier
    /// batch has a gradient.
    #[test]
    fn only_the_gradient_of_the_batch_is_left_out() {
        let dev = Cpu::seed_from_u64(8);
        let x: Tensor<Rank4<2, 3, 5, 4>, f32, Cpu> = dev.sample_normal();
        let weight: Tensor<Rank4<4, 3, 3, 3>, f32, Cpu> = dev.sample_normal();
        let (rows, bias): (Tensor<Rank2<3, 24>, f32, Cpu>, _) = (dev.sample_normal(), dev.sample_normal());
        let gradients = |unasked: bool| {
            let guard = unasked.then(|| Unasked::new(&x).expect("contiguous"));
            let y = conv2d(x.leaky_trace(), &weight, None, Conv2dOptions::default()).expect("fits");
            let y = linear(y.reshape_like(&(2, Const::<24>)), &rows, &bias).expect("fits");
            drop(guard);
            let mut gradients = y.square().sum().backward();
            let dx = gradients.get_or_alloc_mut(&x).expect("memory").to_vec();
            (gradients.get(&weight).array(), gradients.get(&rows).array(), dx)
        };
        let (all, left_out) = (gradients(false), gradients(true));
        assert_eq!((all.0, all.1), (left_out.0, left_out.1));
        assert!(all.2.iter().all(|d| *d != 0.0) && left_out.2.iter().all(|d| *d == 0.0));
        assert_eq!(gradients(false).2, all.2);
    }
}
