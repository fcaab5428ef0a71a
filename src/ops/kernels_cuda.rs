//! Which kernel runs which operation on a GPU. What is not named here is composed of dfdx's operations.

use std::ops::Range;
use std::sync::Arc;

use dfdx::prelude::*;

use super::activation::kind::Activation;
use super::cuda::{conv2d, embedding, linear, norm, pointwise, pool2d, softmax};
use super::geometry::{ConvGeometry, PoolGeometry};
use super::kernels::Kernels;
use super::pool2d::options::PoolKind;
use super::tensors::{Tensor1, Tensor2, Tensor4};
use crate::Error;

impl Kernels for Cuda {
    fn to_device_error(error: Error) -> CudaError {
        CudaError::Cpu(crate::device::set_aside(error))
    }

    fn activate<T: Tape<f32, Self>>(
        x: Tensor<(usize,), f32, Self, T>,
        activation: Activation,
    ) -> Result<Tensor<(usize,), f32, Self, T>, CudaError> {
        pointwise::activate(x, activation)
    }

    fn softmax<T: Tape<f32, Self>>(x: Tensor2<Self, T>, log: bool) -> Result<Tensor2<Self, T>, CudaError> {
        softmax::softmax(x, log)
    }

    fn add<T: Tape<f32, Self>>(
        a: Tensor<(usize,), f32, Self, T>,
        b: Tensor<(usize,), f32, Self>,
        relu: bool,
    ) -> Result<Tensor<(usize,), f32, Self, T>, CudaError> {
        pointwise::add(a, b, relu)
    }

    fn linear<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor2<Self>,
        bias: Tensor1<Self>,
    ) -> Result<Tensor2<Self, T>, CudaError> {
        let all = 0..weight.shape().0;
        linear::linear_part(x, weight, bias, all)
    }

    fn linear_part<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor2<Self>,
        bias: Tensor1<Self>,
        part: Range<usize>,
    ) -> Result<Tensor2<Self, T>, CudaError> {
        linear::linear_part(x, weight, bias, part)
    }

    fn conv2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor4<Self>,
        bias: Option<Tensor1<Self>>,
        geometry: ConvGeometry,
        relu: bool,
    ) -> Result<Tensor4<Self, T>, CudaError> {
        conv2d::conv2d(x, weight, bias, geometry, relu)
    }

    fn pool2d<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        kind: PoolKind,
        geometry: PoolGeometry,
    ) -> Result<Tensor4<Self, T>, CudaError> {
        pool2d::pool2d(x, kind, geometry)
    }

    fn batch_norm<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<(Tensor4<Self, T>, Tensor1<Self>, Tensor1<Self>), CudaError> {
        norm::batch_norm(x, weight, bias, eps)
    }

    fn batch_norm_eval<T: Tape<f32, Self>>(
        x: Tensor4<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        mean: Tensor1<Self>,
        variance: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor4<Self, T>, CudaError> {
        norm::batch_norm_eval(x, [weight, bias, mean, variance], eps)
    }

    fn layer_norm<T: Tape<f32, Self>>(
        x: Tensor2<Self, T>,
        weight: Tensor1<Self>,
        bias: Tensor1<Self>,
        eps: f32,
    ) -> Result<Tensor2<Self, T>, CudaError> {
        norm::layer_norm(x, weight, bias, eps)
    }

    fn dropout<T: Tape<f32, Self>>(
        x: Tensor<(usize,), f32, Self, T>,
        rate: f32,
    ) -> Result<Tensor<(usize,), f32, Self, T>, CudaError> {
        pointwise::dropout(x, rate)
    }

    fn embedding<T: Tape<f32, Self>>(
        ids: Tensor<(usize,), f32, Self, T>,
        rows: Arc<[usize]>,
        weight: Tensor2<Self>,
        padding: Option<usize>,
    ) -> Result<Tensor2<Self, T>, CudaError> {
        embedding::embedding(ids, rows, weight, padding)
    }
}
