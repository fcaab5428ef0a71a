//! What a look at the whole graph allows: fewer nodes that compute the same.

use super::graph::Graph;
use super::kernels::apply;
use super::node::{Node, Op};
use super::value::Value;
use crate::Result;
use crate::ops::Activation;

/// What [`Graph::optimized`] has changed. Taught in notebook 23.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Nodes that depend on constants alone and were computed once and for all, sums of constants among them.
    pub constants: usize,
    /// Batch normalizations that are now part of the convolution or linear layer in front.
    pub batch_norms: usize,
    /// ReLUs that run in the same pass as the node in front.
    pub relus: usize,
    /// Changes of shape that another one follows.
    pub reshapes: usize,
}

impl Graph {
    /// A graph with fewer nodes that computes the same up to rounding, and what was changed.
    ///
    /// What depends on constants alone is computed now. Batch normalization behind a convolution or a linear layer becomes part
    /// of its weights: see [`Graph::with_batch_norms_folded`]. A ReLU behind a convolution, a linear layer or a sum runs in the
    /// same pass. Taught in notebook 23.
    ///
    /// # Errors
    /// As [`Graph::check`].
    pub fn optimized(&self) -> Result<(Self, Changes)> {
        let mut graph = self.clone();
        let mut changes = Changes::default();
        graph.merge_reshapes(&mut changes);
        graph.fold_constants(&mut changes)?;
        graph.merge_sums(&mut changes)?;
        (graph, changes.batch_norms) = graph.with_batch_norms_folded()?;
        graph.fuse_relus(&mut changes);
        graph.prune();
        graph.check()?;
        Ok((graph, changes))
    }

    /// The same graph with each batch normalization that stands behind a convolution or a linear layer worked into its weights,
    /// and how many those were: `weight * scale` and `(bias - mean) * scale + shift`, where `scale` is the normalization's weight
    /// divided by the root of variance and eps. Jacob et al. 2018, arXiv:1712.05877, section 3.2. PyTorch:
    /// `torch.nn.utils.fuse_conv_bn_eval`. Taught in notebook 23.
    ///
    /// # Errors
    /// Only where memory runs out.
    pub fn with_batch_norms_folded(&self) -> Result<(Self, usize)> {
        let (mut graph, mut folded, mut i) = (self.clone(), 0, 0);
        while i < graph.nodes.len() {
            match graph.before(i) {
                Some(before) if graph.fold_batch_norm(i, before)? => folded += 1,
                _ => i += 1,
            }
        }
        graph.prune();
        Ok((graph, folded))
    }

    /// How often a name is used.
    fn uses(&self, name: &str) -> usize {
        let inputs = self.nodes.iter().flat_map(|node| &node.inputs);
        inputs.filter(|input| *input == name).count() + usize::from(self.output == name)
    }

    /// The place of the node whose result is the first input of node `i`, where nobody else needs that result.
    fn before(&self, i: usize) -> Option<usize> {
        let name = self.nodes[i].inputs.first()?;
        let before = self.nodes.iter().position(|node| node.name == *name)?;
        (self.uses(name) == 1).then_some(before)
    }

    /// Takes node `i` out; whoever needs its result gets `instead`.
    fn replace(&mut self, i: usize, instead: &str) {
        let name = self.nodes.remove(i).name;
        let inputs = self.nodes.iter_mut().flat_map(|node| &mut node.inputs);
        for input in inputs.chain([&mut self.output]) {
            if *input == name {
                *input = instead.into();
            }
        }
    }

    fn fold_constants(&mut self, changes: &mut Changes) -> Result<()> {
        let mut i = 0;
        while i < self.nodes.len() {
            let node = &self.nodes[i];
            let inputs: Option<Vec<&Value>> = node.inputs.iter().map(|name| self.constants.get(name)).collect();
            let Some(inputs) = inputs else {
                i += 1;
                continue;
            };
            let value = apply(node, &inputs, 1)?;
            let node = self.nodes.remove(i);
            self.constants.insert(node.name, value);
            changes.constants += 1;
        }
        Ok(())
    }

    /// `(x + a) + b` becomes `x + (a + b)` for constants `a` and `b`.
    fn merge_sums(&mut self, changes: &mut Changes) -> Result<()> {
        const SUM: Op = Op::Add { relu: false };
        let mut i = 0;
        while i < self.nodes.len() {
            let first = self
                .before(i)
                .filter(|b| self.nodes[*b].op == SUM && self.nodes[i].op == SUM);
            let constant = |node: usize| self.constants.get(self.nodes[node].inputs.get(1)?);
            let (Some(first), Some(b)) = (first, constant(i)) else {
                i += 1;
                continue;
            };
            let Some(a) = constant(first).filter(|a| a.shape == b.shape) else {
                i += 1;
                continue;
            };
            let sum = apply(&self.nodes[i], &[a, b], 1)?;
            let name = format!("{}.sum", self.nodes[i].name);
            self.nodes[first].inputs[1] = name.clone();
            self.constants.insert(name, sum);
            let instead = self.nodes[first].name.clone();
            self.replace(i, &instead);
            changes.constants += 1;
        }
        Ok(())
    }

    /// A change of shape behind another one looks at what went into that.
    fn merge_reshapes(&mut self, changes: &mut Changes) {
        for i in 0..self.nodes.len() {
            let reshape = |node: &Node| matches!(node.op, Op::Reshape(_));
            if !reshape(&self.nodes[i]) {
                continue;
            }
            let name = &self.nodes[i].inputs[0];
            let before = self.nodes.iter().find(|node| node.name == *name && reshape(node));
            if let Some(before) = before.map(|node| node.inputs[0].clone()) {
                self.nodes[i].inputs[0] = before;
                changes.reshapes += 1;
            }
        }
        self.prune();
    }

    fn fold_batch_norm(&mut self, i: usize, before: usize) -> Result<bool> {
        let Op::BatchNorm { eps } = self.nodes[i].op else {
            return Ok(false);
        };
        let weighs = match &self.nodes[before].op {
            Op::Conv(options) => !options.relu,
            Op::Gemm { relu } => !relu,
            _ => false,
        };
        let tensor = |name: &String| self.constants.get(name).map(Value::numbers).transpose();
        let [_, weight, bias] = &self.nodes[before].inputs[..] else {
            return Ok(false);
        };
        let mut norm = Vec::new();
        for name in &self.nodes[i].inputs[1..] {
            norm.push(tensor(name)?);
        }
        let [Some(scale), Some(shift), Some(mean), Some(variance)] = &norm[..] else {
            return Ok(false);
        };
        let (Some(weights), Some(biases), true) = (tensor(weight)?, tensor(bias)?, weighs) else {
            return Ok(false);
        };
        let row = weights.len() / biases.len().max(1);
        let (mut new_weights, mut new_biases) = (Vec::with_capacity(weights.len()), Vec::new());
        for (o, filter) in weights.chunks(row.max(1)).enumerate() {
            let by = f64::from(scale[o]) / (f64::from(variance[o]) + f64::from(eps)).sqrt();
            new_weights.extend(filter.iter().map(|w| (f64::from(*w) * by) as f32));
            let moved = (f64::from(biases[o]) - f64::from(mean[o])) * by + f64::from(shift[o]);
            new_biases.push(moved as f32);
        }
        let shape = self.constants[weight].shape.clone();
        let names = [weight, bias].map(|name| format!("{name}.folded"));
        self.constants.insert(names[0].clone(), Value::new(shape, new_weights)?);
        self.constants
            .insert(names[1].clone(), Value::new(vec![new_biases.len()], new_biases)?);
        self.nodes[before].inputs[1..].clone_from_slice(&names);
        let instead = self.nodes[before].name.clone();
        self.replace(i, &instead);
        Ok(true)
    }

    fn fuse_relus(&mut self, changes: &mut Changes) {
        let mut i = 0;
        while i < self.nodes.len() {
            let before = self
                .before(i)
                .filter(|_| self.nodes[i].op == Op::Activate(Activation::ReLU));
            let fused = before.is_some_and(|before| match &mut self.nodes[before].op {
                Op::Conv(options) => !std::mem::replace(&mut options.relu, true),
                Op::Gemm { relu } | Op::Add { relu } => !std::mem::replace(relu, true),
                _ => false,
            });
            match before {
                Some(before) if fused => {
                    let instead = self.nodes[before].name.clone();
                    self.replace(i, &instead);
                    changes.relus += 1;
                }
                _ => i += 1,
            }
        }
    }

    /// Takes out what nobody needs.
    fn prune(&mut self) {
        for i in (0..self.nodes.len()).rev() {
            if self.uses(&self.nodes[i].name) == 0 {
                self.nodes.remove(i);
            }
        }
        let used = |name: &str| self.uses(name) > 0;
        let unused: Vec<String> = self.constants.keys().filter(|name| !used(name)).cloned().collect();
        for name in unused {
            self.constants.remove(&name);
        }
    }
}
