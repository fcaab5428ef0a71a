//! A graph as an ONNX file.

use std::path::Path;

use prost::Message;

use super::messages::*;
use crate::deploy::graph::Graph;
use crate::deploy::node::{Node, Op};
use crate::deploy::shapes::Shapes;
use crate::deploy::size::Size;
use crate::ops::{Activation, Conv2dOptions, Pool2dOptions, PoolKind};
use crate::{Error, Result, files};

/// The operator set: the newest one that has not taken GELU in, which older readers would not know.
const OPERATORS: i64 = 17;

const FLOAT: i32 = 1;
const INT64: i32 = 7;

impl Graph {
    /// The graph as the bytes of an ONNX file, operator set 17. The first axis of input and output is the batch, of any size.
    ///
    /// # Errors
    /// As [`Graph::check`], and [`Error::Argument`] for an operation that ONNX does not have, with the name of the node.
    pub fn to_onnx(&self) -> Result<Vec<u8>> {
        let shapes = self.check()?;
        let mut writer = Writer::default();
        for (name, value) in &self.constants {
            let dims = value.shape.iter().map(|n| *n as i64).collect();
            writer.tensor(name, dims, FLOAT, bytes(&value.numbers()?));
        }
        for node in &self.nodes {
            writer.node(node, &shapes)?;
        }
        let of = |name: &String| value_info(name, shapes.get(name).map_or(&[], |shape| shape));
        let graph = GraphProto {
            node: writer.nodes,
            name: Some("gradus".into()),
            initializer: writer.tensors,
            input: vec![of(&self.input)],
            output: vec![of(&self.output)],
        };
        let model = Model {
            ir_version: Some(8),
            producer_name: Some("gradus".into()),
            graph: Some(graph),
            opset_import: vec![OperatorSet {
                domain: Some(String::new()),
                version: Some(OPERATORS),
            }],
        };
        Ok(model.encode_to_vec())
    }

    /// Writes the graph to an ONNX file. PyTorch: `torch.onnx.export(net, ...)`. Taught in notebook 23.
    ///
    /// # Errors
    /// As [`Graph::to_onnx`], and [`Error::Io`] where the file cannot be written.
    pub fn save_onnx(&self, path: impl AsRef<Path>) -> Result<()> {
        files::replace(path.as_ref(), &self.to_onnx()?)
    }
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn value_info(name: &str, shape: &[Size]) -> ValueInfo {
    let length = |size: &Size| match size {
        Size::Fixed(n) => Length::Value(*n as i64),
        size => Length::Param(size.to_string()),
    };
    let dim = shape.iter().map(|size| Dimension {
        length: Some(length(size)),
    });
    let tensor = TensorType {
        elem_type: Some(FLOAT),
        shape: Some(ShapeProto { dim: dim.collect() }),
    };
    ValueInfo {
        name: Some(name.into()),
        kind: Some(TypeProto {
            tensor_type: Some(tensor),
        }),
    }
}

/// One number.
fn float(name: &str, f: f32) -> Attribute {
    Attribute {
        name: Some(name.into()),
        f: Some(f),
        kind: Some(1),
        ..Default::default()
    }
}

/// One whole number.
fn int(name: &str, i: usize) -> Attribute {
    Attribute {
        name: Some(name.into()),
        i: Some(i as i64),
        kind: Some(2),
        ..Default::default()
    }
}

/// Whole numbers.
fn ints(name: &str, ints: &[usize]) -> Attribute {
    let ints = ints.iter().map(|i| *i as i64).collect();
    Attribute {
        name: Some(name.into()),
        ints,
        kind: Some(7),
        ..Default::default()
    }
}

fn slides(options: Conv2dOptions, kernel: Option<usize>) -> Vec<Attribute> {
    let mut all = vec![
        ints("strides", &[options.stride; 2]),
        ints("pads", &[options.padding; 4]),
        ints("dilations", &[options.dilation; 2]),
        int("group", options.groups),
    ];
    if let Some(kernel) = kernel {
        all.push(ints("kernel_shape", &[kernel; 2]));
    }
    all
}

#[derive(Default)]
struct Writer {
    nodes: Vec<NodeProto>,
    tensors: Vec<TensorProto>,
}

impl Writer {
    fn tensor(&mut self, name: &str, dims: Vec<i64>, data_type: i32, raw: Vec<u8>) -> String {
        self.tensors.push(TensorProto {
            dims,
            data_type: Some(data_type),
            name: Some(name.into()),
            raw_data: Some(raw),
        });
        name.into()
    }

    /// Whole numbers that a node takes as a tensor.
    fn whole(&mut self, name: String, values: &[i64]) -> String {
        let raw = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(&name, vec![values.len() as i64], INT64, raw)
    }

    /// One node, whose result is called `output`.
    fn push(&mut self, kind: &str, inputs: &[&str], output: &str, attribute: Vec<Attribute>) {
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|name| name.to_string()).collect(),
            output: vec![output.into()],
            name: Some(output.into()),
            op_type: Some(kind.into()),
            attribute,
        });
    }

    fn node(&mut self, node: &Node, shapes: &Shapes) -> Result<()> {
        let inputs: Vec<&str> = node.inputs.iter().map(String::as_str).collect();
        let (x, name) = (inputs[0], &node.name[..]);
        match &node.op {
            Op::Conv(options) => self.bent(name, options.relu, "Conv", &inputs, slides(*options, None)),
            Op::Gemm { relu } => self.bent(name, *relu, "Gemm", &inputs, vec![int("transB", 1)]),
            Op::Add { relu } => self.bent(name, *relu, "Add", &inputs, vec![]),
            Op::BatchNorm { eps } => self.push("BatchNormalization", &inputs, name, vec![float("epsilon", *eps)]),
            Op::LayerNorm { eps } => self.push("LayerNormalization", &inputs, name, vec![float("epsilon", *eps)]),
            Op::Pool(kind, options) => self.pool(node, *kind, *options)?,
            Op::GlobalAveragePool => {
                let maps = format!("{name}.maps");
                self.push("GlobalAveragePool", &inputs, &maps, vec![]);
                self.push("Flatten", &[&maps], name, vec![int("axis", 1)]);
            }
            Op::Activate(kind) => self.activation(node, *kind)?,
            Op::Mul => self.push("Mul", &inputs, name, vec![]),
            Op::MatMul => self.push("MatMul", &inputs, name, vec![]),
            Op::Softmax { log: true } => self.push("LogSoftmax", &inputs, name, vec![]),
            Op::Softmax { .. } => self.push("Softmax", &inputs, name, vec![]),
            Op::Transpose(order) => self.push("Transpose", &inputs, name, vec![ints("perm", order)]),
            Op::Reshape(to) => {
                let size = |size: &Size| if let Size::Fixed(n) = size { *n as i64 } else { -1 };
                let to: Vec<i64> = to.iter().map(size).collect();
                let to = self.whole(format!("{name}.shape"), &to);
                self.push("Reshape", &[x, &to], name, vec![]);
            }
            Op::Pad { axis, before, after } => {
                let axes = shapes.get(x).map_or(0, Vec::len);
                self.pad(node, axes, *axis, [*before, *after]);
            }
            Op::Rows(rows) => {
                let first = self.whole(format!("{name}.first"), &[0]);
                let end = self.whole(format!("{name}.end"), &[*rows as i64]);
                let axis = self.whole(format!("{name}.axis"), &[0]);
                self.push("Slice", &[x, &first, &end, &axis], name, vec![]);
            }
            Op::FirstStep => {
                let raw = 0i64.to_le_bytes().to_vec();
                let first = self.tensor(&format!("{name}.index"), vec![], INT64, raw);
                self.push("Gather", &[x, &first], name, vec![int("axis", 1)]);
            }
            Op::Lookup => {
                let whole = format!("{name}.ids");
                self.push("Cast", &[inputs[1]], &whole, vec![int("to", INT64 as usize)]);
                self.push("Gather", &[x, &whole], name, vec![int("axis", 0)]);
            }
            Op::Concat => self.push("Concat", &inputs, name, vec![int("axis", 1)]),
        }
        Ok(())
    }

    /// A node and, where it is fused, the ReLU behind it: ONNX has no such node, and its readers fuse by themselves.
    fn bent(&mut self, name: &str, relu: bool, kind: &str, inputs: &[&str], attribute: Vec<Attribute>) {
        if !relu {
            return self.push(kind, inputs, name, attribute);
        }
        let straight = format!("{name}.straight");
        self.push(kind, inputs, &straight, attribute);
        self.push("Relu", &[&straight], name, vec![]);
    }

    fn pool(&mut self, node: &Node, kind: PoolKind, options: Pool2dOptions) -> Result<()> {
        let mut attribute = vec![
            ints("kernel_shape", &[options.kernel; 2]),
            ints("strides", &[options.stride; 2]),
            ints("pads", &[options.padding; 4]),
            int("ceil_mode", usize::from(options.ceil_mode)),
        ];
        let kind = match kind {
            PoolKind::Max => "MaxPool",
            PoolKind::Avg => {
                attribute.push(int("count_include_pad", 1));
                "AveragePool"
            }
            PoolKind::Min => return Err(unknown(node)),
        };
        self.push(kind, &[&node.inputs[0]], &node.name, attribute);
        Ok(())
    }

    /// `axes` is how many there are, all of which the operator wants to hear of.
    fn pad(&mut self, node: &Node, axes: usize, axis: usize, [before, after]: [usize; 2]) {
        let (x, name) = (&node.inputs[0], &node.name);
        let mut pads = vec![0; 2 * axes];
        (pads[axis], pads[axes + axis]) = (before as i64, after as i64);
        let pads = self.whole(format!("{name}.pads"), &pads);
        self.push("Pad", &[x, &pads], name, vec![]);
    }

    /// A tensor of one number.
    fn number(&mut self, name: &str, value: f32) -> String {
        self.tensor(name, vec![], FLOAT, value.to_le_bytes().to_vec())
    }

    fn activation(&mut self, node: &Node, kind: Activation) -> Result<()> {
        let (x, name) = (&node.inputs[0][..], &node.name[..]);
        let part = |what: &str| format!("{name}.{what}");
        match kind {
            Activation::ReLU => self.push("Relu", &[x], name, vec![]),
            Activation::Sigmoid => self.push("Sigmoid", &[x], name, vec![]),
            Activation::Tanh => self.push("Tanh", &[x], name, vec![]),
            Activation::LeakyReLU { negative_slope } => {
                self.push("LeakyRelu", &[x], name, vec![float("alpha", negative_slope)]);
            }
            Activation::ELU { alpha } => self.push("Elu", &[x], name, vec![float("alpha", alpha)]),
            Activation::SELU => self.push("Selu", &[x], name, vec![]),
            Activation::Softplus => self.push("Softplus", &[x], name, vec![]),
            Activation::Softsign => self.push("Softsign", &[x], name, vec![]),
            Activation::ReLU6 | Activation::Hardtanh => {
                let [low, high] = if kind == Activation::ReLU6 {
                    [0.0, 6.0]
                } else {
                    [-1.0, 1.0]
                };
                let (low, high) = (self.number(&part("low"), low), self.number(&part("high"), high));
                self.push("Clip", &[x, &low, &high], name, vec![]);
            }
            Activation::Hardsigmoid => {
                let slope = vec![float("alpha", 1.0 / 6.0), float("beta", 0.5)];
                self.push("HardSigmoid", &[x], name, slope);
            }
            Activation::SiLU => {
                self.push("Sigmoid", &[x], &part("sigmoid"), vec![]);
                self.push("Mul", &[x, &part("sigmoid")], name, vec![]);
            }
            Activation::Mish => {
                self.push("Softplus", &[x], &part("softplus"), vec![]);
                self.push("Tanh", &[&part("softplus")], &part("tanh"), vec![]);
                self.push("Mul", &[x, &part("tanh")], name, vec![]);
            }
            Activation::GELU => {
                let root = self.number(&part("root"), std::f32::consts::SQRT_2);
                self.push("Div", &[x, &root], &part("divided"), vec![]);
                self.push("Erf", &[&part("divided")], &part("bend"), vec![]);
                self.half_times_one_more(x, name);
            }
            Activation::GELUTanh => {
                let (cubic, slope) = (
                    self.number(&part("cubic"), 0.044715),
                    self.number(&part("slope"), 0.797_884_6),
                );
                self.push("Mul", &[x, x], &part("square"), vec![]);
                self.push("Mul", &[&part("square"), x], &part("cube"), vec![]);
                self.push("Mul", &[&part("cube"), &cubic], &part("little"), vec![]);
                self.push("Add", &[x, &part("little")], &part("sum"), vec![]);
                self.push("Mul", &[&part("sum"), &slope], &part("inside"), vec![]);
                self.push("Tanh", &[&part("inside")], &part("bend"), vec![]);
                self.half_times_one_more(x, name);
            }
        }
        Ok(())
    }

    /// `x / 2 * (1 + bend)`.
    fn half_times_one_more(&mut self, x: &str, name: &str) {
        let part = |what: &str| format!("{name}.{what}");
        let (one, half) = (self.number(&part("one"), 1.0), self.number(&part("half"), 0.5));
        self.push("Add", &[&part("bend"), &one], &part("more"), vec![]);
        self.push("Mul", &[x, &part("more")], &part("twice"), vec![]);
        self.push("Mul", &[&part("twice"), &half], name, vec![]);
    }
}

fn unknown(node: &Node) -> Error {
    Error::Argument {
        what: format!("node `{}`", node.name),
        expected: "an operation that ONNX has".into(),
        got: node.op.name(),
    }
}
