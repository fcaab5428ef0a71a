//! The graph.

use std::collections::BTreeMap;

use super::node::Node;
use super::shapes;
use super::size::{Size, fixed};
use super::value::Value;
use crate::{Error, Result};

/// A network as a list of operations, with its weights. Taught in notebook 23.
///
/// PyTorch: what `torch.export.export` returns; and what a file of ONNX holds (onnx.ai, operator set 17).
///
/// ```
/// use gradus::deploy::Graph;
/// use gradus::prelude::*;
///
/// # fn main() -> gradus::Result<()> {
/// type Net = (Conv2D<1, 4, 3, 1, 1>, BatchNorm2D<4>, ReLU, AvgPoolGlobal, Linear<4, 3>);
/// let net = device(0)?.build_module::<Net, f32>();
/// let graph = Graph::of(&net, &[1, 8, 8])?;
/// let (folded, changes) = graph.optimized()?;
/// assert_eq!((graph.nodes().len(), folded.nodes().len(), changes.batch_norms), (5, 3, 1));
/// let pictures = vec![0.5; 2 * 64];
/// let (before, after) = (graph.run(&pictures)?, folded.run(&pictures)?);
/// assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-5));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Graph {
    pub(super) input: String,
    pub(super) sample: Vec<usize>,
    pub(super) nodes: Vec<Node>,
    pub(super) constants: BTreeMap<String, Value>,
    pub(super) output: String,
}

impl Graph {
    /// The operations, each behind those whose results it needs.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The shape of one sample.
    pub fn sample_shape(&self) -> &[usize] {
        &self.sample
    }

    /// The names of the tensors that do not depend on the input, and how many numbers each holds.
    pub fn constants(&self) -> Vec<(String, usize)> {
        let of = |(name, value): (&String, &Value)| (name.clone(), value.shape.iter().product());
        self.constants.iter().map(of).collect()
    }

    /// Shape and numbers of a tensor that does not depend on the input, if it is there.
    ///
    /// # Errors
    /// Only where memory runs out.
    pub fn constant(&self, name: &str) -> Result<Option<(Vec<usize>, Vec<f32>)>> {
        let Some(value) = self.constants.get(name) else {
            return Ok(None);
        };
        Ok(Some((value.shape.clone(), value.numbers()?.to_vec())))
    }

    /// How many numbers the constants hold.
    pub fn num_values(&self) -> usize {
        self.constants().iter().map(|(_, n)| n).sum()
    }

    /// The shapes of all results, by the names of the nodes, after checking that everything fits together.
    ///
    /// # Errors
    /// [`Error::Shape`] with the name of the first node that does not take what comes, [`Error::Argument`] for a node that asks
    /// for something that is not there.
    pub fn check(&self) -> Result<BTreeMap<String, Vec<Size>>> {
        let mut known = shapes::of_sample(&self.input, &self.sample);
        for (name, value) in &self.constants {
            known.insert(name.clone(), fixed(&value.shape));
        }
        for node in &self.nodes {
            let shape = shapes::of_node(node, &known)?;
            known.insert(node.name.clone(), shape);
        }
        if !known.contains_key(&self.output) {
            return Err(Error::Argument {
                what: "output of the graph".into(),
                expected: "the name of a node".into(),
                got: self.output.clone(),
            });
        }
        Ok(known)
    }
}
