//! Tensors whose number of axes is known at run time.

use dfdx::prelude::*;

use crate::ops::Tensor1;
use crate::ops::cpu::{Values, values};
use crate::{Error, Result};

/// A tensor on the CPU: its numbers row by row, and its shape.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub shape: Vec<usize>,
    pub data: Tensor1<Cpu>,
}

/// An error of dfdx as one of ours.
pub(super) fn dfdx_error(error: CpuError) -> Error {
    Error::Dfdx(format!("{error:?}"))
}

impl Value {
    pub fn new(shape: Vec<usize>, numbers: Vec<f32>) -> Result<Self> {
        let n = numbers.len();
        let data = Cpu::default().try_tensor_from_vec(numbers, (n,)).map_err(dfdx_error)?;
        Ok(Self { shape, data })
    }

    /// The same numbers in another shape.
    pub fn reshaped(&self, shape: Vec<usize>) -> Self {
        let data = self.data.clone();
        Self { shape, data }
    }

    /// The numbers, where they are.
    pub fn numbers(&self) -> Result<Values<(usize,)>> {
        values(&self.data).map_err(dfdx_error)
    }

    /// As a tensor of these axes.
    pub fn tensor<S: Shape>(&self, shape: S) -> Result<Tensor<S, f32, Cpu>> {
        self.data.clone().try_reshape_like(&shape).map_err(dfdx_error)
    }

    /// As images.
    pub fn four(&self) -> Result<crate::ops::Tensor4<Cpu>> {
        let [b, c, h, w] = self.shape[..] else {
            return Err(self.axes("four"));
        };
        self.tensor((b, c, h, w))
    }

    /// As rows as long as the last axis.
    pub fn rows(&self) -> Result<crate::ops::Tensor2<Cpu>> {
        let width = self.shape.last().copied().unwrap_or(1);
        self.tensor((self.shape.iter().rev().skip(1).product(), width))
    }

    /// Of a tensor of known axes.
    pub fn of<S: Shape>(tensor: Tensor<S, f32, Cpu>) -> Result<Self> {
        let shape: Vec<usize> = tensor.shape().concrete().into_iter().collect();
        let n = shape.iter().product();
        let data = tensor.try_reshape_like(&(n,)).map_err(dfdx_error)?;
        Ok(Self { shape, data })
    }

    fn axes(&self, wanted: &str) -> Error {
        Error::Shape {
            layer: "a tensor of the graph".into(),
            expected: format!("{wanted} axes"),
            got: format!("{:?}", self.shape),
        }
    }
}
