//! The graph at work: one node after the other, without a tape, each result freed behind its last use.

use std::collections::BTreeMap;

use super::graph::Graph;
use super::kernels::apply;
use super::node::{Node, Op};
use super::size::count;
use super::value::Value;
use crate::{Error, Result};

impl Graph {
    /// The scores for a batch: `inputs` holds the samples one behind the other, the result one row of numbers for each.
    ///
    /// # Errors
    /// [`Error::Shape`] where the numbers are not those of whole samples, and at least one; else as [`Graph::check`].
    pub fn run(&self, inputs: &[f32]) -> Result<Vec<f32>> {
        let batch = self.batch(inputs)?;
        self.walk(inputs, &mut |node, values| apply(node, values, batch))
    }

    /// How many samples these numbers are.
    pub(super) fn batch(&self, inputs: &[f32]) -> Result<usize> {
        let one: usize = self.sample.iter().product();
        if inputs.is_empty() || !inputs.len().is_multiple_of(one) {
            return Err(Error::Shape {
                layer: "input of the graph".into(),
                expected: format!(
                    "samples of the shape {:?}, {one} numbers each, at least one",
                    self.sample
                ),
                got: format!("{} numbers", inputs.len()),
            });
        }
        Ok(inputs.len() / one)
    }

    /// Runs the graph with `step` for each node.
    pub(super) fn walk(
        &self,
        inputs: &[f32],
        step: &mut dyn FnMut(&Node, &[&Value]) -> Result<Value>,
    ) -> Result<Vec<f32>> {
        let shape = [&[self.batch(inputs)?], &self.sample[..]].concat();
        let mut living = BTreeMap::from([(&self.input, Value::new(shape, inputs.to_vec())?)]);
        for (node, done) in self.nodes.iter().zip(last_uses(self)) {
            let mut values = Vec::with_capacity(node.inputs.len());
            for name in &node.inputs {
                let value = living.get(name).or_else(|| self.constants.get(name));
                values.push(value.ok_or_else(|| missing(name))?);
            }
            let result = step(node, &values)?;
            for name in done {
                living.remove(name);
            }
            living.insert(&node.name, result);
        }
        let output = living.get(&self.output).or_else(|| self.constants.get(&self.output));
        Ok(output.ok_or_else(|| missing(&self.output))?.numbers()?.to_vec())
    }

    /// How many bytes the results of the nodes take, for a batch of this size: the most that live at once where each is freed
    /// behind its last use, and all together, as a tape keeps them for the way back. Weights are not counted.
    ///
    /// # Errors
    /// As [`Graph::check`].
    pub fn bytes(&self, batch: usize) -> Result<(usize, usize)> {
        let shapes = self.check()?;
        let bytes = |name: &String| shapes.get(name).map_or(0, |shape| 4 * count(shape, batch));
        // A new shape is a second name for the same numbers, which live as long as any of their names is asked for.
        let mut owner: BTreeMap<&String, &String> = BTreeMap::new();
        let mut last = BTreeMap::from([(&self.input, 0)]);
        for (i, node) in self.nodes.iter().enumerate() {
            for name in &node.inputs {
                last.insert(owner.get(name).unwrap_or(&name), i);
            }
            if matches!(node.op, Op::Reshape(_)) {
                let first = owner.get(&node.inputs[0]).copied().unwrap_or(&node.inputs[0]);
                owner.insert(&node.name, first);
            }
        }
        last.insert(owner.get(&self.output).unwrap_or(&&self.output), self.nodes.len());
        let input = bytes(&self.input);
        let (mut live, mut most, mut all) = (input, input, input);
        for (i, node) in self.nodes.iter().enumerate() {
            if !owner.contains_key(&node.name) {
                live += bytes(&node.name);
                all += bytes(&node.name);
                most = most.max(live);
            }
            let done = last
                .iter()
                .filter(|(name, at)| **at == i && !self.constants.contains_key(**name));
            live -= done.map(|(name, _)| bytes(name)).sum::<usize>();
        }
        Ok((most, all))
    }
}

fn missing(name: &str) -> Error {
    Error::Argument {
        what: "graph".into(),
        expected: format!("something called `{name}`"),
        got: "none of that name; `check` says where it is asked for".into(),
    }
}

/// For each node, the results that nobody needs behind it.
fn last_uses(graph: &Graph) -> Vec<Vec<&String>> {
    let mut last = BTreeMap::new();
    for (i, node) in graph.nodes.iter().enumerate() {
        for name in node.inputs.iter().filter(|name| !graph.constants.contains_key(*name)) {
            last.insert(name, i);
        }
    }
    last.remove(&graph.output);
    let mut done = vec![Vec::new(); graph.nodes.len()];
    for (name, i) in last {
        done[i].push(name);
    }
    done
}
