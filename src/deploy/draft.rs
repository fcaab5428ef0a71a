//! A graph while layers write themselves into it.

use std::collections::BTreeMap;

use super::graph::Graph;
use super::node::{Node, Op};
use super::shapes::{Shapes, of_node, of_sample};
use super::size::{Size, fixed};
use super::value::Value;
use crate::{Error, Result};

/// A graph that grows: what [`Export`](super::Export) writes into. Taught in notebook 23.
#[derive(Clone, Debug)]
pub struct Draft {
    graph: Graph,
    shapes: Shapes,
}

impl Draft {
    pub(super) fn new(sample: &[usize]) -> Result<Self> {
        if sample.is_empty() || sample.contains(&0) {
            return Err(Error::Argument {
                what: "shape of a sample".into(),
                expected: "at least one axis, none of them of length 0, such as [1, 28, 28]".into(),
                got: format!("{sample:?}"),
            });
        }
        let graph = Graph {
            input: "input".into(),
            sample: sample.to_vec(),
            nodes: Vec::new(),
            constants: BTreeMap::new(),
            output: String::new(),
        };
        let shapes = of_sample(&graph.input, sample);
        Ok(Self { graph, shapes })
    }

    /// The name of what goes into the network.
    pub fn input(&self) -> &str {
        &self.graph.input
    }

    /// The shape of what is called so, empty for what is not there.
    pub fn shape(&self, name: &str) -> &[Size] {
        self.shapes.get(name).map_or(&[], |shape| shape)
    }

    /// Adds a tensor that does not depend on the input, and gives its name. One that is there under this name stays.
    ///
    /// # Errors
    /// [`Error::Shape`] where the shape does not hold so many numbers.
    pub fn constant(&mut self, name: String, shape: &[usize], numbers: Vec<f32>) -> Result<String> {
        if shape.iter().product::<usize>() != numbers.len() {
            return Err(Error::Shape {
                layer: format!("tensor `{name}`"),
                expected: format!("the numbers of a shape {shape:?}"),
                got: format!("{} numbers", numbers.len()),
            });
        }
        if !self.graph.constants.contains_key(&name) {
            self.shapes.insert(name.clone(), fixed(shape));
            let value = Value::new(shape.to_vec(), numbers)?;
            self.graph.constants.insert(name.clone(), value);
        }
        Ok(name)
    }

    /// Adds an operation and gives the name of its result, which is `name`, or that with a number behind it where it is taken.
    ///
    /// # Errors
    /// [`Error::Shape`] where it does not take what goes in, with the name.
    pub fn node(&mut self, name: &str, op: Op, inputs: &[&String]) -> Result<String> {
        let taken = |name: &String| self.shapes.contains_key(name);
        let mut free = name.to_string();
        let mut more = 1;
        while taken(&free) {
            more += 1;
            free = format!("{name}_{more}");
        }
        let inputs = inputs.iter().map(|input| input.to_string()).collect();
        let node = Node { name: free, op, inputs };
        let shape = of_node(&node, &self.shapes)?;
        let name = node.name.clone();
        self.shapes.insert(name.clone(), shape);
        self.graph.nodes.push(node);
        Ok(name)
    }

    pub(super) fn finish(self, output: String) -> Result<Graph> {
        let graph = Graph { output, ..self.graph };
        graph.check()?;
        Ok(graph)
    }
}

/// The name of a part of what is called `name`: `0.weight`, or `weight` where there is no name.
pub(super) fn within(name: &str, part: impl std::fmt::Display) -> String {
    if name.is_empty() {
        part.to_string()
    } else {
        format!("{name}.{part}")
    }
}
