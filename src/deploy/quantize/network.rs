//! A network in few bits.

use std::collections::BTreeMap;

use super::affine::{Affine, Bits};
use super::layer::Layer;
use crate::deploy::graph::Graph;
use crate::deploy::kernels::apply;
use crate::deploy::node::{Node, Op};
use crate::deploy::size::Size;
use crate::{Error, Result};

/// A network whose convolutions and linear layers multiply whole numbers of few bits. Taught in notebook 23.
///
/// Weights are symmetric with a scale for each filter, activations affine with one map for each layer's input. The products are
/// summed up in 32 bits and become `f32` again, and what stands between those layers computes with `f32`. Convolutions in groups
/// stay as they are. PyTorch: static quantization after training, `torch.ao.quantization`.
///
/// ```
/// use gradus::deploy::{Bits, Graph, Quantized};
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// let net = device(0)?.build_module::<(Linear<4, 8>, ReLU, Linear<8, 3>), f32>();
/// let graph = Graph::of(&net, &[4])?;
/// let inputs = [0.5, -1.0, 0.25, 1.0];
/// let small = Quantized::of(&graph, &inputs, Bits::default())?;
/// let (exact, near) = (graph.run(&inputs)?, small.run(&inputs)?);
/// assert!(exact.iter().zip(&near).all(|(a, b)| (a - b).abs() < 0.02));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Quantized {
    pub(super) graph: Graph,
    pub(super) layers: BTreeMap<String, Layer>,
}

/// Whether a node multiplies by weights that may become whole numbers.
pub(super) fn weighs(node: &Node) -> bool {
    match &node.op {
        Op::Conv(options) => options.groups == 1,
        Op::Gemm { .. } => true,
        _ => false,
    }
}

impl Quantized {
    /// The network of a graph in few bits. `samples` are inputs as they will come, one behind the other, from which the ranges of
    /// the activations are measured: some hundred will do. Give an optimized graph: batch normalization that is not folded stays
    /// in `f32`.
    ///
    /// # Errors
    /// As [`Graph::run`]; [`Error::Argument`] for bits that are not 2 to 8, [`Error::NotFinite`] where a weight or an activation is
    /// NaN or infinite.
    pub fn of(graph: &Graph, samples: &[f32], bits: Bits) -> Result<Self> {
        bits.check()?;
        graph.check()?;
        let mut layers = BTreeMap::new();
        for (name, [least, most]) in ranges(graph, samples)? {
            let node = graph.nodes.iter().find(|node| node.name == name);
            let tensor = |i: usize| node.and_then(|node| graph.constants.get(&node.inputs[i]));
            let (Some(weight), Some(bias)) = (tensor(1), tensor(2)) else {
                continue;
            };
            let input = Affine::of_range(least, most, bits.activations)?;
            let layer = Layer::new(&weight.shape, &weight.numbers()?, &bias.numbers()?, input, bits.weights)?;
            layers.insert(name, layer);
        }
        let graph = graph.clone();
        Ok(Self { graph, layers })
    }

    /// The scores for a batch, as [`Graph::run`].
    ///
    /// # Errors
    /// As [`Graph::run`].
    pub fn run(&self, inputs: &[f32]) -> Result<Vec<f32>> {
        let (batch, shapes) = (self.graph.batch(inputs)?, self.graph.check()?);
        self.graph.walk(
            inputs,
            &mut |node, values| match (self.layers.get(&node.name), &node.op) {
                (Some(layer), Op::Gemm { relu }) => layer.linear(values[0], *relu),
                (Some(layer), Op::Conv(options)) => match shapes.get(&node.name).map(|shape| &shape[..]) {
                    Some([_, _, Size::Fixed(h), Size::Fixed(w)]) => layer.conv(values[0], *options, [*h, *w]),
                    _ => apply(node, values, batch),
                },
                _ => apply(node, values, batch),
            },
        )
    }

    /// The map of the input of a layer, by the name of its node, if its weights are whole numbers.
    pub fn input_of(&self, node: &str) -> Option<Affine> {
        self.layers.get(node).map(|layer| layer.input)
    }

    /// The whole numbers of the weights of a layer and the scale of each row, by the name of its node.
    pub fn weights_of(&self, node: &str) -> Option<(&[i8], &[f32])> {
        self.layers
            .get(node)
            .map(|layer| (&layer.weights[..], &layer.scales[..]))
    }
}

/// The least and the largest input of each layer that weighs.
fn ranges(graph: &Graph, samples: &[f32]) -> Result<BTreeMap<String, [f32; 2]>> {
    let one: usize = graph.sample.iter().product();
    graph.batch(samples)?;
    let mut ranges = BTreeMap::new();
    for samples in samples.chunks(64 * one) {
        let batch = samples.len() / one;
        graph.walk(samples, &mut |node, values| {
            if weighs(node) {
                let [least, most] = ranges.entry(node.name.clone()).or_insert([0.0f32; 2]);
                for x in values[0].numbers()?.iter() {
                    if !x.is_finite() {
                        return Err(Error::NotFinite {
                            what: format!("an input of `{}`", node.name),
                            value: f64::from(*x),
                            hint: "Calibrate with samples that the network answers with finite numbers".into(),
                        });
                    }
                    *least = least.min(*x);
                    *most = most.max(*x);
                }
            }
            apply(node, values, batch)
        })?;
    }
    Ok(ranges)
}
