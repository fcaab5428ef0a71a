//! What a graph is made of.

use crate::ops::{Activation, Conv2dOptions, Pool2dOptions, PoolKind};

use super::size::Size;

/// An operation of a graph. The formulas are those of the functions in [`ops`](crate::ops).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Op {
    /// Convolution of images with filters `(O, C / groups, K, K)` and a bias `(O,)`; with a ReLU in the same pass where the
    /// options say so. ONNX: `Conv`.
    Conv(Conv2dOptions),
    /// The affine map `x W^T + b` of rows `(B, I)` with `W` of shape `(O, I)`. ONNX: `Gemm`.
    Gemm {
        /// Whether a ReLU runs in the same pass.
        relu: bool,
    },
    /// Batch normalization in evaluation, by weight, bias, mean and variance. ONNX: `BatchNormalization`.
    BatchNorm {
        /// Added to the variance.
        eps: f32,
    },
    /// Layer normalization along the last axis, by weight and bias. ONNX: `LayerNormalization`.
    LayerNorm {
        /// Added to the variance.
        eps: f32,
    },
    /// Pooling with a sliding window. ONNX: `MaxPool`, `AveragePool`.
    Pool(PoolKind, Pool2dOptions),
    /// The mean of each feature map, `(B, C, H, W)` to `(B, C)`. ONNX: `GlobalAveragePool`, `Flatten`.
    GlobalAveragePool,
    /// A function of each number. ONNX: `Relu`, `Sigmoid`, ...; for GELU several nodes, by `Erf` or `Tanh`.
    Activate(Activation),
    /// `a + b`; `b` has the shape of `a` or that of its last axes. ONNX: `Add`.
    Add {
        /// Whether a ReLU runs in the same pass.
        relu: bool,
    },
    /// `a * b`, number by number, shapes as in [`Op::Add`]. ONNX: `Mul`.
    Mul,
    /// Products of the matrices in the last two axes. ONNX: `MatMul`.
    MatMul,
    /// Along the last axis; with `log` its logarithm. ONNX: `Softmax`, `LogSoftmax`.
    Softmax {
        /// Whether the logarithm is wanted.
        log: bool,
    },
    /// The axes in another order. ONNX: `Transpose`.
    Transpose(Vec<usize>),
    /// The same numbers in another shape. ONNX: `Reshape`.
    Reshape(Vec<Size>),
    /// Zeros before and behind along an axis. ONNX: `Pad`.
    Pad {
        /// The axis.
        axis: usize,
        /// How many in front.
        before: usize,
        /// How many behind.
        after: usize,
    },
    /// The first `rows` along the first axis. ONNX: `Slice`.
    Rows(usize),
    /// The first step of each sequence, `(B, T, N)` to `(B, N)`. ONNX: `Gather`.
    FirstStep,
    /// The rows of a table `(V, N)` with the numbers in the second input. ONNX: `Cast`, `Gather`.
    Lookup,
    /// Channels of both inputs, one behind the other. ONNX: `Concat`.
    Concat,
}

impl Op {
    /// The name in ONNX of what the operation is mainly.
    pub fn name(&self) -> String {
        match self {
            Self::Conv(options) if options.relu => "Conv+Relu",
            Self::Conv(_) => "Conv",
            Self::Gemm { relu: true } => "Gemm+Relu",
            Self::Gemm { .. } => "Gemm",
            Self::BatchNorm { .. } => "BatchNormalization",
            Self::LayerNorm { .. } => "LayerNormalization",
            Self::Pool(PoolKind::Avg, _) => "AveragePool",
            Self::Pool(..) => "MaxPool",
            Self::GlobalAveragePool => "GlobalAveragePool",
            Self::Activate(Activation::ReLU) => "Relu",
            Self::Activate(kind) => return kind.to_string(),
            Self::Add { relu: true } => "Add+Relu",
            Self::Add { .. } => "Add",
            Self::Mul => "Mul",
            Self::MatMul => "MatMul",
            Self::Softmax { log: true } => "LogSoftmax",
            Self::Softmax { .. } => "Softmax",
            Self::Transpose(_) => "Transpose",
            Self::Reshape(_) => "Reshape",
            Self::Pad { .. } => "Pad",
            Self::Rows(_) => "Slice",
            Self::FirstStep | Self::Lookup => "Gather",
            Self::Concat => "Concat",
        }
        .into()
    }
}

/// One step of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The name of the node and of its result: the path of the layer, as in a weights file, and what it does.
    pub name: String,
    /// What it does.
    pub op: Op,
    /// The names of what goes in: the input of the graph, constants, results of nodes in front of it.
    pub inputs: Vec<String>,
}
