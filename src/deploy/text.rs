//! A graph in words.

use super::graph::Graph;
use super::size::words;

impl std::fmt::Display for Graph {
    /// A line for each node: what it does, its name, what goes in, what comes out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&table(self))
    }
}

/// A line for each node.
fn table(graph: &Graph) -> String {
    let shapes = match graph.check() {
        Ok(shapes) => shapes,
        Err(error) => return error.to_string(),
    };
    let of = |name: &String| shapes.get(name).map_or(String::new(), |shape| words(shape));
    let mut lines = vec![["input".into(), graph.input.clone(), String::new(), of(&graph.input)]];
    for node in &graph.nodes {
        let inputs = node.inputs.join(", ");
        lines.push([node.op.name(), node.name.clone(), inputs, of(&node.name)]);
    }
    let width = |i: usize| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2].map(width);
    let line = |[op, name, inputs, shape]: &[String; 4]| {
        let [a, b, c] = widths;
        format!("{op:a$}  {name:b$}  {inputs:c$}  {shape}")
            .trim_end()
            .to_string()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}
